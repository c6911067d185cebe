"""Breaking the wall again and again: steady before, broken, steady after.

A run that the machine's load made meaningless counts for nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from onebox.glass import monotonic_ms, percentile_95
from onebox.waiting import NotInTime
from tests.faults.results import Fault, Measure, Result
from tests.faults.wall import STAGE, Wall

VOID_STOP_MS, VOID_PACE_MS = 500, 60
"""The presenter's own screen is repainted every 33 ms, and no fault reaches it. Where any picture stands there for the first, or
one of twenty for the second, the machine was out of breath, and what a display showed meanwhile tells nothing."""

VOIDS_AT_MOST = 2
"""Voids that are made up for, beyond as many as there are runs."""


class Void(Exception):
    """A run that tells nothing; the text says why."""


@dataclass
class Run:
    """One time that a fault is brought about."""

    wall: Wall
    pace_ms: float = 0
    """How long a picture stood on the presenter's own screen: nineteen of twenty no longer."""
    judged_until_ms: int | None = None
    """From when on the presenter's own screen does not tell whether the run is void; None: it does to the end."""
    kept: dict[Measure, list[float]] = field(default_factory=dict)

    def is_judged_no_more(self) -> None:
        """From now on the run itself disturbs the presenter's own screen, or what is measured is true on a busy machine too."""
        self.judged_until_ms = monotonic_ms()

    def keep(self, measure: Measure, *values: float) -> None:
        """Keep what was measured; it counts if the run does."""
        self.kept.setdefault(measure, []).extend(values)


class Trials:
    """All runs of a session, and what they came to."""

    def __init__(self, rounds: int | None, keep: Callable[[list[Result]], None]) -> None:
        self._rounds = rounds
        self._keep = keep
        self._values: dict[Measure, list[float]] = {}
        self._runs: dict[Measure, int] = {}
        self._voids: dict[Fault, int] = {}
        self._paces_ms: dict[Fault, list[float]] = {}

    def repeat(self, fault: Fault, wall: Wall, act: Callable[[Run], None], *, times: int | None = None) -> None:
        """Bring a fault about as often as is wanted, or always so many `times`. Skips the test when each run was void."""
        wanted, done = times or self._rounds or fault.times, 0
        voids: list[str] = []
        while done < wanted and len(voids) < wanted + VOIDS_AT_MOST:
            try:
                run = _tried(wall, act)
                self._take(run.kept)
                self._paces_ms.setdefault(fault, []).append(run.pace_ms)
                self._keep(self.results())
                done += 1
            except Void as why:
                voids.append(str(why))
                self._voids[fault] = self._voids.get(fault, 0) + 1
        if done == 0:
            pytest.skip(f"void: {'; '.join(voids)}")

    def repeat_alone(self, fault: Fault, act: Callable[[], dict[Measure, float]], *, times: int | None = None) -> None:
        """Bring a fault about that no screen tells of. No run is void: nobody's pictures say how busy the machine was."""
        self._paces_ms.setdefault(fault, []).append(0)
        for _ in range(self._rounds or times or fault.times):
            self._take({measure: [value] for measure, value in act().items()})
            self._keep(self.results())

    def results(self) -> list[Result]:
        """What was measured, in the order of the table."""
        load, cores, day = os.getloadavg()[0], os.cpu_count() or 1, time.strftime("%Y-%m-%d")
        return [
            Result(
                fault=measure.fault.name,
                what=measure.what,
                values=values,
                runs=self._runs[measure],
                voids=self._voids.get(measure.fault, 0),
                pace_ms=max(self._paces_ms[measure.fault]),
                load=load,
                cores=cores,
                day=day,
            )
            for measure, values in self._values.items()
        ]

    def _take(self, kept: dict[Measure, list[float]]) -> None:
        for measure, values in kept.items():
            self._values.setdefault(measure, []).extend(values)
            self._runs[measure] = self._runs.get(measure, 0) + 1


def _tried(wall: Wall, act: Callable[[Run], None]) -> Run:
    """One run, steady before and after. Raises Void."""
    try:
        wall.wait_steady()
    except NotInTime as error:
        raise Void(f"{error}, before anything was broken; load average {os.getloadavg()[0]:.1f}") from error
    run, began_ms = Run(wall), monotonic_ms()
    act(run)
    wall.wait_steady()
    gaps_ms = wall.log(STAGE).gaps_ms(began_ms, run.judged_until_ms or monotonic_ms())
    run.pace_ms, stopped_ms = percentile_95([float(gap) for gap in gaps_ms]), max(gaps_ms)
    if stopped_ms > VOID_STOP_MS or run.pace_ms > VOID_PACE_MS:
        words = f"the presenter's own screen had a picture every {run.pace_ms:.0f} ms and stood still for {stopped_ms} ms"
        raise Void(f"{words}; load average {os.getloadavg()[0]:.1f}")
    return run
