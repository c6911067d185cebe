"""What displays say they received, moving pictures and stills, added up: of each by day, and of all and of the protected ones by
minute; and beside it what the SFU says that it sent.

Counted by the steward in office from the reports in the live store, by compare-and-set on what was counted up to; so a report
counts once, whoever counts. The days are those of the operator's time zone.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from controller.rules.bandwidth_shares import FASTEST_BYTES_PER_S, Seen, counted, on_card, on_card_over_tcp
from controller.rules.local_days import Span, day_of
from controller.services import keys
from controller.services.display_registry import DisplayRecord
from controller.services.kept_messages import KeptMessages
from controller.services.sfu_metrics import SfuMetrics
from controller.services.stores import Store
from controller.services.telemetry_window import Report, TelemetryWindow
from controller.settings import BandwidthSettings
from wire.display import Heartbeat, Reception, Role

FORGOTTEN_AFTER = timedelta(days=1)
"""Whoever was silent for so long begins anew: no report of theirs is kept any more."""

MINUTES_KEPT_S = 2 * 86_400
"""Nobody looks back farther than an hour."""

ALL, PROTECTED, SFU, AGAIN = "all", "protected", "sfu", "again"
"""Of minutes: what all and the protected displays took, what the SFU sent, and what of it it sent again."""

STILLS = ":stills"
"""Marks the second counter of a display."""

MINUTE = timedelta(minutes=1)

COUNTED_EVERY = timedelta(seconds=10)
"""The live store keeps the reports of half a minute at least."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


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

    def __init__(self, wanted: BandwidthSettings, state: Store, window: TelemetryWindow, sfu_metrics: SfuMetrics) -> None:
        self._sfu_metrics = sfu_metrics
        self._zone = wanted.time_zone
        self._state = state
        self._window = window
        self._write = state.register_script(_WRITE)
        self._kept = KeptMessages("display bytes", _seen_of_all)

    def count(self, approved: Iterable[DisplayRecord], now: datetime, *, term: int) -> None:
        """Add what came since the last count, in the steward's term."""
        text = self._state.get(keys.BANDWIDTH_DISPLAYS_SEEN)
        before, records = self._kept.read(text) or {}, {record.display_id: record for record in approved}
        if any(timedelta() <= now - seen.at < COUNTED_EVERY for seen in before.values()):
            return
        told = self._told_by_sfu(now)
        for display_id, reports in self._window.recent_of(list(records)).items():
            told[display_id], told[f"{display_id}{STILLS}"] = _told(reports), _told_of_stills(reports)
        last = {who: seen[-1] for who, seen in told.items() if seen}
        after = {who: seen for who, seen in {**before, **last}.items() if now - seen.at < FORGOTTEN_AFTER}
        if after == before:
            return
        additions: Counter[_Place] = Counter()
        for who, seen in told.items():
            record = records.get(who.removesuffix(STILLS))
            for at, more_bytes in counted(before.get(who), seen, FASTEST_BYTES_PER_S if record else math.inf):
                additions.update(self._additions(who, record, at, more_bytes))
        self._add(text, after, additions, term)

    def of_day(self, day: date) -> dict[Receiver, int]:
        """What each display took on a day."""
        found = self._state.hgetall(keys.bandwidth_displays(f"{day}"))
        return {_receiver(field): int(count) for field, count in found.items()}

    def of_minutes(self, span: Span, whose: str) -> list[int] | None:
        """What was counted (`whose`) in each minute of a span; None where nobody told."""
        pipeline = self._state.pipeline(transaction=False)
        for minute in _minutes_of(span):
            pipeline.hget(keys.bandwidth_displays_minute(f"{minute:%Y-%m-%d}"), f"{minute:%H:%M}:{whose}")
        told = pipeline.execute()
        return [int(count or 0) for count in told] if any(count is not None for count in told) else None

    def _told_by_sfu(self, now: datetime) -> dict[str, list[Seen]]:
        """As of a track that began with the world: a counter that fell is another one's."""
        sent = self._sfu_metrics.sent()
        if sent is None:
            return {}
        return {SFU: [Seen(now, BEGINNING, sent.all_bytes)], AGAIN: [Seen(now, BEGINNING, sent.again_bytes)]}

    def _additions(self, who: str, record: DisplayRecord | None, at: datetime, more_bytes: int) -> dict[_Place, int]:
        """Where what came is added; without a record the SFU told it."""
        if record is None:
            return {_minute(at, who): more_bytes}
        day = keys.bandwidth_displays(f"{day_of(at, self._zone)}")
        places = [_Place(day, f"{record.session_id}:{record.display_id}", keys.BANDWIDTH_KEPT_S), _minute(at, ALL)]
        if record.role is Role.PROTECTED:
            places.append(_minute(at, PROTECTED))
        return dict.fromkeys(places, more_bytes)

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


def _minutes_of(span: Span) -> list[datetime]:
    return [span.begins + MINUTE * number for number in range((span.ends - span.begins) // MINUTE)]


def _minute(at: datetime, whose: str) -> _Place:
    return _Place(keys.bandwidth_displays_minute(f"{at:%Y-%m-%d}"), f"{at:%H:%M}:{whose}", MINUTES_KEPT_S)


def _told(reports: tuple[Report[Heartbeat], ...]) -> list[Seen]:
    """What a display said of its tracks, oldest first."""
    return [
        Seen(report.at, report.at - timedelta(milliseconds=reception.track_age_ms), sent_for(reception))
        for report in reversed(reports)
        if (reception := report.message.viewer.reception) is not None
    ]


def _told_of_stills(reports: tuple[Report[Heartbeat], ...]) -> list[Seen]:
    """What it said of its single pictures, as of a track that began with the world: a page that was loaded anew counts from
    nothing."""
    return [
        Seen(report.at, BEGINNING, on_card_over_tcp(stills.received_bytes))
        for report in reversed(reports)
        if (stills := report.message.viewer.stills) is not None
    ]


def sent_for(reception: Reception) -> int:
    """What the card sent for what came of a track."""
    return on_card(reception.received_bytes + reception.header_bytes, reception.packets_received)


def _receiver(field: str) -> Receiver:
    session_id, _, display_id = field.partition(":")
    return Receiver(int(session_id), display_id)


def _text(seen: dict[str, Seen]) -> str:
    return json.dumps(
        {
            display_id: [one.at.isoformat(), one.track_began_at.isoformat(), one.sent_bytes]
            for display_id, one in sorted(seen.items())
        }
    )


def _seen_of_all(text: str) -> dict[str, Seen]:
    return {
        display_id: Seen(datetime.fromisoformat(at), datetime.fromisoformat(began), sent_bytes)
        for display_id, (at, began, sent_bytes) in json.loads(text).items()
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
