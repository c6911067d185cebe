"""Asks the rule of the bandwidth budget, and tells everybody when it decides otherwise than before.

Asked by the steward at each look. While nothing fresh is counted the decision of the day stands; a new day begins anew.
"""

from __future__ import annotations

import logging
from datetime import datetime

from controller.rules import local_days
from controller.rules.bandwidth_budget import Decision, decide, of_day
from controller.services import push
from controller.services.budget_decisions import BudgetDecisions
from controller.services.budget_load import BudgetLoads
from controller.services.display_shares import DisplayShares
from controller.services.push import Push
from controller.services.sessions import Sessions
from controller.settings import BandwidthSettings

log = logging.getLogger(__name__)


class BandwidthBudget:
    """Looks at the day."""

    def __init__(
        self,
        wanted: BandwidthSettings,
        decisions: BudgetDecisions,
        loads: BudgetLoads,
        shares: DisplayShares,
        sessions: Sessions,
        push: Push,
    ) -> None:
        self._wanted = wanted
        self._decisions = decisions
        self._loads = loads
        self._shares = shares
        self._sessions = sessions
        self._push = push

    def look_at(self, now: datetime, *, term: int) -> Decision:
        """What holds from now on, as the steward of this term decides."""
        before = self._decisions.last()
        after = self._decided(before.decision, now)
        if after == before.decision or not self._decisions.decide(before, after, term=term, at=now):
            return before.decision
        if after.state != before.decision.state:
            log.info(
                "bandwidth budget date=%s state=%s was=%s used_bytes=%d committed_bytes=%d",
                after.date,
                after.state,
                before.decision.state,
                after.used_bytes,
                after.committed_bytes,
            )
            self.tell()
        return after

    def tell(self) -> None:
        """Say to all displays, presenters and dashboards that it was decided otherwise."""
        for session in self._sessions.all():
            self._push.tell(push.presenting_topic(session.session_id), push.session_topic(session.session_id))

    def _decided(self, before: Decision, now: datetime) -> Decision:
        date = local_days.day_of(now, self._wanted.time_zone).isoformat()
        load = self._loads.now(now)
        if load is None:
            return of_day(before, date)
        return decide(
            load, self._wanted.limits, before, date=date, present=[record.display_id for record in self._shares.heard(now)]
        )
