"""A wall second by second, and what follows from it. Pure."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.immunity.page_look import Counts


@dataclass(frozen=True)
class DisplayLook:
    """A display at a moment."""

    counts: Counts
    age_ms: int | None
    """Of the picture on its glass; None: there was none."""
    step: str
    """What its page took, as it told last."""


@dataclass(frozen=True)
class Look:
    """The wall at a moment."""

    at_s: float
    sent: Counts
    """By the presenter's encoder."""
    displays: dict[str, DisplayLook]


@dataclass(frozen=True)
class Sent:
    """What the presenter did in a while, by its encoder's own counters."""

    bps: float
    frames_per_second: float
    """Both the median of the seconds: one that a full core swallowed is not the wall's."""
    key_frames_a_minute: float
    """Those of a shorter while are the minute's."""


def sent_during(looks: Sequence[Look]) -> Sent:
    """In the while of these looks, two at least."""
    seconds = [(later.at_s - sooner.at_s, later.sent.since(sooner.sent)) for sooner, later in pairwise(looks)]
    passed_s = looks[-1].at_s - looks[0].at_s
    return Sent(
        bps=statistics.median(8 * sent.bytes / passed for passed, sent in seconds),
        frames_per_second=statistics.median(sent.frames / passed for passed, sent in seconds),
        key_frames_a_minute=sum(sent.key_frames for _, sent in seconds) / max(1.0, passed_s / 60),
    )


def missing(looks: Sequence[Look], name: str) -> float:
    """Part of the encoded frames that a display did not decode: by how much the line through all looks, decoded against encoded,
    is too flat. What is under way shifts that line, and at both ends of a short while it would be one frame of a hundred.
    """
    encoded = _counted(looks, lambda look: look.sent)
    decoded = _counted(looks, lambda look: look.displays[name].counts)
    if encoded[0] == encoded[-1]:
        return 1.0
    return min(1.0, max(0.0, 1 - statistics.linear_regression(encoded, decoded).slope))


def frames_per_second(looks: Sequence[Look], name: str) -> float:
    """That a display decoded, in the mean."""
    return _decoded(looks, name) / (looks[-1].at_s - looks[0].at_s)


def oldest_s(looks: Iterable[Look], name: str) -> float:
    """How old the picture on a display's glass was at most. One whose code cannot be read is as old as the one before it would
    be; without end where none was read at all."""
    painted_at_s, oldest = float("-inf"), 0.0
    for look in looks:
        age_ms = look.displays[name].age_ms
        if age_ms is not None:
            painted_at_s = look.at_s - age_ms / 1000
        oldest = max(oldest, look.at_s - painted_at_s)
    return oldest


def as_csv(looks: Sequence[Look]) -> str:
    """A line each second: what was encoded, and what each display had of it."""
    table = io.StringIO()
    rows = csv.writer(table)
    names = list(looks[0].displays)
    rows.writerow(
        ["at_s", "encoded", "sent_mbps", *(f"{name} {what}" for name in names for what in ("frames", "age_ms", "step"))]
    )
    for sooner, later in pairwise(looks):
        passed_s, sent = later.at_s - sooner.at_s, later.sent.since(sooner.sent)
        row: list[object] = [f"{later.at_s:.1f}", sent.frames, f"{8 * sent.bytes / passed_s / 1e6:.2f}"]
        for name in names:
            now = later.displays[name]
            row += [now.counts.since(sooner.displays[name].counts).frames, now.age_ms, now.step]
        rows.writerow(row)
    return table.getvalue()


def _decoded(looks: Sequence[Look], name: str) -> float:
    return _counted(looks, lambda look: look.displays[name].counts)[-1]


def _counted(looks: Sequence[Look], of: Callable[[Look], Counts]) -> list[float]:
    """Frames since the first look, at each."""
    total, counted = 0.0, [0.0]
    for sooner, later in pairwise(looks):
        total += of(later).since(of(sooner)).frames
        counted.append(total)
    return counted
