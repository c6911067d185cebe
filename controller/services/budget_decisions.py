"""What was decided about the bandwidth budget of the day, in the state store: every process reads the same, and a restart changes
nothing. The steward in office decides; an admin can lift the budget for the day. Each move is one step with its audit record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from controller.rules.audit_chain import Actor, ActorKind, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.rules.bandwidth_budget import Decision, kept_again, lifted, measures_of, of_day
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store
from wire.display import LONGEST_TEXT

BUDGET = Actor(ActorKind.SYSTEM, "bandwidth budget")
"""Who decides when nobody asks."""

UNDECIDED = Decision(date="")
"""Before anything was decided: nothing is kept from anybody."""


class NothingToLift(Exception):
    """The budget asks nothing of anybody now, or is lifted already."""


class NotLifted(Exception):
    """The budget is in force."""


@dataclass(frozen=True)
class KeptDecision:
    """A decision as it is stored."""

    decision: Decision
    text: str
    """Empty where nothing is stored."""


class BudgetDecisions:
    """Reads and moves the decision."""

    def __init__(self, state: Store, audit_log: AuditLog, today: Callable[[], str]) -> None:
        self._state = state
        self._today = today
        self._move = audit_log.move(_MOVE)
        self._kept = KeptMessages("budget decision", decision_of)

    def last(self) -> KeptDecision:
        """The last decision, of whichever day."""
        return self._read(self._state.get(keys.BANDWIDTH_BUDGET))

    def in_force(self) -> Decision:
        """What holds now. Midnight ends what was decided, whether or not a steward looks."""
        return of_day(self.last().decision, self._today())

    def decide(self, before: KeptDecision, after: Decision, *, term: int, at: datetime) -> bool:
        """Store what the steward of this term decided; whether nobody else moved meanwhile. A new state is recorded."""
        is_news = after.state != before.decision.state
        deed = _deed(AuditCode.BUDGET_DECIDED, before.decision, after, BUDGET, at) if is_news else None
        return self._store(before, after, deed, term=str(term))

    def lift(self, date: str, *, by: Actor, at: datetime) -> Decision:
        """Let everybody show for the rest of this day. Raises NothingToLift."""
        while True:
            before = self.last()
            _require_same_day(date, before, NothingToLift)
            if before.decision.state == "ok":
                raise NothingToLift("today's bandwidth is within its budget; there is nothing to lift")
            if before.decision.lifted_by is not None:
                raise NothingToLift(f"{before.decision.lifted_by} has lifted today's budget already")
            after = lifted(before.decision, by=by.name[:LONGEST_TEXT])
            if self._store(before, after, _deed(AuditCode.BUDGET_LIFTED, before.decision, after, by, at)):
                return after

    def keep_again(self, date: str, *, by: Actor, at: datetime) -> Decision:
        """Take a lift back. Raises NotLifted."""
        while True:
            before = self.last()
            _require_same_day(date, before, NotLifted)
            if before.decision.lifted_by is None:
                raise NotLifted("today's budget is not lifted; it is in force")
            after = kept_again(before.decision)
            if self._store(before, after, _deed(AuditCode.BUDGET_RESTORED, before.decision, after, by, at)):
                return after

    def _read(self, text: str | None) -> KeptDecision:
        return KeptDecision(self._kept.read(text) or UNDECIDED, text or "")

    def _store(self, before: KeptDecision, after: Decision, deed: Deed | None, *, term: str = "") -> bool:
        answer = self._move(deed, keys=[keys.BANDWIDTH_BUDGET, keys.STEWARD.term], args=[before.text, _text(after), term])
        return answer == "done"


def decision_of(text: str) -> Decision:
    """The decision that a text holds."""
    fields = json.loads(text)
    members = fields.pop("members")
    return Decision(**fields, members=None if members is None else frozenset(members))


def _text(decision: Decision) -> str:
    members = None if decision.members is None else sorted(decision.members)
    return json.dumps({**asdict(decision), "members": members})


def _require_same_day(date: str, seen: KeptDecision, refusal: type[Exception]) -> None:
    if seen.decision.date != date:
        raise refusal(f"{date} is not the day that the budget is about now; look again")


def _deed(code: AuditCode, before: Decision, after: Decision, by: Actor, at: datetime) -> Deed:
    return Deed(at, by, code.value, after.date or before.date, _facts(before), _facts(after))


def _facts(decision: Decision) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"state": decision.state, "lifted_by": decision.lifted_by}
    if decision.state != "ok":
        facts |= {"used_bytes": decision.used_bytes, "committed_bytes": decision.committed_bytes}
        facts |= {"notice": measures_of(decision, stops_hard=False).notice}
    return facts


_MOVE = """
if ARGV[3] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 'not in office' end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'changed' end
keep_record()
redis.call('SET', KEYS[1], ARGV[2])
return 'done'
"""
"""KEYS: decision, the steward's term. ARGV: the decision as it was read, the decision from now on, own term or nothing."""
