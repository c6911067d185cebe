"""A display is installed, waits, is approved by a click, shows the presenter's screen, and loses it when it is revoked.

Everything is real: stores, SFU, controller, the kiosk's window, both browsers; the picture is read from the kiosk's pixels.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog

from onebox.glass import Glass, monotonic_ms
from onebox.kiosks import Kiosk
from onebox.presenter import Presenter
from onebox.waiting import wait_until
from tests.support import cards
from tests.support.figures import Figures
from tests.support.lab import Dashboard, Lab, screen_of

pytestmark = pytest.mark.figures

WATCHED_S = 5.0


class Story:
    """The lab and who is in it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.announced.append(r"not in the room: this display is (revoked|pending)")  # it asked before it was told
        lab.announced.append(r"presenter: warning: could not createOffer with closed peer connection")  # the room was locked
        lab.box.start()
        self.admin = lab.box.make_account("ada", "admin")
        self.paula = lab.box.make_account("paula", "presenter")
        self.dashboard: Dashboard = lab.open_dashboard(self.admin)
        self.presenter: Presenter = lab.open_presenter(self.paula)
        started_s = time.monotonic()
        self.kiosk: Kiosk = lab.start_kiosk()
        self.screen = screen_of(self.kiosk)
        wait_until(lambda: cards.shows_card(self.screen), "the kiosk's first card", timeout_s=30)
        self.first_card_s = time.monotonic() - started_s
        self.glass: Glass = lab.glass(self.kiosk)

    def has_picture(self) -> bool:
        """Whether a fresh test picture stands on the kiosk's screen."""
        age_ms = self.glass.age_ms()
        return age_ms is not None and age_ms < 2_000

    def shows_painted_after(self, since_ms: int) -> bool:
        """Whether what stands there was painted after a moment."""
        age_ms = self.glass.age_ms()
        return age_ms is not None and age_ms < monotonic_ms() - since_ms

    def has_no_picture(self) -> bool:
        """Whether no test picture stands there, not even an old one."""
        return self.glass.code() is None

    def approve(self, role: str) -> None:
        """Click the button in the dashboard."""
        self.dashboard.click(f"Approve as {role}")


@pytest.fixture(scope="module")
def story(make_lab: Callable[..., Lab]) -> Story:
    """One lab for the whole story."""
    return Story(make_lab())


def seconds_until(condition: Callable[[], bool], what: str, *, since_s: float | None = None) -> float:
    """How long it took from `since_s` (default: now) until the condition held."""
    started_s = time.monotonic() if since_s is None else since_s
    wait_until(condition, what)
    return time.monotonic() - started_s


def test_a_new_display_waits_with_its_code_and_appears_in_the_dashboard(story: Story, figures: Figures) -> None:
    figures.add("kiosk started to first card", story.first_card_s, unit="s", expected=1.0)
    wait_until(lambda: cards.shows_pairing_code(story.screen), "the pairing code on the kiosk")
    story.dashboard.wait_for("#waiting .display")
    assert "Fingerprint" in story.dashboard.text("#waiting .display")


ONE_LAYER = """
const addTransceiver = RTCPeerConnection.prototype.addTransceiver;
RTCPeerConnection.prototype.addTransceiver = function (track, init) {
  for (const encoding of init?.sendEncodings ?? []) encoding.scalabilityMode = "L1T1";
  return addTransceiver.call(this, track, init);
};
"""
"""Makes a browser that really sends other layers than it was asked for."""


def test_a_page_that_sends_something_else_does_not_say_live(story: Story) -> None:
    page = story.presenter.page.context.new_page()
    page.add_init_script(ONE_LAYER)
    page.goto(f"{story.lab.box.url}/present")
    page.get_by_role("button", name="Share my screen").click()
    problem = page.locator("#problem:not([hidden])")
    problem.wait_for()
    assert "sends L1T1 layers instead of L1T3" in problem.inner_text()
    assert page.locator("#state").inner_text() == "Not sharing."
    page.close()


def test_the_presenter_goes_live_before_any_display_is_approved(story: Story) -> None:
    story.presenter.share()
    assert "No display is approved" in story.presenter.wall_words
    assert "Two are recommended" in story.presenter.page.locator("#wall-warning").inner_text()
    assert story.has_no_picture()


def test_a_click_on_approve_brings_the_picture(story: Story, figures: Figures) -> None:
    since_s = time.monotonic()
    story.approve("protected")
    figures.add(
        "approve clicked to picture", seconds_until(story.has_picture, "the picture", since_s=since_s), unit="s", expected=2.0
    )
    story.dashboard.wait_for("#wall .display:has-text('showing')")
    assert "protected" in story.dashboard.text("#wall .display")
    wait_until(lambda: "1 of 1 screen showing" in story.presenter.wall_words, "the presenter is told")


def test_the_code_on_the_kiosk_follows_the_presenters_screen(story: Story) -> None:
    stage = Glass(story.lab.stage.screen)
    seen: set[int] = set()

    def sees_twenty() -> bool:
        on_stage = wait_until(stage.code, "a code on the presenter's screen")
        on_glass = wait_until(story.glass.code, "a code on the kiosk")
        assert -200 <= on_stage - on_glass <= 2_000, (on_stage, on_glass)
        seen.add(on_glass)
        return len(seen) >= 20

    wait_until(sees_twenty, "twenty different codes on the kiosk")


def test_the_picture_fills_the_screen_and_nothing_lies_over_it(story: Story) -> None:
    """Pixels that do not change from picture to picture are those of the presenter's screen."""
    ours, theirs = story.lab.stage.screen.image(), story.screen.image()
    for x, y in ((3, 3), (1276, 3), (3, 716), (1276, 716), (640, 400), (100, 150), (1200, 600)):
        shown, painted = theirs.getpixel((x, y)), ours.getpixel((x, y))
        assert isinstance(shown, tuple)
        assert isinstance(painted, tuple)
        assert all(abs(a - b) < 16 for a, b in zip(shown, painted, strict=True)), (x, y, shown, painted)


@pytest.mark.parametrize("motion", ["quiet", "motion"])
def test_the_age_of_the_picture(story: Story, figures: Figures, motion: str) -> None:
    story.lab.stage.tell_picture(motion)
    wait_until(lambda: sends(story, at_least_mbits=1.0 if motion == "motion" else 0.0), "the sender has settled")
    seen = story.glass.watch(WATCHED_S)
    story.lab.stage.tell_picture("quiet")
    figures.add(f"age of a picture as it appears, {motion}, mean", seen.new_age_mean_ms, unit="ms")
    figures.add(f"age of a picture as it appears, {motion}, p95", seen.new_age_p95_ms, unit="ms")
    figures.add(f"age of the picture at any moment, {motion}, mean", seen.age_mean_ms, unit="ms")
    figures.add(f"age of the picture at any moment, {motion}, p95", seen.age_p95_ms, unit="ms")
    figures.add(f"pictures a second on the glass, {motion}", seen.frames_per_second, unit="1/s")
    assert seen.new_age_mean_ms < 2_000


def sends(story: Story, *, at_least_mbits: float) -> bool:
    """Whether the page says that it sends so much."""
    words = story.presenter.page.locator("#facts").inner_text()
    found = re.search(r"([\d.]+) Mbit/s", words)
    return found is not None and float(found.group(1)) >= at_least_mbits


def test_the_dashboard_tells_what_the_sfu_sees(story: Story) -> None:
    story.dashboard.wait_for("#participants tr:has-text('VP9')")
    row = story.dashboard.text("#participants")
    assert "VP9, 1280" in row
    assert "1 layer" in row
    assert "display" in row, "a hidden display is listed too"
    assert "1.13.5" in story.dashboard.text("#sfu-facts")
    assert "up" in story.dashboard.text("#sfu-state")
    assert "GB" in story.dashboard.text("#bandwidth-used")


def test_leave_this_page_and_stay_ends_nothing(story: Story) -> None:
    """The SDK would stop the capture as soon as the browser asks."""
    page = story.presenter.page
    with page.expect_event("dialog") as asked:
        page.evaluate("() => setTimeout(() => location.assign('/login'), 0)")
    dialog: Dialog = asked.value
    assert dialog.type == "beforeunload"
    dialog.dismiss()
    assert story.glass.watch(2.0).pictures > 5, "the picture goes on"
    assert page.locator("#state[data-phase='live']").count() == 1


def test_stop_brings_the_ready_card_back_and_share_the_picture(story: Story, figures: Figures, rounds: int) -> None:
    for _ in range(rounds):
        story.presenter.stop_sharing()
        wait_until(lambda: cards.shows_ready(story.screen), "the ready card")
        wait_until(lambda: "ready to show" in story.presenter.wall_words, "the page knows that nothing is shown")
        since_s = time.monotonic()
        story.presenter.click_share()
        taken_s = seconds_until(story.has_picture, "the picture", since_s=since_s)
        figures.add("share clicked to first picture, display in the room", taken_s, unit="s", expected=1.0)
        story.presenter.page.locator("#state[data-phase='live']").wait_for()


def test_locking_the_room_interrupts_the_picture_and_nobody_clicks(story: Story, figures: Figures) -> None:
    story.dashboard.click("Lock the room")
    story.dashboard.page.locator("#confirm-yes").click()
    story.dashboard.wait_for("#lock-result:not([hidden])")
    assert "Everybody is out" in story.dashboard.text("#lock-result")
    since_ms = monotonic_ms()
    taken_s = seconds_until(lambda: story.shows_painted_after(since_ms), "a picture through the new room")
    figures.add("room locked to picture through the new one", taken_s, unit="s", expected=5.0)
    story.presenter.page.locator("#state[data-phase='live']").wait_for()
    story.dashboard.wait_for("#wall .display:has-text('showing')")


def test_revoke_takes_the_picture_and_approval_gives_it_back(story: Story, figures: Figures, rounds: int) -> None:
    for _ in range(rounds):
        story.dashboard.click("Revoke")
        since_s = time.monotonic()
        story.dashboard.page.locator("#confirm-yes").click()
        gone_s = seconds_until(story.has_no_picture, "the picture is gone", since_s=since_s)
        figures.add("revoke confirmed to picture gone", gone_s, unit="s", expected=2.0)
        wait_until(lambda: cards.shows_trouble(story.screen), "the card says that it was removed")
        story.dashboard.click("Let it wait again")
        wait_until(lambda: cards.shows_pairing_code(story.screen), "the display waits again")
        since_s = time.monotonic()
        story.approve("normal")
        back_s = seconds_until(story.has_picture, "the picture", since_s=since_s)
        figures.add("approve clicked to picture", back_s, unit="s", expected=2.0)


def test_a_revoked_display_stays_out(story: Story) -> None:
    story.dashboard.revoke()
    wait_until(story.has_no_picture, "the picture is gone")
    story.kiosk.process.stop()
    story.kiosk.start()
    wait_until(lambda: cards.shows_trouble(story.screen), "the restarted kiosk says that it was removed")
    assert story.has_no_picture()
    assert "Removed" not in story.presenter.wall_words
    wait_until(lambda: "No display is approved" in story.presenter.wall_words, "the presenter is told")
