"""The kiosk is first and the controller later; controller and SFU are killed while somebody presents; nobody touches anything."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from onebox.glass import monotonic_ms
from onebox.ports import is_listening
from onebox.waiting import wait_until
from tests.support import cards
from tests.support.figures import Figures
from tests.support.lab import Lab, screen_of

pytestmark = pytest.mark.figures

KILLED_ON_PURPOSE = (
    r"WARNING controller\.(steward|services|web)",  # the SFU is away
    r"presenter: (error|warning): ",  # websockets break, requests fail
    r"^kiosk-1: js: ",
    r"gunicorn|Worker",
    r"sfu: ",
)


class Story:
    """One kiosk with a key, one presenter."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.announced.extend(KILLED_ON_PURPOSE)
        lab.box.start_stores()
        key = lab.box.make_enrolment_key("lobby")
        started_s = time.monotonic()
        self.kiosk = lab.start_kiosk(enrolment_key=key)
        self.screen = screen_of(self.kiosk)
        wait_until(lambda: cards.shows_card(self.screen), "the first card without a controller", timeout_s=30)
        self.first_card_s = time.monotonic() - started_s

    def seconds_to_fresh(self, *, timeout_s: float = 20.0) -> float:
        """How long from now until a picture stands on the kiosk that was painted after now."""
        since_ms = monotonic_ms()
        wait_until(lambda: self.is_fresh(since_ms), "a new picture", timeout_s=timeout_s)
        return (monotonic_ms() - since_ms) / 1000

    def is_fresh(self, since_ms: int) -> bool:
        """Whether the picture on the kiosk was painted after a moment."""
        age_ms = self.lab.glass(self.kiosk).age_ms()
        return age_ms is not None and age_ms < monotonic_ms() - since_ms


@pytest.fixture(scope="module")
def story(make_lab: Callable[..., Lab]) -> Story:
    """One lab for the whole story."""
    return Story(make_lab())


def test_without_a_controller_the_screen_says_why(story: Story, figures: Figures) -> None:
    figures.add("kiosk started to first card, no controller", story.first_card_s, unit="s", expected=1.0)
    wait_until(lambda: cards.shows_trouble(story.screen), "the card says that the controller cannot be reached")


def test_the_controller_comes_later_and_the_display_with_it(story: Story, figures: Figures) -> None:
    story.lab.box.start_sfu()
    story.lab.box.start_controller()
    since_s = time.monotonic()
    wait_until(lambda: cards.shows_ready(story.screen), "the display is ready")
    figures.add("controller up to ready card", time.monotonic() - since_s, unit="s", expected=10.0)


def test_the_picture_comes(story: Story) -> None:
    presenter = story.lab.open_presenter(story.lab.box.make_account("paula", "presenter"))
    presenter.share()
    story.seconds_to_fresh()


def test_a_restarted_controller_interrupts_no_picture(story: Story) -> None:
    web = story.lab.box.parts["web"]
    web.kill()
    assert story.seconds_to_fresh() < 1.0, "the picture goes on while the controller is down"
    story.lab.box.start_web()
    wait_until(lambda: "1 of 1 screen showing" in wall_words(story), "the presenter hears of the wall again", timeout_s=40)
    assert story.seconds_to_fresh() < 1.0


def wall_words(story: Story) -> str:
    """What the presenter page says of the wall."""
    return story.lab.presenter.wall_words if story.lab.presenter is not None else ""


def test_after_a_crash_of_the_sfu_the_picture_is_back_by_itself(story: Story, figures: Figures, rounds: int) -> None:
    box = story.lab.box
    for _ in range(min(rounds, 3)):
        box.parts["sfu"].kill()
        wait_until(lambda: not is_listening(box.ports.sfu), "the SFU is gone")
        box.start_sfu()
        figures.add("SFU killed: port listens to picture", story.seconds_to_fresh(timeout_s=60), unit="s", expected=3.0)
        wait_until(lambda: "1 of 1 screen showing" in wall_words(story), "the page says showing", timeout_s=30)


def test_when_the_presenter_is_gone_the_card_says_so(story: Story) -> None:
    presenter = story.lab.presenter
    assert presenter is not None
    presenter.stop_sharing()
    wait_until(lambda: cards.shows_ready(story.screen), "the ready card")
