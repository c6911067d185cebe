"""The presenter's tab is hidden behind another, in a window that the slides cover: nothing of it slows down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import Playwright

from onebox.glass import monotonic_ms
from onebox.presenter import Presenter
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.admin import Admin
from tests.faults.persons_chromium import PersonsChromium
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support.decided_by_hand import decide, lowered_to
from wire.presenter import SenderLimits, SenderReport

WINDOW_S, SHORT_S, LONG_S = 20, 60, 600
STILL_PAINTED_MS = 4_000
LOW = SenderLimits(max_bitrate_bps=2_000_000, max_frames_per_second=11)


@pytest.fixture
def petra(wall: Wall, playwright: Playwright) -> Iterator[Presenter]:
    """She presents instead, in a Chromium whose tabs can be hidden. All is clicked before the picture covers it."""
    wall.presenter.stop_sharing()
    stage, account = wall.lab.stage, wall.box.make_account("petra", "presenter")
    stage.take_picture_away()
    chromium = PersonsChromium(wall.presenter_host, wall.lab.folder.path, stage.screen, trusted=wall.controller_url)
    try:
        browser = chromium.start(playwright)
        petra = Presenter(browser, browser.contexts[0], wall.controller_url)
        petra.page.bring_to_front()
        petra.sign_in(account.name, account.password)
        petra.share()
        stage.show_picture()
        yield petra
        stage.take_picture_away()
        petra.stop_sharing()
        petra.close()
    finally:
        chromium.stop()
    stage.show_picture()
    wall.presenter.share()


def hide(run: Run, petra: Presenter, seconds: float) -> None:
    """Another tab comes before hers, and stays there."""
    wall = run.wall
    seconds_to_force(wall, SenderLimits())
    wall.look_on(WINDOW_S)
    hidden_ms = monotonic_ms()
    other = petra.page.context.new_page()
    other.bring_to_front()
    wait_until(lambda: is_hidden(petra), "the tab is hidden")
    run.keep(rows.HIDDEN_REPORT, oldest_report_s(wall, seconds))
    shown_ms = monotonic_ms()
    more = wall.gaps_over_200_ms(shown_ms - 1000 * WINDOW_S, shown_ms)
    run.keep(rows.HIDDEN_GAPS_MORE, more - wall.gaps_over_200_ms(hidden_ms - 1000 * WINDOW_S, hidden_ms))
    run.keep(rows.HIDDEN_LIMITS, seconds_to_force(wall, LOW))
    wait_until(lambda: told(wall)[0].frames_per_second <= LOW.max_frames_per_second + 1, "the encoder keeps to them")
    run.keep(rows.HIDDEN_STILL, seconds_to_still(wall))
    assert is_hidden(petra), "it was all the time"
    other.close()
    petra.page.bring_to_front()


def is_hidden(presenter: Presenter) -> bool:
    """Whether the browser says so to the page."""
    return bool(presenter.page.evaluate("document.visibilityState") == "hidden")


def oldest_report_s(wall: Wall, seconds: float) -> float:
    """How old the sender's statistics at the controller become at most, in so long."""
    until_ms, ages_s = monotonic_ms() + 1000 * seconds, [0.0]

    def is_over() -> bool:
        sender, at = told(wall)
        assert sender.frames_per_second > 0, "statistics of a picture that is sent"
        ages_s.append((datetime.now(UTC) - at).total_seconds())
        return monotonic_ms() >= until_ms

    wait_until(is_over, f"{seconds:g} s pass", timeout_s=seconds + 60)
    return max(ages_s)


def seconds_to_force(wall: Wall, limits: SenderLimits) -> float:
    """How long after they were decided the presenter's page tells that limits are in force."""
    since = decide(wall.parts, lowered_to(limits))
    wait_until(lambda: told(wall)[0].applied == limits, "the limits are in force")
    return (datetime.now(UTC) - since).total_seconds()


def seconds_to_still(wall: Wall) -> float:
    """How long after a protected display lost its media a still stands there that was painted since."""
    admin, host, log = Admin(wall.box.url, wall.parts), wall.hosts[0], wall.log(wall.names[0])
    admin.give_role("protected")  # it takes no step, and so is back at once
    cut_ms = monotonic_ms()
    host.lose_media(udp=wall.box.ports.sfu_udp, tcp=wall.box.ports.sfu_tcp)
    try:
        appeared = wait_until(lambda: log.appearance_of_one_painted_after(cut_ms + STILL_PAINTED_MS), "a still", timeout_s=30)
    finally:
        host.mend()
    wall.wait_steady(timeout_s=90)
    admin.give_role("normal")
    return (appeared - cut_ms) / 1000


def told(wall: Wall) -> tuple[SenderReport, datetime]:
    """What the presenter's page told of its sender last, and when."""
    report = wall.parts.window.of_presenter(1)
    assert report is not None, "the presenter is heard"
    return report.message.sender, report.at


def test_a_hidden_tab_goes_on_as_a_shown_one(
    wall: Wall, trials: Trials, petra: Presenter, request: pytest.FixtureRequest
) -> None:
    seconds = LONG_S if request.config.getoption("--long") else SHORT_S
    trials.repeat(rows.HIDDEN_TAB, wall, partial(hide, petra=petra, seconds=seconds))
