"""A kiosk that needs too much memory renews its page, starts itself again when it is asked, and ends in order: nobody sees it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from onebox.glass import Glass, monotonic_ms
from onebox.waiting import wait_until
from tests.support import cards
from tests.support.blank_watch import BlankWatch
from tests.support.figures import Figures
from tests.support.lab import OUTPUT, Lab, screen_of
from tests.support.renderers import renderer_of

pytestmark = pytest.mark.figures

LITTLE_MB = "100"
"""A third of what a kiosk needs, so that it is too much from the beginning."""


class Story:
    """One display that shows, and an admin who looks on."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.announced.append(
            r"^kiosk-1: WARNING kiosk\.(window ending the page|window renderer ended|program kiosk starts again)"
        )
        lab.announced.append(r"^kiosk-1: js: ")
        lab.box.start()
        key = lab.box.make_enrolment_key("lobby")
        self.kiosk = lab.start_kiosk(enrolment_key=key, environ={"KIOSK_MEMORY_LIMIT_MB": LITTLE_MB})
        self.screen = screen_of(self.kiosk)
        self.dashboard = lab.open_dashboard(lab.box.make_account("ada", "admin"))
        self.presenter = lab.open_presenter(lab.box.make_account("paula", "presenter"))
        self.presenter.share()
        self.glass: Glass = lab.glass(self.kiosk)
        self.wait_fresh()

    def wait_fresh(self, *, timeout_s: float = 20.0) -> float:
        """Seconds until a picture stands on the screen that was painted after now."""
        since_ms = monotonic_ms()
        wait_until(lambda: (self.glass.age_ms() or 10**9) < monotonic_ms() - since_ms, "a new picture", timeout_s=timeout_s)
        return (monotonic_ms() - since_ms) / 1000

    def machine(self) -> dict[str, Any]:
        """What the controller was told last of the kiosk's machine."""
        answer = self.dashboard.page.request.get(f"{self.lab.box.url}/api/admin/livekit/displays?session_id=1")
        machine: dict[str, Any] = answer.json()["displays"][0]["machine"] or {}
        return machine


def stand_ins_of(pid: int) -> list[psutil.Process]:
    """What shows a kiosk's last picture while it starts again."""
    return [child for child in psutil.Process(pid).children() if "kiosk.stand_in" in child.cmdline()]


@pytest.fixture(scope="module")
def story(make_lab: Callable[..., Lab]) -> Story:
    """One lab for the whole story."""
    return Story(make_lab())


def test_a_kiosk_that_needs_too_much_memory_renews_its_page_behind_the_last_picture(story: Story, figures: Figures) -> None:
    before = renderer_of(story.kiosk)
    with BlankWatch(story.screen) as watch:
        wait_until(lambda: not before.is_running(), "the renderer is ended", timeout_s=60)
        figures.add("page renewed: to a new picture", story.wait_fresh(), unit="s", expected=5.0)
        wait_until(lambda: not cards.shows_card(story.screen), "no card")
    assert watch.blanks == [], f"{len(watch.blanks)} of {watch.looks} looks"
    wait_until(lambda: story.machine()["renderer_large"] >= 1, "the controller hears how often and why")


def test_a_kiosk_that_is_asked_starts_itself_again_behind_the_last_picture(story: Story, figures: Figures) -> None:
    pid, before = story.kiosk.process.pid, renderer_of(story.kiosk)
    with BlankWatch(story.screen) as watch:
        row = story.dashboard.page.locator("#wall .display")
        row.locator("summary").click()
        row.get_by_role("button", name="Start its program again").click()
        story.dashboard.page.get_by_role("button", name="Start again").click()
        wait_until(lambda: not before.is_running(), "the page is ended", timeout_s=30)
        figures.add("kiosk renewed: to a new picture", story.wait_fresh(timeout_s=40), unit="s", expected=10.0)
    assert watch.blanks == [], f"{len(watch.blanks)} of {watch.looks} looks"
    assert (story.kiosk.process.pid, story.kiosk.process.restarts) == (pid, 0), "whoever supervises it saw nothing end"
    wait_until(lambda: story.machine()["restarts"] == 1, "the controller hears that it started again")
    assert story.machine()["restarted_for"] == "asked"
    wait_until(lambda: stand_ins_of(pid) == [], "the last picture makes way")


def test_a_display_that_an_admin_looks_for_shows_its_name_over_the_picture(story: Story, figures: Figures) -> None:
    row = story.dashboard.page.locator("#wall .display")
    row.locator("summary").click()
    asked_ms = monotonic_ms()
    row.get_by_role("button", name="Show its name").click()
    wait_until(lambda: shows_name(story), "the name on its screen")
    figures.add("asked for its name: it stands there", (monotonic_ms() - asked_ms) / 1000, unit="s", expected=3.0)
    story.screen.save(OUTPUT / "identify.png")
    wait_until(lambda: "to show its name: done" in row.inner_text(), "the dashboard says that it was done")
    wait_until(lambda: not shows_name(story), "it goes by itself", timeout_s=30)
    story.wait_fresh()


def shows_name(story: Story) -> bool:
    """Whether the plate with the name, which has an amber frame, lies over the picture, which goes on around it."""
    return cards.share_of(story.screen, cards.AMBER) > 0.0005 and story.glass.code() is not None


def test_a_kiosk_that_is_told_to_end_leaves_the_room_first_and_nothing_behind(story: Story, figures: Figures) -> None:
    family = psutil.Process(story.kiosk.process.pid).children(recursive=True)
    wait_until(lambda: "1 of 1 screen showing" in story.presenter.wall_words, "the page says showing")
    told_ms = monotonic_ms()
    os.kill(story.kiosk.process.pid, signal.SIGTERM)
    wait_until(lambda: "0 of 1 screen" in story.presenter.wall_words, "the presenter sees that it is gone")
    figures.add("kiosk told to end: presenter sees it gone", (monotonic_ms() - told_ms) / 1000, unit="s", expected=2.0)
    gone, alive = psutil.wait_procs(family, timeout=10)
    figures.add("kiosk told to end: nothing of it is left", (monotonic_ms() - told_ms) / 1000, unit="s", expected=10.0)
    assert (len(gone), alive) == (len(family), [])
