"""A display's renderer is killed and hangs, its kiosk is killed and hangs: nobody touches it, and it comes back."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from onebox.glass import monotonic_ms
from onebox.supervised import Supervised
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.results import Measure
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support.renderers import renderer_of

KILLS_IN_A_ROW, MOMENTS = 50, 10


def keep_return(run: Run, measure: Measure) -> None:
    """How long from now until the first display shows the picture again."""
    run.keep(measure, *run.wall.seconds_to_picture(monotonic_ms(), [run.wall.names[0]]))


def kill_renderer(run: Run) -> None:
    """As a page does that needs too much memory."""
    renderer_of(run.wall.displays[0]).kill()
    keep_return(run, rows.RENDERER_BACK)


def kill_renderers_in_a_row(run: Run) -> None:
    """Each as soon as there is one, whatever it has drawn."""
    for _ in range(KILLS_IN_A_ROW):
        renderer = renderer_of(run.wall.displays[0])
        renderer.kill()
        renderer.wait(timeout=20)
    keep_return(run, rows.RENDERERS_BACK)


def hang_renderer(run: Run) -> None:
    """As a page does in an endless loop."""
    renderer_of(run.wall.displays[0]).send_signal(signal.SIGSTOP)
    keep_return(run, rows.HUNG_BACK)


def kill_kiosk(run: Run) -> None:
    """The window, the agent, all of it."""
    os.kill(run.wall.displays[0].process.pid, signal.SIGKILL)
    keep_return(run, rows.KIOSK_BACK)


def kill_kiosks_in_a_row(run: Run) -> None:
    """Each at another moment of its start, whatever it was about to write."""
    wall, process = run.wall, run.wall.displays[0].process
    for number in range(KILLS_IN_A_ROW - 1):
        os.kill(process.pid, signal.SIGKILL)
        wait_until(partial(is_started_again, process, process.restarts), "it is started again")
        wall.look_on(number % MOMENTS / 2)
    os.kill(process.pid, signal.SIGKILL)
    keep_return(run, rows.KIOSKS_BACK)


def is_started_again(process: Supervised, restarts: int) -> bool:
    """Whether it was, after so many times before."""
    return process.restarts > restarts


def hang_kiosk(run: Run) -> None:
    """Its window's loop stands still, so nobody tells systemd anything."""
    os.kill(run.wall.displays[0].process.pid, signal.SIGSTOP)
    keep_return(run, rows.KIOSK_HUNG_BACK)


@pytest.mark.smoke
def test_a_killed_renderer_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.RENDERER_KILLED, wall, kill_renderer)


def test_however_often_it_is_killed_it_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.RENDERERS_KILLED, wall, kill_renderers_in_a_row)


@pytest.mark.smoke
def test_a_hung_renderer_is_ended_and_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.RENDERER_HUNG, wall, hang_renderer)


@pytest.mark.smoke
def test_a_killed_kiosk_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.KIOSK_KILLED, wall, kill_kiosk)


def test_however_often_a_kiosk_is_killed_it_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.KIOSKS_KILLED, wall, kill_kiosks_in_a_row)


def test_a_hung_kiosk_is_ended_and_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.KIOSK_HUNG, wall, hang_kiosk)
