"""The stores freeze or crash while somebody presents; what LiveKit makes of it depends on LIVEKIT_REDIS."""

from __future__ import annotations

import signal

from onebox.glass import monotonic_ms
from tests.faults import rows
from tests.faults.results import Measure
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.faults.walls import Walls

STORES = ("state-store", "live-store")
SHORT_S, LONG_S, CRASH_S, WINDOW_S = 5, 30, 12, 10


def freeze(wall: Wall, seconds: float) -> int:
    """Freeze both stores for so long; when they go on."""
    for name in STORES:
        wall.box.parts[name].signal(signal.SIGSTOP)
    try:
        wall.look_on(seconds)
    finally:
        for name in STORES:
            wall.box.parts[name].signal(signal.SIGCONT)
    return monotonic_ms()


def keep_more_gaps(run: Run, measure: Measure, broken_ms: int, window_s: int) -> None:
    """Gaps in a window that began with the fault, beyond those of an equal one before it."""
    before = run.wall.gaps_over_200_ms(broken_ms - 1000 * window_s, broken_ms)
    run.keep(measure, run.wall.gaps_over_200_ms(broken_ms, broken_ms + 1000 * window_s) - before)


def freeze_shortly(run: Run) -> None:
    """Five seconds leave no trace in the picture."""
    wall = run.wall
    wall.look_on(WINDOW_S)
    broken_ms = monotonic_ms()
    freeze(wall, SHORT_S)
    wall.look_on(WINDOW_S - SHORT_S)
    keep_more_gaps(run, rows.SHORT_GAPS_MORE, broken_ms, WINDOW_S)


def freeze_long(run: Run) -> None:
    """LiveKit drops everybody; they come back after it."""
    run.keep(rows.LONG_BACK, *run.wall.seconds_to_picture(freeze(run.wall, LONG_S)))


def crash(run: Run) -> None:
    """The stores are killed, and started again later."""
    wall, box = run.wall, run.wall.box
    for name in STORES:
        box.parts[name].kill()
    wall.look_on(CRASH_S)
    box.start_stores()
    run.keep(rows.CRASH_BACK, *wall.seconds_to_picture(monotonic_ms()))


def freeze_what_the_sfu_does_not_use(run: Run) -> None:
    """The picture goes on, during and after it."""
    wall = run.wall
    wall.look_on(LONG_S)
    broken_ms = monotonic_ms()
    freeze(wall, LONG_S)
    wall.look_on(WINDOW_S)
    keep_more_gaps(run, rows.OFF_GAPS_MORE, broken_ms, LONG_S)
    run.keep(rows.OFF_LONGEST, wall.longest_stop_s(broken_ms, monotonic_ms()))


def test_stores_that_freeze_for_five_seconds_leave_no_trace(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.REDIS_SHORT_SAME, wall, freeze_shortly)


def test_after_a_long_freeze_the_picture_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.REDIS_LONG_SAME, wall, freeze_long)


def test_after_a_crash_of_the_stores_the_picture_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.REDIS_CRASH_SAME, wall, crash)


def test_an_sfu_of_its_own_does_not_hear_of_the_stores(walls: Walls, trials: Trials) -> None:
    trials.repeat(rows.REDIS_LONG_OFF, walls.get(LIVEKIT_REDIS="off"), freeze_what_the_sfu_does_not_use)
