"""The name server falls silent for two minutes: running pictures go on, and a kiosk that starts meanwhile joins after it."""

from __future__ import annotations

import os
import signal

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.name_server import NameServer
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.faults.walls import Walls
from tests.support.lab import OUTPUT

NAME = "marquee.test"
SILENT_S, WINDOW_S = 120, 60
STARTS_S = 20
"""A kiosk is killed so long before names are found again."""


def lose_names(run: Run) -> None:
    """As a router does that restarts badly."""
    wall, names = run.wall, server_of(run.wall)
    first, second = wall.names
    wall.look_on(WINDOW_S)
    broken_ms = monotonic_ms()
    names.fall_silent()
    try:
        wall.look_on(WINDOW_S)
        before = wall.gaps_over_200_ms(broken_ms - 1000 * WINDOW_S, broken_ms)
        run.keep(rows.DNS_GAPS_MORE, wall.gaps_over_200_ms(broken_ms, broken_ms + 1000 * WINDOW_S) - before)
        wall.look_on(SILENT_S - WINDOW_S - STARTS_S)
        os.kill(wall.displays[0].process.pid, signal.SIGKILL)
        wall.look_on(STARTS_S)
        wall.displays[0].screenshot(OUTPUT / "no_names.png")
        run.keep(rows.DNS_STOP, wall.log(second).longest_gap_ms(broken_ms, monotonic_ms()) / 1000)
    finally:
        names.speak()
    back_ms = monotonic_ms()
    run.keep(rows.DNS_JOINS, *wall.seconds_to_picture(back_ms, [first]))
    wait_until(lambda: all("link=up" in link_of(wall, index) for index in range(2)), "every display hears the controller again")
    run.keep(rows.DNS_CONTROL, (monotonic_ms() - back_ms) / 1000)


def link_of(wall: Wall, index: int) -> str:
    """The last line of a display's log that tells how it reaches the controller."""
    return [line for line in wall.displays[index].process.log.read_text().splitlines() if "controller link=" in line][-1]


def server_of(wall: Wall) -> NameServer:
    """This wall has one."""
    assert wall.name_server is not None
    return wall.name_server


def test_while_no_name_is_found_the_picture_goes_on(walls: Walls, trials: Trials) -> None:
    trials.repeat(rows.DNS_GONE, walls.get(name=NAME), lose_names)
