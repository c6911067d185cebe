"""Asks the quality guard's rule about a session, and tells displays and presenter of what is news.

Asked with each heartbeat of a display and of whoever presents, and at each look of the steward: then also what only time or the
presenter's own reports change is noticed. The reports are in the live store, so any process gives the same answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from controller.rules.bandwidth_budget import Decision as BudgetDecision
from controller.rules.bandwidth_budget import cap_of
from controller.rules.guard_policy import GuardPolicy
from controller.rules.presenting import Lease
from controller.rules.quality_guard import Decision, DisplaySeen, Situation, changes_between, decide
from controller.rules.reception_spans import SenderSeen, ViewerSeen
from controller.services import push
from controller.services.display_registry import DisplayRegistry
from controller.services.push import Push
from controller.services.quality_decisions import LogEntry, QualityDecisions
from controller.services.telemetry_window import Report, TelemetryWindow
from wire.display import Heartbeat, Role, State
from wire.presenter import PresenterHeartbeat

log = logging.getLogger(__name__)

LONG_LOOK_S = 0.05
RESTS = 4
"""So many times as long as a long look took, until a process looks at the session again: a look reads what all displays said
lately, and is wanted with each heartbeat. The steward looks besides, and any report is still there for the next look."""


class QualityGuard:
    """Looks at sessions. `clock` is monotonic."""

    def __init__(
        self,
        policy: GuardPolicy,
        registry: DisplayRegistry,
        window: TelemetryWindow,
        decisions: QualityDecisions,
        push: Push,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._registry = registry
        self._window = window
        self._decisions = decisions
        self._push = push
        self._clock = clock
        self._rests_until_s: dict[int, float] = {}
        """By session."""

    def look_at(self, session_id: int, lease: Lease | None, budget: BudgetDecision, now: datetime) -> Decision:
        """What holds for a session from now on, under what was decided of the day's bandwidth; in a wall so large that a look
        takes long, perhaps what held a moment ago."""
        began_s = self._clock()
        if began_s < self._rests_until_s.get(session_id, 0):
            return self.last(session_id, lease)
        decision = self._decided(session_id, lease, budget, now)
        took_s = self._clock() - began_s
        if took_s >= LONG_LOOK_S:
            self._rests_until_s[session_id] = began_s + (1 + RESTS) * took_s
        return decision

    def _decided(self, session_id: int, lease: Lease | None, budget: BudgetDecision, now: datetime) -> Decision:
        before = self._decisions.last(session_id)
        after = decide(self._situation(session_id, lease, budget), before.decision, self.policy, now)
        if after == before.decision:
            return after
        changes = changes_between(before.decision, after)
        if not self._decisions.replace(session_id, before, after, changes, now):
            return self._decisions.last(session_id).decision  # another process looked at the same moment
        for change in changes:
            log.info("quality session=%d display_id=%s what=%r why=%r", session_id, change.display_id, change.what, change.why)
        if changes or after.alarms != before.decision.alarms:
            self._push.tell(push.presenting_topic(session_id), push.session_topic(session_id))
        if after.suspended != before.decision.suspended:
            self._push.tell(push.ROOMS)
        return after

    def last(self, session_id: int, lease: Lease | None) -> Decision:
        """What holds for this presenter's picture."""
        decision = self._decisions.last(session_id).decision
        return decision if lease is not None and decision.lease_id == lease.lease_id else Decision()

    def changes(self, session_id: int, *, at_most: int) -> list[LogEntry]:
        """What changed last, newest first."""
        return self._decisions.log(session_id, at_most=at_most)

    def _situation(self, session_id: int, lease: Lease | None, budget: BudgetDecision) -> Situation:
        if lease is None:
            return Situation(None, (), ())
        approved = [record for record in self._registry.in_session(session_id) if record.state is State.APPROVED]
        recent = self._window.recent(session_id, [record.display_id for record in approved])
        displays = [
            DisplaySeen(record.display_id, record.name, record.role or Role.NORMAL, _viewers(recent.displays[record.display_id]))
            for record in approved
        ]
        return Situation(lease.lease_id, _senders(recent.presenter, lease), displays, cap_of(budget))


def _viewers(reports: tuple[Report[Heartbeat], ...]) -> tuple[ViewerSeen, ...]:
    return tuple(ViewerSeen(report.at, report.message.viewer) for report in reports)


def _senders(reports: tuple[Report[PresenterHeartbeat], ...], lease: Lease) -> tuple[SenderSeen, ...]:
    mine = (report for report in reports if report.message.lease == lease.lease_id)
    return tuple(SenderSeen(report.at, report.message.sender, report.message.phase == "live") for report in mine)
