"""The SFU crashes, is restarted, stays away: everybody comes back by themselves, and nobody clicks."""

from __future__ import annotations

import signal
from functools import partial

import pytest

from onebox.glass import monotonic_ms
from onebox.ports import is_listening
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support import cards
from tests.support.lab import screen_of


def kill_and_restart(run: Run) -> None:
    """The SFU crashes and is started again at once."""
    box = run.wall.box
    box.parts["sfu"].kill()
    wait_until(lambda: not is_listening(box.ports.sfu), "the SFU is gone")
    box.start_sfu()
    run.keep(rows.SFU_KILLED_BACK, *run.wall.seconds_to_picture(monotonic_ms()))


def end_and_restart(run: Run) -> None:
    """A planned restart: the first signal lets rooms end by themselves, the second ends them."""
    box = run.wall.box
    sfu = box.parts["sfu"]
    sfu.signal(signal.SIGTERM)
    wait_until(lambda: "exit requested" in sfu.log_tail(5), "the SFU has heard the first signal")
    sfu.signal(signal.SIGTERM)
    wait_until(lambda: not sfu.is_running, "the SFU has ended")
    box.start_sfu()
    run.keep(rows.SFU_ENDED_BACK, *run.wall.seconds_to_picture(monotonic_ms()))


def stay_away(run: Run, seconds: float) -> None:
    """The SFU crashes, and is started again much later."""
    wall, box, broken_ms = run.wall, run.wall.box, monotonic_ms()
    box.parts["sfu"].kill()
    for kiosk in wall.displays:
        wait_until(partial(cards.shows_card, screen_of(kiosk)), f"a card on {kiosk.process.name}")
        run.keep(rows.SFU_DOWN_CARD, (monotonic_ms() - broken_ms) / 1000)
    wall.look_on(seconds - (monotonic_ms() - broken_ms) / 1000)
    box.start_sfu()
    run.keep(rows.SFU_DOWN_BACK, *wall.seconds_to_picture(monotonic_ms()))


@pytest.mark.smoke
def test_after_a_crash_everybody_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.SFU_KILLED, wall, kill_and_restart)


@pytest.mark.smoke
def test_after_a_planned_restart_everybody_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.SFU_ENDED, wall, end_and_restart)


def test_an_sfu_that_stays_away_is_said_and_forgiven(wall: Wall, trials: Trials, request: pytest.FixtureRequest) -> None:
    away_s = 600 if request.config.getoption("--long") else 120
    trials.repeat(rows.SFU_DOWN, wall, lambda run: stay_away(run, away_s))
