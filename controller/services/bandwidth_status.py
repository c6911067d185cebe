"""The bandwidth as people and programs see it: today against the thresholds, the month, how fast it goes and where it will
end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from controller.rules import local_days
from controller.rules.bandwidth_budget import Load, committed_bytes, foretold, measures_of, of_day, reached_by
from controller.rules.bandwidth_forecast import LOOKED_BACK_DAYS, Forecast, Rates, forecast
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.billing import billed_bytes
from controller.rules.local_days import Span
from controller.services.bandwidth_drift import BandwidthDrifts
from controller.services.bandwidth_ledger import BandwidthLedger, LastSample
from controller.services.budget_decisions import BudgetDecisions
from controller.services.budget_load import BudgetLoads, age_s
from controller.services.display_shares import CardSent, DisplayShares
from controller.settings import BandwidthSettings
from wire.bandwidth import (
    BandwidthBudgetView,
    BandwidthForecast,
    BandwidthMonth,
    BandwidthShare,
    BandwidthStatus,
    DisplayCost,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

CEILING_BPS = 4_000_000
"""The most that a presenter encodes, for what one more display costs where none shows anything."""


class BandwidthStatuses:
    """Reads the ledger and lets the rules judge."""

    def __init__(
        self,
        wanted: BandwidthSettings,
        ledger: BandwidthLedger,
        shares: DisplayShares,
        decisions: BudgetDecisions,
        loads: BudgetLoads,
        drifts: BandwidthDrifts,
    ) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._shares = shares
        self._decisions = decisions
        self._loads = loads
        self._drifts = drifts

    def status(self, now: datetime, may_see: Callable[[int], bool] = lambda _: True) -> BandwidthStatus:
        """All of it, now; displays are named of the sessions only that `may_see` lets see."""
        wanted, load, last = self._wanted, self._loads.now(now), self._ledger.last_sample()
        date_now = local_days.day_of(now, wanted.time_zone)
        today = local_days.day(date_now, wanted.time_zone)
        month = local_days.month(now, wanted.time_zone, wanted.month_reset_day)
        days = list(self._days_before(now))
        minute = now.replace(second=0, microsecond=0)
        spans = [today, month, Span(minute - HOUR, minute), Span(minute - MINUTE, minute), *days]
        of_day, of_month, of_hour, of_minute, *before = self._ledger.totals(spans)
        used = self._billed(of_day)
        rates = Rates(
            daily=[self._billed(day) / span.seconds for day, span in zip(before, days, strict=True) if day != Traffic()],
            hourly=self._billed(of_hour) / HOUR.total_seconds(),
        )
        interface = ", ".join(last.interfaces) if last else None
        parts = self._shares.parts(CardSent(8 * of_minute.sent_bytes // 60, of_day.sent_bytes), date_now, now)
        budget = self._budget(load, date_now)
        return BandwidthStatus(
            enabled=wanted.enabled,
            date=date_now.isoformat(),
            time_zone=wanted.time_zone.key,
            interface=interface,
            billing=wanted.billing.value,
            calibration=wanted.calibration,
            received_bytes=of_day.received_bytes,
            sent_bytes=of_day.sent_bytes,
            used_bytes=used,
            rate_bps=8 * self._billed(of_minute) // 60,
            state=budget.state if load is not None else "unknown",
            warn_bytes=wanted.warn_bytes,
            critical_bytes=wanted.critical_bytes,
            budget_bytes=wanted.budget_bytes,
            budget=budget,
            forecast=_told(forecast(used, (today.ends - now).total_seconds(), rates)),
            month=self._month(month, self._billed(of_month), rates, now),
            displays=[share for share in parts.displays if may_see(share.session_id)],
            rest_bps=parts.rest_bps,
            rest_today_bytes=parts.rest_today_bytes,
            drift=self._drifts.now(now),
            one_more_display=self._one_more(parts.displays),
            last_sample_age_s=round(age_s(last, now), 1) if last else None,
            message=_message(wanted, last if load is not None else None),
        )

    def foretold(self, now: datetime) -> str | None:
        """What is to be known beforehand, now: that the budget does not hold for the protected displays alone."""
        return self._foretold(self._loads.now(now))

    def _foretold(self, load: Load | None) -> str | None:
        return foretold(load, self._wanted.limits, stops_hard=self._wanted.hard_stop) if load is not None else None

    def _billed(self, traffic: Traffic) -> int:
        return billed_bytes(traffic, self._wanted.billing, self._wanted.calibration)

    def _days_before(self, now: datetime) -> Iterator[Span]:
        today = local_days.day_of(now, self._wanted.time_zone)
        for back in range(1, LOOKED_BACK_DAYS + 1):
            span = local_days.day(today - timedelta(days=back), self._wanted.time_zone)
            if span.seconds > 0:
                yield span

    def _budget(self, load: Load | None, date_now: date) -> BandwidthBudgetView:
        """What was decided for this day; where nobody decided yet, that all is well."""
        decision = of_day(self._decisions.last().decision, date_now.isoformat())
        return BandwidthBudgetView(
            state=decision.state,
            notice=measures_of(decision, stops_hard=self._wanted.hard_stop).notice,
            foretold=self._foretold(load),
            committed_bytes=committed_bytes(load, self._wanted.limits) if load is not None else None,
            lifted_by=decision.lifted_by,
        )

    def _month(self, month: Span, used: int, rates: Rates, now: datetime) -> BandwidthMonth:
        limits = self._wanted.month_limits
        rest_s = (month.ends - now).total_seconds()
        return BandwidthMonth(
            begins=month.begins,
            ends=month.ends,
            used_bytes=used,
            allowance_bytes=limits.budget_bytes if limits else None,
            state=reached_by(used, limits) if limits else None,
            forecast=_told(forecast(used, rest_s, rates)),
        )

    def _one_more(self, shares: list[BandwidthShare]) -> DisplayCost:
        showing = [share.sent_bps for share in shares if share.sent_bps > 0]
        bps = sum(showing) // len(showing) if showing else CEILING_BPS
        return DisplayCost(sent_bps=bps, bytes_per_hour=bps * 3600 // 8, is_measured=bool(showing))


def _told(found: Forecast) -> BandwidthForecast:
    return BandwidthForecast(
        expected_bytes=found.expected_bytes,
        low_bytes=found.low_bytes,
        high_bytes=found.high_bytes,
        method=found.method,
    )


def _message(wanted: BandwidthSettings, fresh: LastSample | None) -> str:
    if not wanted.enabled:
        return "Not counted: BANDWIDTH_MONITOR_ENABLED is false."
    if fresh is None:
        return "No fresh sample: is the bandwidth monitor running? The figure is what was counted before."
    counted = {"tx": "Sent", "rx+tx": "Received and sent", "max": "The larger of received and sent"}[wanted.billing.value]
    times = f", times {wanted.calibration:g}" if wanted.calibration != 1 else ""
    where = f"{', '.join(fresh.interfaces)}, a container's own card" if fresh.in_container else ", ".join(fresh.interfaces)
    return f"{counted} on {where}{times}, since midnight {wanted.time_zone.key}."
