"""The presenter's tab is closed, reloaded, killed; their link is cut. Displays say so, and the same share comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support.lab import OUTPUT

SHORT_S, LONG_S = 1, 30
HEARTBEATS_S = 10
"""Every display has said how it is, twice."""

STOP_FROM_BAR = """() => {
  const [screen] = document.getElementById("preview").srcObject.getVideoTracks();
  screen.stop();
  screen.dispatchEvent(new Event("ended"));
}"""
"""What the browser does when "Stop sharing" is pressed in its own bar."""


def close_tab(wall: Wall) -> None:
    """The presenter closes the tab."""
    wall.presenter.page.close()


def reload_tab(wall: Wall) -> None:
    """The presenter reloads the page, and says that they mean it."""
    page = wall.presenter.page
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()


def kill_tab(wall: Wall) -> None:
    """The tab's process dies."""
    wall.presenter.kill_tab()


def stop_from_bar(wall: Wall) -> None:
    """The presenter presses "Stop sharing" in the browser's bar."""
    wall.presenter.page.evaluate(STOP_FROM_BAR)


def share_again(wall: Wall) -> None:
    """Share, and take the session over from oneself where the page that died could not give it back."""
    page = wall.presenter.page
    wall.presenter.click_share()
    live, taken = page.locator("#state[data-phase='live']"), page.locator("#take-over:not([hidden])")
    live.or_(taken).wait_for()
    if taken.count():
        taken.click()
        page.locator("#take-over-yes").click()
        live.wait_for()


def leave(act: Callable[[Wall], None]) -> Callable[[Run], None]:
    """The presenter goes, and shares again."""

    def run(run: Run) -> None:
        wall = run.wall
        run.is_judged_no_more()  # windows come and go there
        since_ms = monotonic_ms()
        act(wall)
        wait_until(wall.shows_cards, "every display says that the picture is gone", timeout_s=30)
        run.keep(rows.PRESENTER_GONE_SAID, (monotonic_ms() - since_ms) / 1000)
        wall.displays[0].screenshot(OUTPUT / f"presenter_gone_{act.__name__}.png")
        wall.presenter.open()
        share_again(wall)
        wall.seconds_to_picture(monotonic_ms())
        run.keep(rows.PUBLICATIONS_AFTER, wall.publications() - 1)

    return run


def cut(wall: Wall, seconds: float) -> list[float]:
    """Cut the presenter's link; how long after it the picture is back."""
    wall.presenter_host.cut()
    wall.look_on(seconds)
    wall.presenter_host.mend()
    return wall.seconds_to_picture(monotonic_ms())


def cut_shortly(run: Run) -> None:
    """A second."""
    wall, before = run.wall, run.wall.steps_and_limits()
    run.keep(rows.PRESENTER_SHORT_BACK, *cut(wall, SHORT_S))
    wall.look_on(HEARTBEATS_S)
    run.keep(rows.PRESENTER_SHORT_STEPS, wall.steps_and_limits() - before)


def cut_long(run: Run) -> None:
    """Half a minute."""
    run.keep(rows.PRESENTER_LONG_BACK, *cut(run.wall, LONG_S))
    assert run.wall.publications() == 1


@pytest.mark.parametrize("act", [close_tab, reload_tab, kill_tab, stop_from_bar])
def test_when_the_presenter_is_gone_displays_say_so(wall: Wall, trials: Trials, act: Callable[[Wall], None]) -> None:
    trials.repeat(rows.PRESENTER_TAB, wall, leave(act))


@pytest.mark.smoke
def test_a_second_without_the_presenters_link_is_a_freeze(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.PRESENTER_CUT_SHORT, wall, cut_shortly)


def test_after_half_a_minute_without_the_presenters_link_the_same_share_is_back(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.PRESENTER_CUT_LONG, wall, cut_long)
