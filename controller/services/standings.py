"""How a display stands: its record, its session, its presenter and the day's bandwidth budget, read in one step.

With a heartbeat comes a summary of telemetry. It is kept once a minute, and only where the record still is, so that a late
heartbeat brings nothing of a removed display back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from controller.rules.bandwidth_budget import Decision, of_day
from controller.rules.presenting import Lease
from controller.services import keys
from controller.services.audit_log import LOOK, LOOKED_AT, judge, looks_for
from controller.services.budget_decisions import UNDECIDED, decision_of
from controller.services.display_registry import DisplayRecord, Telemetry, UnknownDisplay, record_of, telemetry_text
from controller.services.kept_messages import KeptMessages
from controller.services.presenter_lease import lease_of
from controller.services.sessions import Session, session_of
from controller.services.stores import Store
from controller.services.witness import Witness


@dataclass(frozen=True)
class Standing:
    """A display among what concerns it."""

    record: DisplayRecord
    session: Session | None
    """None: it was archived."""
    lease: Lease | None
    """Who presents in the session; None: nobody."""
    budget: Decision
    """What was decided about the day's bandwidth."""


class Standings:
    """Reads the state store."""

    def __init__(self, state: Store, witness: Witness, today: Callable[[], str]) -> None:
        self._today = today
        self._witness = witness
        self._read = state.register_script(LOOK + _READ)
        self._leases = KeptMessages("presenter lease", lease_of)
        self._budgets = KeptMessages("budget decision", decision_of)

    def of(self, display_id: str, summary: Telemetry | None = None) -> Standing:
        """How a display stands; the summary is kept if one is due. Raises UnknownDisplay, and StateInDoubt before it.

        While the state is in doubt nobody is told how they stand: who is approved might hear that they wait, and leave the room.
        """
        witnessed = self._witness.last()
        text = telemetry_text(summary) if summary else ""
        looked, record, session, lease, budget = self._read(
            keys=[keys.DISPLAY_INDEX, keys.SESSIONS, *LOOKED_AT, keys.BANDWIDTH_BUDGET],
            args=[display_id, keys.DISPLAY_REGISTRY, keys.PRESENTER_LEASE, text, _minute(text), looks_for(witnessed)],
        )
        judge(witnessed, looked)
        if not record:
            raise UnknownDisplay(f"no display has the id {display_id}")
        known = record_of(record)
        presenter = self._leases.read(lease or None)
        return Standing(
            record=known,
            session=session_of(known.session_id, session) if session else None,
            lease=None if presenter is None or presenter.is_vacant else presenter,
            budget=of_day(self._budgets.read(budget or None) or UNDECIDED, self._today()),
        )


def _minute(text: str) -> str:
    """How a summary begins that was made in the same minute."""
    return text[: len('{"at": "2026-11-24T09:00')]


_READ = """
local session_id = redis.call('HGET', KEYS[1], ARGV[1])
local record = session_id and redis.call('HGET', ARGV[2] .. session_id, ARGV[1])
local looked = look(KEYS[3], KEYS[4], ARGV[6])
if not record then return {looked, '', '', '', ''} end
if ARGV[4] ~= '' then
  local field = ARGV[1] .. ':telemetry'
  local kept = redis.call('HGET', ARGV[2] .. session_id, field) or ''
  if string.sub(kept, 1, string.len(ARGV[5])) ~= ARGV[5] then redis.call('HSET', ARGV[2] .. session_id, field, ARGV[4]) end
end
local session, lease = redis.call('HGET', KEYS[2], session_id), redis.call('GET', ARGV[3] .. session_id)
return {looked, record, session or '', lease or '', redis.call('GET', KEYS[5]) or ''}
"""
"""KEYS: index, sessions, audit head, audit log, budget decision.
ARGV: display; beginnings of the keys of registry and lease; summary or nothing, and how one of the same minute begins; sequence
that was witnessed."""
