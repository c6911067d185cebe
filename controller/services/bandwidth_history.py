"""What the ledger holds of minutes and days, for plots and for spreadsheets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from controller.rules import local_days
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.billing import billed_bytes
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.display_shares import DayShare, DisplayShares
from controller.services.spreadsheets import as_csv
from controller.settings import BandwidthSettings
from wire.bandwidth import BandwidthDay, BandwidthHistory

MINUTE = timedelta(minutes=1)


class BandwidthHistories:
    """Reads the ledger."""

    def __init__(self, wanted: BandwidthSettings, ledger: BandwidthLedger, shares: DisplayShares) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._shares = shares

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
            used_bytes=billed_bytes(traffic, self._wanted.billing, self._wanted.calibration),
        )


def days_as_csv(days: list[BandwidthDay]) -> str:
    """Days as a table."""
    rows = [(day.date, day.received_bytes, day.sent_bytes, day.used_bytes) for day in days]
    return as_csv(("date", "received_bytes", "sent_bytes", "billed_bytes"), rows)


def shares_as_csv(shares: list[DayShare]) -> str:
    """The same of displays; a display's id and session are empty for all else."""
    return as_csv(("date", "session", "display", "name", "sent_bytes"), map(_row, shares))


def _row(share: DayShare) -> tuple[object, ...]:
    whose = (share.receiver.session_id, share.receiver.display_id) if share.receiver else (None, None)
    return (share.day, *whose, share.name, share.sent_bytes)
