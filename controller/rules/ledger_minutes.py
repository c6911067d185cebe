"""Samples -> bytes of each UTC minute: what the ledger is made of.

What passed between two samples is spread evenly over the time between them, in whole bytes, and the parts add up to the whole.
The monitor samples at each full minute, so that only what nobody looked at is spread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.rules.bandwidth_ledger import Sample, Traffic, traffic_between
from controller.rules.ledger_time import beginning_of, in_ledger_time

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

BY_THE_HOUR = timedelta(days=2)
"""A gap longer than this is spread over hours: nobody knows its minutes, and a year has half a million."""


@dataclass(frozen=True)
class Booking:
    """What a ledger has to add."""

    minutes: dict[datetime, Traffic]
    last: Sample | None
    """What the next booking goes on from."""
    remarks: tuple[str, ...]

    @property
    def traffic(self) -> Traffic:
        """All of it."""
        return sum(self.minutes.values(), Traffic())


def book(previous: Sample | None, samples: Sequence[Sample]) -> Booking:
    """What passed from the last booked sample over these, which are in order; those from before it count nothing."""
    minutes: dict[datetime, Traffic] = {}
    remarks: list[str] = []
    for read in samples:
        if previous is not None and _is_late(previous, read):
            continue
        current = in_ledger_time(previous, read)
        if previous is not None:
            counted = traffic_between(previous, current)
            remarks += counted.remarks
            for minute, traffic in spread(counted.traffic, beginning_of(previous, current), current.at):
                minutes[minute] = minutes.get(minute, Traffic()) + traffic
        previous = current
    return Booking(minutes, previous, tuple(remarks))


def spread(traffic: Traffic, begun: datetime, ended: datetime) -> Iterator[tuple[datetime, Traffic]]:
    """The parts of each minute in which something passed."""
    if traffic == Traffic():
        return
    step = MINUTE if ended - begun <= BY_THE_HOUR else HOUR
    slot, before = _floor(begun, step), Traffic()
    while slot + step < ended:
        until = _part(traffic, slot + step - begun, ended - begun)
        yield slot, until - before
        slot, before = slot + step, until
    yield slot, traffic - before


def next_sample_at(now: datetime, interval_s: float) -> datetime:
    """When to sample next: at each interval since the minute began, and when the next one begins."""
    minute = _floor(now, MINUTE)
    intervals = (now - minute) // timedelta(seconds=interval_s) + 1
    return min(minute + intervals * timedelta(seconds=interval_s), minute + MINUTE)


def is_superfluous(before: Sample, sample: Sample, after: Sample) -> bool:
    """Whether no byte and no minute changes when a sample between two others is left out."""
    is_one_minute = _floor(before.at, MINUTE) == _floor(sample.at, MINUTE) == _floor(after.at, MINUTE)
    parts = traffic_between(before, sample).traffic + traffic_between(sample, after).traffic
    return is_one_minute and parts == traffic_between(before, after).traffic


def _is_late(previous: Sample, read: Sample) -> bool:
    return previous.boot_id == read.boot_id and read.uptime_s <= previous.uptime_s


def _floor(moment: datetime, step: timedelta) -> datetime:
    begun = moment.replace(second=0, microsecond=0)
    return begun if step == MINUTE else begun.replace(minute=0)


def _part(traffic: Traffic, passed: timedelta, of: timedelta) -> Traffic:
    def part(whole: int) -> int:
        return whole * (passed // _TICK) // (of // _TICK)

    return Traffic(part(traffic.received_bytes), part(traffic.sent_bytes))


_TICK = timedelta(microseconds=1)
