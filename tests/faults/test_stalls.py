"""The picture stands still for three reasons: the first display names the right one and comes back. A still screen is none."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support import devtools
from tests.support.frozen_threads import frozen
from tests.support.renderers import renderer_of

NAMED_WITHIN_S = 30.0
STILL_S = 15.0
PICTURE = 'document.getElementById("picture")'


@contextmanager
def screen_stands_still(wall: Wall) -> Iterator[None]:
    """Nothing moves on the presenter's own screen: no fault, so no trouble."""
    wall.lab.stage.processes()[-1].signal(signal.SIGSTOP)
    yield
    wall.lab.stage.processes()[-1].signal(signal.SIGCONT)


@contextmanager
def packets_are_dropped(wall: Wall) -> Iterator[None]:
    """Nothing reaches the display, and nobody says so."""
    wall.hosts[0].cut()
    yield
    wall.hosts[0].mend()


@contextmanager
def decoder_starves(wall: Wall) -> Iterator[None]:
    """Packets become frames, and the threads that decode them get no time."""
    with frozen(renderer_of(wall.displays[0]).pid, named="ThreadPoolForeg") as threads:
        assert threads, "nothing decodes"
        yield


@contextmanager
def renderer_hangs(wall: Wall) -> Iterator[None]:
    """Frames are decoded, and none reaches the glass."""
    devtools.evaluate(wall.hosts[0].address, f"{PICTURE}.play = async () => {{}}; {PICTURE}.pause()")
    yield
    devtools.evaluate(wall.hosts[0].address, f"delete {PICTURE}.play; {PICTURE}.play()")


STALLS: dict[str, Callable[[Wall], AbstractContextManager[None]]] = {
    "network": packets_are_dropped,
    "decoder": decoder_starves,
    "renderer": renderer_hangs,
}


def stall(cause: str) -> Callable[[Run], None]:
    """Bring one about, and keep whether it was called something else."""

    def run(run: Run) -> None:
        wall = run.wall
        before, steps = len(wall.troubles(0)), wall.steps_and_limits()
        with STALLS[cause](wall):
            wait_until(lambda: len(wall.troubles(0)) > before, "a name for it", timeout_s=NAMED_WITHIN_S)
        named = wall.troubles(0)[before]
        print(f"{cause} was called {named}")
        wall.wait_steady()
        run.keep(rows.WRONG_NAMES, float(named != cause))
        if cause == "network":
            run.keep(rows.DROPPED_STEPS, wall.steps_and_limits() - steps)

    return run


def stand_still(run: Run) -> None:
    """A screen that does not change for a while is no trouble."""
    wall = run.wall
    run.is_judged_no_more()
    before = len(wall.troubles(0))
    with screen_stands_still(wall):
        wall.look_on(STILL_S)
    run.keep(rows.WRONG_NAMES, float(len(wall.troubles(0)) > before))


@pytest.mark.parametrize("cause", STALLS)
def test_a_stall_is_called_by_its_cause(wall: Wall, trials: Trials, cause: str) -> None:
    trials.repeat(rows.STALL_CAUSES, wall, stall(cause))


def test_a_still_screen_is_no_stall(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.STALL_CAUSES, wall, stand_still)
