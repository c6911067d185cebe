"""Each display's minutes of the last eight days, in the live store: one text a display and day, each minute in its place."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, date, datetime, time, timedelta

from controller.rules.telemetry_minutes import COLUMNS, MINUTES_A_DAY, PACKED_LENGTH, Minute, minute_of, packed, unpacked
from controller.services import keys
from controller.services.spreadsheets import as_csv
from controller.services.stores import Store
from controller.services.telemetry_window import Report, TelemetryWindow
from wire.display import Heartbeat

KEPT_S = 8 * 86_400


class TelemetryMinutes:
    """Rolls up and keeps."""

    def __init__(self, live: Store, window: TelemetryWindow) -> None:
        self._live = live
        self._window = window

    def note(self, display_id: str, before: Report[Heartbeat] | None, now: datetime) -> None:
        """Roll up the minute of the report `before` the one of `now`, where it is over. Twice is as once."""
        if before is None or _begin(before.at) == _begin(now):
            return
        minute = _begin(before.at)
        reports = [report.message for report in self._window.of_display(display_id) if _begin(report.at) == minute]
        if reports:
            self._keep(display_id, minute, minute_of(reports))

    def day(self, display_id: str, day: date) -> list[tuple[datetime, Minute]]:
        """The minutes of a UTC day that there are, oldest first."""
        text = self._live.get(keys.telemetry_minutes(display_id, day.isoformat())) or ""
        midnight = datetime.combine(day, time(), UTC)
        places = (text[place * PACKED_LENGTH : (place + 1) * PACKED_LENGTH] for place in range(MINUTES_A_DAY))
        found = ((midnight + timedelta(minutes=place), unpacked(part)) for place, part in enumerate(places))
        return [(begins, minute) for begins, minute in found if minute is not None]

    def _keep(self, display_id: str, begins: datetime, minute: Minute) -> None:
        place = begins.hour * 60 + begins.minute
        key = keys.telemetry_minutes(display_id, begins.date().isoformat())
        pipeline = self._live.pipeline()
        pipeline.setrange(key, place * PACKED_LENGTH, packed(minute))
        pipeline.expire(key, KEPT_S)
        pipeline.execute()


def minutes_as_csv(minutes: list[tuple[datetime, Minute]]) -> str:
    """Minutes as a table; what was not measured is left empty."""
    return as_csv(("begins", *COLUMNS), ((begins.isoformat(), *astuple(minute)) for begins, minute in minutes))


def _begin(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
