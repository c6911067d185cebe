"""What stands on the glass: the window's own pixels, compared with what the page decoded."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.lifecycle import trouble_of
from kiosk.page_server import PageReport
from kiosk.picture_check import GRID, judge
from wire.display import ViewerReport

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 30.0
GOOD_FOR_S = 40.0


@dataclass(frozen=True)
class Verdict:
    """What came of a look at the glass. It says nothing of another presenter's picture."""

    picture_check: Literal["good", "bad"]
    presenter_identity: str | None
    judged_at_s: float

    @property
    def is_good(self) -> bool:
        """Whether the glass showed what was decoded."""
        return self.picture_check == "good"

    def is_of(self, presenter_identity: str | None, *, within_s: float) -> bool:
        """Whether it concerns this presenter's picture and is not older than so many seconds."""
        return self.presenter_identity == presenter_identity and time.monotonic() - self.judged_at_s < within_s


class Glass:
    """What the window last saw of its own pixels, compared with what the page decoded."""

    def __init__(self) -> None:
        self._heard_at_s = self._pictured_at_s = -math.inf
        self._is_out_of_room = True
        self._presenter: str | None = None
        self._before: list[int] = []
        self._now: list[int] = []
        self._size = (0, 0)
        self._verdict: Verdict | None = None
        self._is_doubtful = False

    @property
    def has_picture(self) -> bool:
        """Whether the last report tells of a picture, and of no trouble with it."""
        return self._pictured_at_s == self._heard_at_s > -math.inf

    @property
    def is_out_of_room(self) -> bool:
        """Whether the last report says so."""
        return self._is_out_of_room

    def shows_page(self, since_s: float, *, with_picture: bool) -> bool:
        """Whether a page that was loaded at this moment is up, and the picture there again if that is waited for."""
        return (self._pictured_at_s if with_picture else self._heard_at_s) > since_s

    def complete(self, report: PageReport) -> ViewerReport:
        """The page's report with the last verdict on this presenter's picture."""
        viewer, verdict = report.viewer, self._verdict
        self._heard_at_s, self._is_out_of_room = time.monotonic(), viewer.stage == "none"
        if viewer.stage == "receiving" and viewer.last_frame_age_ms is not None and trouble_of(viewer) is None:
            self._pictured_at_s = self._heard_at_s
        self._before = self._now if viewer.presenter_identity == self._presenter else []
        self._now, self._size = list(report.samples), (viewer.width, viewer.height)
        self._presenter = viewer.presenter_identity
        self._is_doubtful = self._is_doubtful and viewer.stage == "receiving"
        if viewer.stage != "receiving" or verdict is None or not verdict.is_of(self._presenter, within_s=GOOD_FOR_S):
            return viewer.model_copy(update={"picture_check": "none"})
        standstill = (trouble_of(viewer) or "renderer") if verdict.picture_check == "bad" else viewer.standstill
        return viewer.model_copy(update={"picture_check": verdict.picture_check, "standstill": standstill})

    def look(self, grab: Callable[[], Any]) -> None:
        """Compare now, if there is a picture. Runs on the GUI thread; takes 4 to 40 ms at 1080p."""
        presenter, before, now, size = self._presenter, self._before, self._now, self._size
        if len(now) != GRID * GRID or len(before) != GRID * GRID or 0 in size:
            return
        before_this = self._verdict
        if before_this is not None and before_this.is_of(presenter, within_s=LOOKS_EVERY_S) and before_this.is_good:
            return
        picture_check = judge(before, now, _samples(grab().toImage(), size))
        was_good = before_this is None or before_this.is_good
        if picture_check == "bad" and was_good and not self._is_doubtful:
            self._is_doubtful = True  # a picture that was taken away this very second looks like this: look again
            return
        self._is_doubtful = False
        self._verdict = Verdict(picture_check, presenter, time.monotonic())
        if picture_check == "bad" and was_good:
            log.warning("the glass does not show the decoded picture")


def _samples(image: Any, picture: tuple[int, int]) -> list[int]:
    """Luma on the glass in the places where the page sampled the picture, which is shown whole and centred."""
    scale = min(image.width() / picture[0], image.height() / picture[1])
    width, height = picture[0] * scale, picture[1] * scale
    left, top = (image.width() - width) / 2, (image.height() - height) / 2
    found = []
    for row in range(GRID):
        for column in range(GRID):
            colour = image.pixelColor(int(left + (column + 0.5) * width / GRID), int(top + (row + 0.5) * height / GRID))
            found.append(round(0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue()))
    return found
