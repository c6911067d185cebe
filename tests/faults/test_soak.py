"""Nothing is broken, for long: memory stays flat, nothing ends, nobody joins again."""

from __future__ import annotations

import itertools

import pytest

from onebox.glass import monotonic_ms
from tests.faults import rows
from tests.faults.memory_curve import MemoryCurve, family, megabytes_of
from tests.faults.results import MEASURED
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall

LOOKS = 180
"""In the whole time; but no more often than:"""
SHORTEST_S = 2.0
FORGOTTEN_AFTER_MS = 60_000
"""No more of what the screens showed is kept, or this program would be the one that grows."""


def soak(run: Run, minutes: float) -> None:
    """Look on, and measure."""
    wall, curve, began_ms = run.wall, MemoryCurve(), monotonic_ms()
    run.is_judged_no_more()
    pids, joins = process_ids(wall), wall.to_sfu.count("GET /rtc")
    every_s = max(SHORTEST_S, 60 * minutes / LOOKS)
    for look in itertools.count(1):
        curve.add((monotonic_ms() - began_ms) / 1000, memory(wall))
        wall.forget(monotonic_ms() - FORGOTTEN_AFTER_MS)
        if look * every_s > 60 * minutes:
            break
        wall.look_on(every_s - (monotonic_ms() - began_ms) / 1000 + (look - 1) * every_s)
    curve.keep(MEASURED.parent)
    for name in curve.megabytes:
        run.keep(rows.SOAK_GROWTH, curve.growth_percent(name))
    run.keep(rows.SOAK_RESTARTS, len(pids - process_ids(wall)) + wall.to_sfu.count("GET /rtc") - joins)


def programs(wall: Wall) -> dict[str, list[int]]:
    """The processes of each program that must not grow."""
    parts = wall.box.parts
    kiosks = {kiosk.process.name: [kiosk.process.pid] for kiosk in wall.displays}
    return {**kiosks, "controller": [parts["web"].pid, parts["steward"].pid], "SFU": [parts["sfu"].pid]}


def memory(wall: Wall) -> dict[str, float]:
    """Megabytes of each."""
    return {name: megabytes_of(itertools.chain(*map(family, pids))) for name, pids in programs(wall).items()}


def process_ids(wall: Wall) -> set[int]:
    """Of all of them."""
    return {process.pid for pids in programs(wall).values() for pid in pids for process in family(pid)}


def test_memory_stays_flat_and_nothing_starts_again(wall: Wall, trials: Trials, request: pytest.FixtureRequest) -> None:
    minutes = float(request.config.getoption("--minutes"))
    trials.repeat(rows.SOAK, wall, lambda run: soak(run, minutes), times=1)
