"""The bandwidth ledger in the state store: bytes of each UTC day and minute, and the sample they were counted up to.

It is written by compare-and-set on the last sample and only in the writer's term of office, so that what comes late, twice, or
from a monitor that was frozen counts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from controller.rules.bandwidth_ledger import CounterReading, Sample, Traffic
from controller.rules.ledger_minutes import MINUTE, Booking, book
from controller.rules.local_days import Span
from controller.services import keys
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store, Value

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LastSample:
    """What the ledger was counted up to."""

    interfaces: tuple[str, ...]
    at: datetime
    in_container: bool
    """Whether a container's card counts: what else its machine sends is not counted."""


class BandwidthLedger:
    """Bytes by day and minute."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._write = state.register_script(_WRITE)
        self._samples = KeptMessages("bandwidth sample", _sample)

    def add(self, samples: Sequence[Sample], *, term: int) -> Booking | None:
        """Count what passed since the last booked sample; None when another monitor booked meanwhile or is in office."""
        text = self._state.get(keys.BANDWIDTH_LAST_SAMPLE)
        booking = book(self._samples.read(text), samples)
        dates = sorted({f"{minute:%Y-%m-%d}" for minute in booking.minutes})
        days = [key for date in dates for key in (keys.bandwidth_daily(date), keys.bandwidth_minute(date))]
        parts: list[Value] = []
        for minute, traffic in booking.minutes.items():
            day = 3 + 2 * dates.index(f"{minute:%Y-%m-%d}")
            parts += [day, f"{minute:%H:%M}", traffic.received_bytes, traffic.sent_bytes]
        written = self._write(
            keys=[keys.BANDWIDTH_LAST_SAMPLE, keys.BANDWIDTH_MONITOR.term, *days],
            args=[text or "", term, _text(booking.last) if booking.last else "", keys.BANDWIDTH_KEPT_S, *parts],
        )
        return booking if written else None

    def last_sample(self) -> LastSample | None:
        """What was counted up to; None before the first sample."""
        sample = self._samples.read(self._state.get(keys.BANDWIDTH_LAST_SAMPLE))
        if sample is None:
            return None
        names, in_container = (card.interface for card in sample.cards), any(card.is_of_container for card in sample.cards)
        return LastSample(tuple(names), sample.at, in_container)

    def between(self, span: Span) -> Traffic:
        """All that passed in a span of whole minutes."""
        return self.totals([span])[0]

    def totals(self, spans: Sequence[Span]) -> list[Traffic]:
        """All that passed in each of several spans of whole minutes: whole UTC days by their sum, the rest by minutes."""
        wanted = [_pieces(span) for span in spans]
        sums = self._sums({day for pieces in wanted for day in pieces.days})
        minutes = self.minutes({minute for pieces in wanted for minute in (*pieces.more, *pieces.less)})
        return [
            _total(sums[day] for day in pieces.days)
            + _total(minutes[minute] for minute in pieces.more)
            - _total(minutes[minute] for minute in pieces.less)
            for pieces in wanted
        ]

    def minutes(self, wanted: Iterable[datetime]) -> dict[datetime, Traffic]:
        """What passed in each of these UTC minutes."""
        by_date: dict[str, list[datetime]] = {}
        for minute in wanted:
            by_date.setdefault(f"{minute:%Y-%m-%d}", []).append(minute)
        pipeline = self._state.pipeline(transaction=False)
        for date, minutes in by_date.items():
            pipeline.hmget(keys.bandwidth_minute(date), [f"{minute:%H:%M}" for minute in minutes])
        answers = pipeline.execute() if by_date else []
        return {
            minute: _traffic(text)
            for minutes, texts in zip(by_date.values(), answers, strict=True)
            for minute, text in zip(minutes, texts, strict=True)
        }

    def _sums(self, dates: set[datetime]) -> dict[datetime, Traffic]:
        wanted = sorted(dates)
        pipeline = self._state.pipeline(transaction=False)
        for date in wanted:
            pipeline.hmget(keys.bandwidth_daily(f"{date:%Y-%m-%d}"), ["received", "sent"])
        answers = pipeline.execute() if wanted else []
        return {date: Traffic(*(int(value or 0) for value in answer)) for date, answer in zip(wanted, answers, strict=True)}


@dataclass(frozen=True)
class _Pieces:
    """A span as whole UTC days, the minutes that come to them, and those that are too many: as few keys as can be."""

    days: list[datetime]
    more: list[datetime]
    less: list[datetime]


def _pieces(span: Span) -> _Pieces:
    begins, ends = span.begins.astimezone(UTC), span.ends.astimezone(UTC)
    if ends - begins < DAY / 2:
        return _Pieces([], _steps(begins, ends, MINUTE), [])
    first, last = _nearest_midnight(begins), _nearest_midnight(ends)
    return _Pieces(
        _steps(first, last, DAY),
        _steps(begins, first, MINUTE) + _steps(last, ends, MINUTE),
        _steps(first, begins, MINUTE) + _steps(ends, last, MINUTE),
    )


def _steps(begins: datetime, ends: datetime, step: timedelta) -> list[datetime]:
    return [begins + number * step for number in range(max(0, -((begins - ends) // step)))]


def _nearest_midnight(moment: datetime) -> datetime:
    return (moment + DAY / 2).replace(hour=0, minute=0, second=0, microsecond=0)


def _total(parts: Iterable[Traffic]) -> Traffic:
    return sum(parts, Traffic())


def _traffic(text: str | None) -> Traffic:
    return Traffic(*map(int, text.split())) if text else Traffic()


def _text(sample: Sample) -> str:
    kept = asdict(sample)
    del kept["leaving"]
    return json.dumps({**kept, "at": sample.at.isoformat()})


def _sample(text: str) -> Sample:
    kept = json.loads(text)
    return Sample(
        boot_id=kept["boot_id"],
        uptime_s=kept["uptime_s"],
        at=datetime.fromisoformat(kept["at"]),
        cards=tuple(CounterReading(**card) for card in kept["cards"]),
        doubted_s=kept["doubted_s"],
        ahead_s=kept.get("ahead_s", 0.0),
    )


_WRITE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
if ARGV[3] ~= '' then redis.call('SET', KEYS[1], ARGV[3]) end
for i = 5, #ARGV, 4 do
  local day, minute, received, sent = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  redis.call('HINCRBY', KEYS[day], 'received', received)
  redis.call('HINCRBY', KEYS[day], 'sent', sent)
  local before = redis.call('HGET', KEYS[day + 1], minute)
  if before then
    local b_received, b_sent = string.match(before, '(%d+) (%d+)')
    received = string.format('%.0f', tonumber(b_received) + tonumber(received))
    sent = string.format('%.0f', tonumber(b_sent) + tonumber(sent))
  end
  redis.call('HSET', KEYS[day + 1], minute, received .. ' ' .. sent)
end
for i = 3, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[4]) end
return 1
"""
"""KEYS: last sample, term of office, then of each date its sum and minutes. ARGV: the last sample as it was read, the writer's
term, the last sample from now on, the life of a date, then of each minute: where its date's keys are, HH:MM, received, sent."""
