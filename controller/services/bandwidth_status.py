"""The bandwidth as people and programs see it: today against the thresholds, the month, how fast it goes and where it will
end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from controller.rules import liveness, local_days
from controller.rules.bandwidth_budget import Limits, Load, budget_state
from controller.rules.bandwidth_forecast import LOOKED_BACK_DAYS, Forecast, Rates, forecast
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.bandwidth_shares import share_out
from controller.rules.billing import billed_bytes
from controller.rules.local_days import Span
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.sessions import Sessions
from controller.services.telemetry_window import TelemetryWindow
from controller.settings import BandwidthSettings
from wire.bandwidth import (
    BandwidthDay,
    BandwidthForecast,
    BandwidthHistory,
    BandwidthMonth,
    BandwidthShare,
    BandwidthStatus,
    DisplayCost,
)
from wire.display import State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

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
        sessions: Sessions,
        registry: DisplayRegistry,
        window: TelemetryWindow,
    ) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._sessions = sessions
        self._registry = registry
        self._window = window

    def status(self, now: datetime, may_see: Callable[[int], bool] = lambda _: True) -> BandwidthStatus:
        """All of it, now; displays are named of the sessions only that `may_see` lets see."""
        wanted, last = self._wanted, self._ledger.last_sample()
        today = local_days.day(local_days.day_of(now, wanted.time_zone), wanted.time_zone)
        month = local_days.month(now, wanted.time_zone, wanted.month_reset_day)
        days = list(self._days_before(now))
        minute = now.replace(second=0, microsecond=0)
        spans = [today, month, Span(minute - HOUR, minute), Span(minute - MINUTE, minute), *days]
        of_day, of_month, of_hour, of_minute, *before = self._ledger.totals(spans)
        used, limits = self._billed(of_day), Limits(wanted.warn_bytes, wanted.critical_bytes, wanted.budget_bytes)
        rates = Rates(
            daily=[self._billed(day) / span.seconds for day, span in zip(before, days, strict=True) if day != Traffic()],
            hourly=self._billed(of_hour) / HOUR.total_seconds(),
        )
        age_s = max(0.0, (now - last.at).total_seconds()) if last else None
        is_counting = age_s is not None and age_s <= SAMPLES_MISSED * min(wanted.sample_interval_s, 60) + 1
        interface = ", ".join(last.interfaces) if last else None
        shares, rest_bps = self._shares(of_minute, now)
        load = Load(used, (today.ends - now).total_seconds(), today.seconds)
        return BandwidthStatus(
            enabled=wanted.enabled,
            date=local_days.day_of(now, wanted.time_zone).isoformat(),
            time_zone=wanted.time_zone.key,
            interface=interface,
            billing=wanted.billing.value,
            calibration=wanted.calibration,
            received_bytes=of_day.received_bytes,
            sent_bytes=of_day.sent_bytes,
            used_bytes=used,
            rate_bps=8 * self._billed(of_minute) // 60,
            state=budget_state(load, limits) if wanted.enabled and is_counting else "unknown",
            warn_bytes=limits.warn_bytes,
            critical_bytes=limits.critical_bytes,
            budget_bytes=limits.budget_bytes,
            forecast=_told(forecast(used, load.rest_s, rates)),
            month=BandwidthMonth(
                begins=month.begins,
                ends=month.ends,
                used_bytes=self._billed(of_month),
                allowance_bytes=wanted.month_bytes,
                forecast=_told(forecast(self._billed(of_month), (month.ends - now).total_seconds(), rates)),
            ),
            displays=[share for share in shares if may_see(share.session_id)],
            rest_bps=rest_bps,
            one_more_display=self._one_more(shares),
            last_sample_age_s=None if age_s is None else round(age_s, 1),
            message=_message(wanted, is_counting, interface),
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

    def _shares(self, of_minute: Traffic, now: datetime) -> tuple[list[BandwidthShare], int]:
        """What each display that receives takes of what the card sent in the last minute, and what none takes."""
        records = self._approved()
        reports = self._window.of_displays([record.display_id for record in records])
        payloads = {
            display_id: report.message.viewer.received_bps
            for display_id, report in reports.items()
            if now - report.at < liveness.OFFLINE_AFTER and report.message.viewer.stage == "receiving"
        }
        shares = share_out(8 * of_minute.sent_bytes // 60, payloads)
        told = [
            BandwidthShare(
                display_id=record.display_id,
                name=record.name,
                session_id=record.session_id,
                received_bps=payloads[record.display_id],
                sent_bps=shares.of_displays[record.display_id],
            )
            for record in records
            if record.display_id in payloads
        ]
        return told, shares.rest

    def _approved(self) -> list[DisplayRecord]:
        return [
            record
            for session in self._sessions.all()
            for record in self._registry.in_session(session.session_id)
            if record.state is State.APPROVED
        ]

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


def _message(wanted: BandwidthSettings, is_counting: bool, interface: str | None) -> str:
    if not wanted.enabled:
        return "Not counted: BANDWIDTH_MONITOR_ENABLED is false."
    if not is_counting:
        return "No fresh sample: is the bandwidth monitor running? The figure is what was counted before."
    counted = {"tx": "Sent", "rx+tx": "Received and sent", "max": "The larger of received and sent"}[wanted.billing.value]
    times = f", times {wanted.calibration:g}" if wanted.calibration != 1 else ""
    return f"{counted} on {interface}{times}, since midnight {wanted.time_zone.key}."


def days_as_csv(days: list[BandwidthDay]) -> str:
    """Days as a table that every spreadsheet reads."""
    rows = [f"{day.date},{day.received_bytes},{day.sent_bytes},{day.used_bytes}" for day in days]
    return "\r\n".join(["date,received_bytes,sent_bytes,billed_bytes", *rows, ""])
