"""A display's clock jumps to 1970 and to ten years from now: its picture goes on, and a kiosk that starts then joins."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.false_clock import FalseClock
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall

WINDOW_S = 10
RIGHT, IN_1970, TEN_YEARS_ON = "+0", "-56y", "+10y"


@pytest.fixture
def clock(wall: Wall, tmp_path: Path) -> Iterator[FalseClock]:
    """Of the first display's kiosk."""
    made = FalseClock(tmp_path)
    wall.exchange_kiosk(0, made.environ)
    maps = Path(f"/proc/{wall.displays[0].process.pid}/maps")
    wait_until(lambda: str(made.library) in maps.read_text(), "the kiosk has a clock of its own")
    yield made
    wall.exchange_kiosk(0, {})


def set_wrong(clock: FalseClock, offset: str) -> Callable[[Run], None]:
    """Set it while a picture is shown; then start anew by it."""

    def run(run: Run) -> None:
        wall, first = run.wall, run.wall.names[:1]
        wall.look_on(WINDOW_S)
        broken_ms = monotonic_ms()
        clock.set(offset)
        wall.look_on(WINDOW_S)
        before = wall.gaps_over_200_ms(broken_ms - 1000 * WINDOW_S, broken_ms, first)
        run.keep(rows.CLOCK_GAPS_MORE, wall.gaps_over_200_ms(broken_ms, broken_ms + 1000 * WINDOW_S, first) - before)
        os.kill(wall.displays[0].process.pid, signal.SIGKILL)
        run.keep(rows.CLOCK_JOINS, *wall.seconds_to_picture(monotonic_ms(), first))
        clock.set(RIGHT)

    return run


@pytest.mark.parametrize("offset", [IN_1970, TEN_YEARS_ON])
def test_a_wrong_clock_keeps_no_display_from_its_picture(wall: Wall, trials: Trials, clock: FalseClock, offset: str) -> None:
    trials.repeat(rows.CLOCK_WRONG, wall, set_wrong(clock, offset))
