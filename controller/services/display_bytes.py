"""What displays say they received, added up: of each display by day, and of all and of the protected ones by minute.

Counted by the steward in office from the reports in the live store, by compare-and-set on what was counted up to; so a report
counts once, whoever counts. The days are those of the operator's time zone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from controller.rules.bandwidth_shares import Seen, claimed_bytes, counted
from controller.rules.local_days import day_of
from controller.services import keys
from controller.services.display_registry import DisplayRecord
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store
from controller.services.telemetry_window import Report, TelemetryWindow
from controller.settings import BandwidthSettings
from wire.display import Heartbeat, Role

FORGOTTEN_AFTER = timedelta(days=1)
"""Whoever was silent for so long begins anew: no report of theirs is kept any more."""

MINUTES_KEPT_S = 2 * 86_400
"""Nobody looks back farther than an hour."""

ALL, PROTECTED = "all", "protected"


@dataclass(frozen=True, order=True)
class Receiver:
    """A display in a session."""

    session_id: int
    display_id: str


@dataclass(frozen=True)
class _Place:
    """Where a count is kept."""

    key: str
    field: str
    kept_s: int


class DisplayBytes:
    """Counts, and reads what was counted: bytes that the card sends for a display, by its own count of the payload."""

    def __init__(self, wanted: BandwidthSettings, state: Store, window: TelemetryWindow) -> None:
        self._zone = wanted.time_zone
        self._state = state
        self._window = window
        self._write = state.register_script(_WRITE)
        self._kept = KeptMessages("display bytes", _seen_of_all)

    def count(self, approved: Iterable[DisplayRecord], now: datetime, *, term: int) -> None:
        """Add what came since the last count, in the steward's term."""
        text = self._state.get(keys.BANDWIDTH_DISPLAYS_SEEN)
        before, records = self._kept.read(text) or {}, {record.display_id: record for record in approved}
        told = {display_id: _told(reports) for display_id, reports in self._window.recent_of(list(records)).items()}
        last = {display_id: seen[-1] for display_id, seen in told.items() if seen}
        after = {display_id: seen for display_id, seen in {**before, **last}.items() if now - seen.at < FORGOTTEN_AFTER}
        if after == before:
            return
        additions: Counter[_Place] = Counter()
        for display_id, seen in told.items():
            for at, payload_bytes in counted(before.get(display_id), seen):
                additions.update(dict.fromkeys(self._places(records[display_id], at), claimed_bytes(payload_bytes)))
        self._add(text, after, additions, term)

    def of_day(self, day: date) -> dict[Receiver, int]:
        """What each display took on a day."""
        found = self._state.hgetall(keys.bandwidth_displays(f"{day}"))
        return {_receiver(field): int(count) for field, count in found.items()}

    def of_all(self, minutes: Sequence[datetime]) -> int:
        """What all displays took in these UTC minutes."""
        return self._of_minutes(minutes, ALL)

    def of_protected(self, minutes: Sequence[datetime]) -> int:
        """What the protected displays took in these UTC minutes."""
        return self._of_minutes(minutes, PROTECTED)

    def _of_minutes(self, minutes: Sequence[datetime], whose: str) -> int:
        pipeline = self._state.pipeline(transaction=False)
        for minute in minutes:
            pipeline.hget(keys.bandwidth_displays_minute(f"{minute:%Y-%m-%d}"), f"{minute:%H:%M}:{whose}")
        return sum(int(count or 0) for count in pipeline.execute())

    def _places(self, record: DisplayRecord, at: datetime) -> Iterator[_Place]:
        day = keys.bandwidth_displays(f"{day_of(at, self._zone)}")
        yield _Place(day, f"{record.session_id}:{record.display_id}", keys.BANDWIDTH_KEPT_S)
        for whose in (ALL, PROTECTED) if record.role is Role.PROTECTED else (ALL,):
            yield _Place(keys.bandwidth_displays_minute(f"{at:%Y-%m-%d}"), f"{at:%H:%M}:{whose}", MINUTES_KEPT_S)

    def _add(self, before: str | None, after: dict[str, Seen], additions: Counter[_Place], term: int) -> None:
        places = list(additions)
        self._write(
            keys=[keys.BANDWIDTH_DISPLAYS_SEEN, keys.STEWARD.term, *(place.key for place in places)],
            args=[
                before or "",
                term,
                _text(after),
                *(part for place in places for part in (place.field, additions[place], place.kept_s)),
            ],
        )


def _told(reports: tuple[Report[Heartbeat], ...]) -> list[Seen]:
    """What a display said of its tracks, oldest first."""
    return [
        Seen(report.at, report.at - timedelta(milliseconds=reception.track_age_ms), reception.received_bytes)
        for report in reversed(reports)
        if (reception := report.message.viewer.reception) is not None
    ]


def _receiver(field: str) -> Receiver:
    session_id, _, display_id = field.partition(":")
    return Receiver(int(session_id), display_id)


def _text(seen: dict[str, Seen]) -> str:
    return json.dumps(
        {
            display_id: [one.at.isoformat(), one.track_began_at.isoformat(), one.payload_bytes]
            for display_id, one in sorted(seen.items())
        }
    )


def _seen_of_all(text: str) -> dict[str, Seen]:
    return {
        display_id: Seen(datetime.fromisoformat(at), datetime.fromisoformat(began), payload_bytes)
        for display_id, (at, began, payload_bytes) in json.loads(text).items()
    }


_WRITE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
for i = 3, #KEYS do
  local field, count, kept_s = ARGV[3 * i - 5], ARGV[3 * i - 4], ARGV[3 * i - 3]
  redis.call('HINCRBY', KEYS[i], field, count)
  redis.call('EXPIRE', KEYS[i], kept_s)
end
return 1
"""
"""KEYS: what was counted up to, the steward's term, then the hash of each count. ARGV: what was counted up to as it was read, own
term, what is counted up to now, then of each count: field, bytes, life of its hash."""
