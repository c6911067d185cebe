"""A display's link is cut, flaps and loses packets. The cut says nothing: packets just do not arrive."""

from __future__ import annotations

import pytest

from onebox.glass import monotonic_ms
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall

SHORT_S, LONG_S, FLAPS, MINUTE_S = 1, 30, 30, 60
TOKEN = "POST /api/device/v1/livekit-token"
JOIN = "GET /rtc"


def cut_shortly(run: Run) -> None:
    """A second."""
    wall, before = run.wall, run.wall.steps_and_limits()
    joins = wall.to_sfu.count(JOIN, wall.hosts[0].address)
    run.keep(rows.SHORT_CUT_BACK, cut(wall, SHORT_S))
    wall.look_on(10)
    run.keep(rows.SHORT_REJOINS, wall.to_sfu.count(JOIN, wall.hosts[0].address) - joins)
    run.keep(rows.SHORT_STEPS, wall.steps_and_limits() - before)


def cut_long(run: Run) -> None:
    """Half a minute."""
    run.keep(rows.LONG_CUT_BACK, cut(run.wall, LONG_S))


def pull_the_cable(run: Run) -> None:
    """Half a minute, and the machine knows."""
    wall = run.wall
    wall.hosts[0].unplug()
    wall.look_on(LONG_S)
    wall.hosts[0].plug()
    run.keep(rows.UNPLUGGED_BACK, *wall.seconds_to_picture(monotonic_ms(), [wall.names[0]]))


def cut(wall: Wall, seconds: float) -> float:
    """Cut the first display's link; how long after it the picture is back."""
    wall.hosts[0].cut()
    wall.look_on(seconds)
    wall.hosts[0].mend()
    return wall.seconds_to_picture(monotonic_ms(), [wall.names[0]])[0]


def flap(run: Run) -> None:
    """A second on, a second off, for a minute."""
    wall, host = run.wall, run.wall.hosts[0]
    tokens = wall.to_controller.count(TOKEN, host.address)
    most, all_of_us = 0, len(wall.displays) + 1
    for _ in range(FLAPS):
        host.cut()
        wall.look_on(1)
        host.mend()
        wall.look_on(1)
        most = max(most, len(wall.participants()))
    run.keep(rows.FLAPS_TOKENS, wall.to_controller.count(TOKEN, host.address) - tokens)
    run.keep(rows.FLAPS_DUPLICATES, max(0, most - all_of_us))
    run.keep(rows.FLAPS_BACK, *wall.seconds_to_picture(monotonic_ms(), [wall.names[0]]))


def lose(run: Run) -> None:
    """One packet of ten, for a minute."""
    wall, host = run.wall, run.wall.hosts[0]
    tokens, joins = wall.to_controller.count(TOKEN, host.address), wall.to_sfu.count(JOIN, host.address)
    host.lose(10)
    wall.look_on(MINUTE_S)
    host.mend()
    run.keep(rows.LOSES_TOKENS, wall.to_controller.count(TOKEN, host.address) - tokens)
    run.keep(rows.LOSES_REJOINS, wall.to_sfu.count(JOIN, host.address) - joins)


@pytest.mark.smoke
def test_a_second_without_a_link_is_a_freeze_and_nothing_else(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.DISPLAY_CUT_SHORT, wall, cut_shortly)


def test_after_half_a_minute_without_a_link_the_picture_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.DISPLAY_CUT_LONG, wall, cut_long)


def test_after_half_a_minute_without_a_cable_the_picture_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.DISPLAY_UNPLUGGED, wall, pull_the_cable)


def test_a_link_that_flaps_makes_no_crowd(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.DISPLAY_FLAPS, wall, flap)


def test_a_lossy_link_makes_nobody_join_again(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.DISPLAY_LOSES, wall, lose)
