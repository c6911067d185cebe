"""The controller is killed and restarted, or stays away: whoever has a picture keeps it."""

from __future__ import annotations

import signal

import pytest

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall

WINDOW_S = 10
AWAY_S = 30
PROGRAMS = ("web", "steward")


def end(wall: Wall, number: signal.Signals) -> None:
    """Send a signal to the controller's programs, and wait until they are gone."""
    for name in PROGRAMS:
        wall.box.parts[name].signal(number)
    wait_until(lambda: not any(wall.box.parts[name].is_running for name in PROGRAMS), "the controller has ended")


def start(wall: Wall) -> None:
    """Start them again, and wait until the controller answers."""
    wall.box.start_steward()
    wall.box.start_web()


def restart(run: Run, number: signal.Signals) -> None:
    """The controller is ended and started again at once."""
    wall = run.wall
    wall.look_on(WINDOW_S)
    broken_ms = monotonic_ms()
    end(wall, number)
    start(wall)
    wall.look_on(WINDOW_S - (monotonic_ms() - broken_ms) / 1000)
    before = wall.gaps_over_200_ms(broken_ms - 1000 * WINDOW_S, broken_ms)
    after = wall.gaps_over_200_ms(broken_ms, broken_ms + 1000 * WINDOW_S)
    run.keep(rows.GAPS_MORE, after - before)


def restart_both_ways(run: Run) -> None:
    """As an operator does, and as a crash."""
    restart(run, signal.SIGTERM)
    restart(run, signal.SIGKILL)


def stay_away(run: Run) -> None:
    """The controller is away, and a display loses its signalling meanwhile."""
    wall, broken_ms = run.wall, monotonic_ms()
    end(wall, signal.SIGKILL)
    assert wall.to_sfu.cut(wall.hosts[0].address) > 0, "the display had a websocket"
    wall.look_on(AWAY_S)
    run.keep(rows.STAYS_WHILE_FRAMES_ARRIVE, wall.longest_stop_s(broken_ms, monotonic_ms()))
    start(wall)
    run.keep(rows.BACK_WHERE_LOST, *wall.seconds_to_picture(monotonic_ms()))


@pytest.mark.smoke
def test_a_restarted_controller_interrupts_no_picture(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.CONTROLLER_KILLED, wall, restart_both_ways)


def test_a_display_that_loses_its_signalling_meanwhile_keeps_the_picture(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.CONTROLLER_DOWN, wall, stay_away)
