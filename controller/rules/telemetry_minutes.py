"""How a display did in a minute, rolled up from its reports, and packed into so few characters that eight days of a hundred
displays fit into the live store.

A minute holds what its reports say: means of the gauges, and what the counters grew by. It is a summary and says nothing of
moments; whoever judges the present asks the reports themselves.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from controller.rules.guard_policy import STEPS
from wire.display import Heartbeat, Reception, Step

MINUTES_A_DAY = 1_440

_FORMAT = struct.Struct("<HHHHHHBBHHHBBbx")
PACKED_LENGTH = 4 * _FORMAT.size // 3
"""Characters of base64; no padding, since the bytes are a multiple of three."""

_NOTHING = b"\0" * _FORMAT.size
_UNKNOWN, _UNKNOWN_DEGREES = 65_535, -128


@dataclass(frozen=True)
class Minute:
    """One minute of a display. None: nothing of it was measured."""

    reports: int
    frames_per_second: float
    received_bps: int
    lost_percent: float
    frozen_ms: int
    nacks: int
    plis: int
    least_step: Step
    """The least of the picture that it took."""
    jitter_buffer_ms: int | None
    decode_ms: int | None
    round_trip_ms: int | None
    cpu_percent: int
    memory_percent: int
    temperature_celsius: int | None


COLUMNS = tuple(Minute.__dataclass_fields__)


def minute_of(reports: Sequence[Heartbeat]) -> Minute:
    """The roll-up of one minute's reports, newest first; of one at least."""
    viewers = [report.viewer for report in reports]
    receptions = [viewer.reception for viewer in reversed(viewers) if viewer.reception is not None]
    grown = [(before, after) for before, after in pairwise(receptions) if after.track_age_ms > before.track_age_ms]
    lost, received = _grown(grown, "packets_lost"), _grown(grown, "packets_received")
    machines = [report.machine for report in reports]
    return Minute(
        reports=len(reports),
        frames_per_second=fmean(viewer.frames_per_second for viewer in viewers),
        received_bps=round(fmean(viewer.received_bps for viewer in viewers)),
        lost_percent=100 * lost / (lost + received) if lost + received else 0.0,
        frozen_ms=_grown(grown, "frozen_ms"),
        nacks=_grown(grown, "nacks_sent"),
        plis=_grown(grown, "plis_sent"),
        least_step=max((viewer.step for viewer in viewers), key=STEPS.index),
        jitter_buffer_ms=_mean(reception.jitter_buffer_ms for reception in receptions),
        decode_ms=_mean(reception.decode_ms for reception in receptions),
        round_trip_ms=_mean(reception.round_trip_ms for reception in receptions),
        cpu_percent=round(fmean(machine.cpu_percent for machine in machines)),
        memory_percent=round(fmean(machine.memory_percent for machine in machines)),
        temperature_celsius=_mean(machine.temperature_celsius for machine in machines),
    )


def packed(minute: Minute) -> str:
    """A minute in PACKED_LENGTH characters; what is beyond what they hold is cut."""
    gauges = (minute.jitter_buffer_ms, minute.decode_ms, minute.round_trip_ms)
    raw = _FORMAT.pack(
        _within(10 * minute.frames_per_second),
        _within(minute.received_bps / 1_000),
        _within(100 * minute.lost_percent),
        _within(minute.frozen_ms),
        _within(minute.nacks),
        _within(minute.plis),
        min(255, minute.reports),
        STEPS.index(minute.least_step),
        *(_UNKNOWN if gauge is None else _within(gauge) for gauge in gauges),
        minute.cpu_percent,
        minute.memory_percent,
        _UNKNOWN_DEGREES if minute.temperature_celsius is None else max(-127, min(127, minute.temperature_celsius)),
    )
    return base64.b64encode(raw).decode()


def unpacked(text: str) -> Minute | None:
    """The minute that was packed; None where none was, or the text is none of ours."""
    try:
        raw = base64.b64decode(text, validate=True)
        fields = _FORMAT.unpack(raw)
    except (ValueError, struct.error):
        return None
    fps, kilobits, lost, frozen_ms, nacks, plis, reports, step, jitter, decode, trip, cpu, memory, degrees = fields
    if raw == _NOTHING or step >= len(STEPS):
        return None
    return Minute(
        reports=reports,
        frames_per_second=fps / 10,
        received_bps=1_000 * kilobits,
        lost_percent=lost / 100,
        frozen_ms=frozen_ms,
        nacks=nacks,
        plis=plis,
        least_step=STEPS[step],
        jitter_buffer_ms=_known(jitter),
        decode_ms=_known(decode),
        round_trip_ms=_known(trip),
        cpu_percent=cpu,
        memory_percent=memory,
        temperature_celsius=None if degrees == _UNKNOWN_DEGREES else degrees,
    )


def _grown(pairs: Sequence[tuple[Reception, Reception]], name: str) -> int:
    return sum(max(0, getattr(after, name) - getattr(before, name)) for before, after in pairs)


def _mean(values: Iterable[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(fmean(known)) if known else None


def _within(value: float) -> int:
    return max(0, min(_UNKNOWN - 1, round(value)))


def _known(value: int) -> int | None:
    return None if value == _UNKNOWN else value
