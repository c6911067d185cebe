"""What the day has cost so far, and what it will cost: what the budget's rule goes by."""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.rules import local_days
from controller.rules.bandwidth_budget import Load
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.billing import billed_bytes
from controller.rules.local_days import Span
from controller.services.bandwidth_ledger import BandwidthLedger, LastSample
from controller.services.display_bytes import PROTECTED, DisplayBytes
from controller.services.display_shares import DisplayShares
from controller.settings import BandwidthSettings
from wire.display import Role

SAMPLES_MISSED = 3
"""So many intervals without a sample mean that the monitor is not running."""

SOON, LATELY = timedelta(minutes=10), timedelta(hours=1)


class BudgetLoads:
    """Reads the ledger and what displays count."""

    def __init__(
        self, wanted: BandwidthSettings, ledger: BandwidthLedger, display_bytes: DisplayBytes, shares: DisplayShares
    ) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._display_bytes = display_bytes
        self._shares = shares

    def now(self, now: datetime) -> Load | None:
        """The day so far, for the budget; None while nothing fresh is counted."""
        last = self._ledger.last_sample()
        if not self._wanted.enabled or last is None or not self._is_fresh(last, now):
            return None
        today = local_days.day(local_days.day_of(now, self._wanted.time_zone), self._wanted.time_zone)
        traffic = self._ledger.between(today)
        return Load(
            used_bytes=self._billed(traffic),
            rest_s=(today.ends - now).total_seconds(),
            day_s=today.seconds,
            protected_rate=self._protected_rate(now),
            normal_displays=sum(record.role is not Role.PROTECTED for record in self._shares.heard(now)),
        )

    def _is_fresh(self, last: LastSample, now: datetime) -> bool:
        return age_s(last, now) <= SAMPLES_MISSED * min(self._wanted.sample_interval_s, 60) + 1

    def _protected_rate(self, now: datetime) -> float:
        """What the protected displays alone cost, in billed bytes a second: the faster of the last ten minutes and the last
        hour, so that it rises soon and falls slowly. What the card received counts too, for so the presenter's picture comes."""
        ends = now.replace(second=0, microsecond=0)
        return max(self._protected_cost(ends, span) / span.total_seconds() for span in (SOON, LATELY))

    def _protected_cost(self, ends: datetime, span: timedelta) -> int:
        sent = sum(self._display_bytes.of_minutes(Span(ends - span, ends), PROTECTED) or [0])
        received = self._ledger.between(Span(ends - span, ends)).received_bytes
        return self._billed(Traffic(received, sent)) if sent else 0

    def _billed(self, traffic: Traffic) -> int:
        return billed_bytes(traffic, self._wanted.billing, self._wanted.calibration)


def age_s(last: LastSample, now: datetime) -> float:
    """How long ago a sample was booked."""
    return max(0.0, (now - last.at).total_seconds())
