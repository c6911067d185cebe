"""What the window makes of its own pixels, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QColor, QImage

from kiosk import window
from kiosk.glass import Glass
from kiosk.page_server import PageReport
from kiosk.picture_check import GRID
from tests.support.announced_logs import AnnouncedLogs
from wire.display import ViewerReport

SLIDE = [20 + 6 * point for point in range(GRID * GRID)]


@dataclass
class Grabbed:
    """A window's pixels, as Qt hands them out."""

    image: QImage

    def toImage(self) -> QImage:
        return self.image


def black() -> Grabbed:
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    return Grabbed(image)


def slide() -> Grabbed:
    image = QImage(GRID, GRID, QImage.Format.Format_RGB32)
    for point, luma in enumerate(SLIDE):
        image.setPixelColor(point % GRID, point // GRID, QColor(luma, luma, luma))
    return Grabbed(image.scaled(640, 360))


def report(presenter: str = "presenter-1") -> PageReport:
    viewer = ViewerReport(stage="receiving", presenter_identity=presenter, last_frame_age_ms=40, width=640, height=360)
    return PageReport(viewer=viewer, samples=SLIDE)


@pytest.fixture
def glass() -> Glass:
    """A glass whose picture was reported twice, so that it can be judged."""
    found = Glass()
    assert [found.complete(report()).picture_check for _ in range(2)] == ["none", "none"]
    return found


def test_a_picture_that_stands_on_the_glass_is_good(glass: Glass) -> None:
    glass.look(slide)
    assert glass.complete(report()).picture_check == "good"


def test_a_black_glass_is_bad_at_the_second_look(glass: Glass, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the glass does not show the decoded picture")
    glass.look(black)
    assert glass.complete(report()).picture_check == "none"
    glass.look(black)
    assert glass.complete(report()).picture_check == "bad"


def test_a_picture_that_was_just_taken_away_is_not_bad(glass: Glass) -> None:
    glass.look(black)
    glass.complete(PageReport(viewer=ViewerReport(stage="joined")))
    for _ in range(2):
        glass.complete(report())
    glass.look(black)
    assert glass.complete(report()).picture_check == "none"


def test_a_verdict_says_nothing_of_the_next_presenter(glass: Glass) -> None:
    glass.look(slide)
    assert glass.complete(report("presenter-2")).picture_check == "none"
    glass.look(black)
    assert glass.complete(report("presenter-2")).picture_check == "none", "one report is not enough to judge by"


def test_the_next_presenters_picture_is_looked_at_soon(glass: Glass, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the glass does not show the decoded picture")
    glass.look(slide)
    for _ in range(2):
        glass.complete(report("presenter-2"))
    for _ in range(2):
        glass.look(black)
    assert glass.complete(report("presenter-2")).picture_check == "bad"


def test_a_verdict_holds_until_the_next_look_is_due(glass: Glass) -> None:
    glass.look(slide)
    glass.look(black)
    assert glass.complete(report()).picture_check == "good"


def test_an_old_verdict_is_worth_nothing(glass: Glass, monkeypatch: pytest.MonkeyPatch) -> None:
    glass.look(slide)
    monkeypatch.setattr("kiosk.glass.GOOD_FOR_S", 0.0)
    assert glass.complete(report()).picture_check == "none"


def test_a_bad_picture_is_the_renderers_fault_until_a_look_says_otherwise(glass: Glass, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the glass does not show the decoded picture")
    for _ in range(2):
        glass.look(black)
    assert glass.complete(report()).standstill == "renderer"
    glass.look(slide)
    seen = glass.complete(report())
    assert (seen.picture_check, seen.standstill) == ("good", None)


def test_the_page_is_up_once_it_reports_and_the_picture_once_it_is_told_of(glass: Glass) -> None:
    assert glass.has_picture
    loaded_s = time.monotonic()
    assert not glass.shows_page(loaded_s, with_picture=False)
    glass.complete(PageReport(viewer=ViewerReport(stage="joining")))
    assert glass.shows_page(loaded_s, with_picture=False)
    assert not glass.shows_page(loaded_s, with_picture=True)
    glass.complete(report())
    assert glass.shows_page(loaded_s, with_picture=True)


def test_the_picture_that_is_handed_on_is_the_one_on_the_glass() -> None:
    image = slide().toImage()
    assert QImage.fromData(window.png_of(image)).convertToFormat(image.format()) == image
