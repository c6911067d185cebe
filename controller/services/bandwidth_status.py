"""The bandwidth as people and programs see it: today against the thresholds, the month, how fast it goes and where it will
end."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from controller.rules import local_days
from controller.rules.bandwidth_budget import Decision, Load, budget_state, committed_bytes, foretold, measures_of
from controller.rules.bandwidth_drift import Sent, drift
from controller.rules.bandwidth_forecast import LOOKED_BACK_DAYS, Forecast, Rates, forecast
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.billing import billed_bytes
from controller.rules.local_days import Span
from controller.services.bandwidth_ledger import BandwidthLedger, LastSample
from controller.services.budget_decisions import BudgetDecisions
from controller.services.display_bytes import ALL, PROTECTED, SFU, DisplayBytes
from controller.services.display_shares import CardSent, DayShare, DisplayShares
from controller.settings import BandwidthSettings
from wire.bandwidth import (
    BandwidthBudgetView,
    BandwidthDay,
    BandwidthDrift,
    BandwidthForecast,
    BandwidthHistory,
    BandwidthMonth,
    BandwidthShare,
    BandwidthStatus,
    DisplayCost,
)
from wire.display import Role

MINUTE, SOON, HOUR = timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)

SAMPLES_MISSED = 3
"""So many intervals without a sample mean that the monitor is not running."""

CEILING_BPS = 4_000_000
"""The most that a presenter encodes, for what one more display costs where none shows anything."""


class BandwidthStatuses:
    """Reads the ledger and lets the rules judge."""

    def __init__(
        self,
        wanted: BandwidthSettings,
        ledger: BandwidthLedger,
        display_bytes: DisplayBytes,
        shares: DisplayShares,
        decisions: BudgetDecisions,
    ) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._display_bytes = display_bytes
        self._shares = shares
        self._decisions = decisions

    def load(self, now: datetime) -> Load | None:
        """The day so far, for the budget; None while nothing fresh is counted."""
        last = self._ledger.last_sample()
        if not self._wanted.enabled or last is None or not self._is_fresh(last, now):
            return None
        today = self._today(now)
        traffic = self._ledger.between(today)
        return Load(
            used_bytes=self._billed(traffic),
            rest_s=(today.ends - now).total_seconds(),
            day_s=today.seconds,
            protected_rate=self._protected_rate(now),
            normal_displays=sum(record.role is not Role.PROTECTED for record in self._shares.heard(now)),
        )

    def status(self, now: datetime, may_see: Callable[[int], bool] = lambda _: True) -> BandwidthStatus:
        """All of it, now; displays are named of the sessions only that `may_see` lets see."""
        wanted, load, last = self._wanted, self.load(now), self._ledger.last_sample()
        date_now = local_days.day_of(now, wanted.time_zone)
        today = self._today(now)
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
            drift=self._drift(now),
            one_more_display=self._one_more(parts.displays),
            last_sample_age_s=round(_age_s(last, now), 1) if last else None,
            message=_message(wanted, last if load is not None else None),
        )

    def history(self, now: datetime) -> BandwidthHistory:
        """The last 24 hours by minute, and the days of the last five weeks."""
        ends = now.replace(second=0, microsecond=0)
        minutes = [ends - MINUTE * back for back in range(1_440, 0, -1)]
        found = self._ledger.minutes(minutes)
        return BandwidthHistory(
            begins=minutes[0],
            received_bytes=[found[minute].received_bytes for minute in minutes],
            sent_bytes=[found[minute].sent_bytes for minute in minutes],
            days=self.days(now, 35),
        )

    def days(self, now: datetime, count: int) -> list[BandwidthDay]:
        """So many days, today last."""
        zone = self._wanted.time_zone
        dates = [local_days.day_of(now, zone) - timedelta(days=back) for back in range(count - 1, -1, -1)]
        found = self._ledger.totals([local_days.day(of, zone) for of in dates])
        return [self._day(of, traffic) for of, traffic in zip(dates, found, strict=True)]

    def shares(self, now: datetime, count: int) -> list[DayShare]:
        """What went to which display on so many days, today last."""
        return self._shares.of_days({date.fromisoformat(day.date): day.sent_bytes for day in self.days(now, count)})

    def _day(self, of: date, traffic: Traffic) -> BandwidthDay:
        return BandwidthDay(
            date=of.isoformat(),
            received_bytes=traffic.received_bytes,
            sent_bytes=traffic.sent_bytes,
            used_bytes=self._billed(traffic),
        )

    def _billed(self, traffic: Traffic) -> int:
        return billed_bytes(traffic, self._wanted.billing, self._wanted.calibration)

    def _days_before(self, now: datetime) -> Iterator[Span]:
        today = local_days.day_of(now, self._wanted.time_zone)
        for back in range(1, LOOKED_BACK_DAYS + 1):
            span = local_days.day(today - timedelta(days=back), self._wanted.time_zone)
            if span.seconds > 0:
                yield span

    def _today(self, now: datetime) -> Span:
        return local_days.day(local_days.day_of(now, self._wanted.time_zone), self._wanted.time_zone)

    def _is_fresh(self, last: LastSample, now: datetime) -> bool:
        return _age_s(last, now) <= SAMPLES_MISSED * min(self._wanted.sample_interval_s, 60) + 1

    def _protected_rate(self, now: datetime) -> float:
        """What the protected displays alone cost, in billed bytes a second: the faster of the last ten minutes and the last
        hour, so that it rises soon and falls slowly. What the card received counts too, for so the presenter's picture comes."""
        ends = now.replace(second=0, microsecond=0)
        return max(self._protected_cost(ends, span) / span.total_seconds() for span in (SOON, HOUR))

    def _protected_cost(self, ends: datetime, span: timedelta) -> int:
        sent = sum(self._display_bytes.of_minutes(_minutes(ends, span), PROTECTED) or [0])
        received = self._ledger.between(Span(ends - span, ends)).received_bytes
        return self._billed(Traffic(received, sent)) if sent else 0

    def _drift(self, now: datetime) -> BandwidthDrift:
        """Of the last ten full minutes, less one: what displays and the SFU say of a minute comes a little after it."""
        ends = now.replace(second=0, microsecond=0) - MINUTE
        minutes = _minutes(ends, SOON)
        by_sfu = self._display_bytes.of_minutes(minutes, SFU)
        sent = Sent(
            card=self._ledger.between(Span(ends - SOON, ends)).sent_bytes,
            displays=self._display_bytes.of_minutes(minutes, ALL) or [0] * len(minutes),
            sfu=sum(by_sfu) if by_sfu is not None else None,
        )
        found = drift(sent)
        return BandwidthDrift(
            card_bytes=sent.card,
            displays_bytes=sum(sent.displays),
            sfu_bytes=sent.sfu,
            displays_percent=found.displays_percent,
            sfu_percent=found.sfu_percent,
            alarm=found.alarm,
        )

    def _budget(self, load: Load | None, date_now: date) -> BandwidthBudgetView:
        """What was decided for this day; where nobody decided yet, that all is well."""
        found = self._decisions.last().decision
        decision = found if found.date == date_now.isoformat() else Decision(date_now.isoformat())
        return BandwidthBudgetView(
            state=decision.state,
            notice=measures_of(decision, stops_hard=self._wanted.hard_stop).notice,
            foretold=foretold(load, self._wanted.limits, stops_hard=self._wanted.hard_stop) if load is not None else None,
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
            state=budget_state(Load(used, rest_s, month.seconds), limits) if limits else None,
            forecast=_told(forecast(used, rest_s, rates)),
        )

    def _one_more(self, shares: list[BandwidthShare]) -> DisplayCost:
        showing = [share.sent_bps for share in shares if share.sent_bps > 0]
        bps = sum(showing) // len(showing) if showing else CEILING_BPS
        return DisplayCost(sent_bps=bps, bytes_per_hour=bps * 3600 // 8, is_measured=bool(showing))


def _minutes(ends: datetime, span: timedelta) -> list[datetime]:
    """The full minutes of a span."""
    return [ends - MINUTE * back for back in range(1, span // MINUTE + 1)]


def _age_s(last: LastSample, now: datetime) -> float:
    return max(0.0, (now - last.at).total_seconds())


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


def days_as_csv(days: list[BandwidthDay]) -> str:
    """Days as a table that every spreadsheet reads."""
    rows = [f"{day.date},{day.received_bytes},{day.sent_bytes},{day.used_bytes}" for day in days]
    return "\r\n".join(["date,received_bytes,sent_bytes,billed_bytes", *rows, ""])


def shares_as_csv(shares: list[DayShare]) -> str:
    """The same of displays. Names are given by people, so they are quoted; a display's id and session are empty for all else."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(("date", "session", "display", "name", "sent_bytes"))
    for share in shares:
        whose = (share.receiver.session_id, share.receiver.display_id) if share.receiver else ("", "")
        rows.writerow((share.day, *whose, _no_formula(share.name), share.sent_bytes))
    return table.getvalue()


def _no_formula(text: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
