"""The window: the only module that knows pywebview, and with the first card the only one that knows Qt.

pywebview by itself leaves a dead or hung renderer as a black screen, follows any link, opens dialogs over the picture and grants
the camera; each of these has its hook here.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.first_card import FirstCard
from kiosk.page_care import PageCare
from kiosk.page_server import PageReport
from kiosk.picture_check import GRID, judge
from kiosk.watchdog import Watchdog
from wire.display import ViewerReport

log = logging.getLogger(__name__)

BACKGROUND = "#0b1d3a"
"""As in page/css/kiosk.css: no white flash before the first card."""

RELOAD_AFTER_MS = 250
TICK_MS = 1000
COVERED_LOOKS_EVERY_MS = 30
LOOKS_AT_GLASS_EVERY_S = 30.0
GLASS_GOOD_FOR_S = 40.0


@dataclass(frozen=True)
class Verdict:
    """What came of a look at the glass. It says nothing of another presenter's picture."""

    picture_check: Literal["good", "bad"]
    presenter_identity: str | None
    judged_at_s: float

    def is_of(self, presenter_identity: str | None, *, within_s: float) -> bool:
        """Whether it concerns this presenter's picture and is not older than so many seconds."""
        return self.presenter_identity == presenter_identity and time.monotonic() - self.judged_at_s < within_s


class Glass:
    """What the window last saw of its own pixels, compared with what the page decoded."""

    def __init__(self) -> None:
        self._has_heard_page = False
        self._presenter: str | None = None
        self._before: list[int] = []
        self._now: list[int] = []
        self._size = (0, 0)
        self._verdict: Verdict | None = None
        self._is_doubtful = False

    @property
    def has_heard_page(self) -> bool:
        """Whether the page is up."""
        return self._has_heard_page

    def complete(self, report: PageReport) -> ViewerReport:
        """The page's report with the last verdict on this presenter's picture."""
        self._has_heard_page = True
        viewer, verdict = report.viewer, self._verdict
        self._before = self._now if viewer.presenter_identity == self._presenter else []
        self._now, self._size = list(report.samples), (viewer.width, viewer.height)
        self._presenter = viewer.presenter_identity
        self._is_doubtful = self._is_doubtful and viewer.stage == "receiving"
        if viewer.stage != "receiving" or verdict is None or not verdict.is_of(self._presenter, within_s=GLASS_GOOD_FOR_S):
            return viewer.model_copy(update={"picture_check": "none"})
        return viewer.model_copy(update={"picture_check": verdict.picture_check})

    def look(self, grab: Callable[[], Any]) -> None:
        """Compare now, if there is a picture. Runs on the GUI thread; takes 4 to 40 ms at 1080p."""
        presenter, before, now, size = self._presenter, self._before, self._now, self._size
        if len(now) != GRID * GRID or len(before) != GRID * GRID or 0 in size:
            return
        if self._verdict is not None and self._verdict.is_of(presenter, within_s=LOOKS_AT_GLASS_EVERY_S):
            return
        picture_check = judge(before, now, _samples(grab().toImage(), size))
        if picture_check == "bad" and not self._is_doubtful:
            self._is_doubtful = True  # a picture that was taken away this very second looks like this: look again
            return
        self._is_doubtful = False
        self._verdict = Verdict(picture_check, presenter, time.monotonic())
        if picture_check == "bad":
            log.warning("the glass does not show the decoded picture")


def run(url: str, watchdog: Watchdog, care: PageCare, glass: Glass, first_card: FirstCard) -> None:
    """Show the page at `url` on the whole screen until SIGTERM; `first_card` makes way for it."""
    import webview

    webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = False
    webview.settings["ALLOW_FILE_URLS"] = False
    _lock_down(url)
    screen = webview.screens[0]
    window = webview.create_window(
        "Marquee",
        url,
        fullscreen=True,
        x=0,
        y=0,
        width=screen.width,
        height=screen.height,
        background_color=BACKGROUND,
        text_select=True,  # pywebview would forbid it by an inline style, which the page's policy refuses
    )
    if window is None:
        raise RuntimeError("pywebview made no window")
    window.events.initialized += _before_chromium
    window.events.before_show += lambda: _before_show(window, url, watchdog, care, glass, first_card)
    signal.signal(signal.SIGTERM, lambda *_: window.destroy())
    webview.start()


def _before_chromium(renderer: str) -> None:
    """Chromium's flags are frozen by the first profile; pywebview would append some that grant the camera."""
    del renderer
    from PySide6.QtWebEngineCore import QWebEngineProfile

    QWebEngineProfile.defaultProfile()


def _before_show(window: Any, url: str, watchdog: Watchdog, care: PageCare, glass: Glass, first_card: FirstCard) -> None:
    from PySide6.QtCore import Qt as QtNames
    from PySide6.QtCore import QTimer, QUrl
    from PySide6.QtGui import QColor, QGuiApplication

    native, view = window.native, window.native.webview
    page = view.page()
    page.setBackgroundColor(QColor(BACKGROUND))
    view.setContextMenuPolicy(QtNames.ContextMenuPolicy.NoContextMenu)
    screen = QGuiApplication.primaryScreen()
    native.setGeometry(screen.geometry())  # without a window manager nobody else makes it full screen
    screen.geometryChanged.connect(native.setGeometry)
    _cover_until_page_is_up(native, glass, first_card)

    is_closing: list[bool] = []
    window.events.closing += lambda: is_closing.append(True)

    def load() -> None:
        care.load(time.monotonic())
        page.load(QUrl(url))

    def renderer_gone(status: Any, code: int) -> None:
        if is_closing:
            return
        cause = care.ended()
        log.warning("renderer ended, loading the page again cause=%s status=%s code=%d", cause, status.name, code)
        QTimer.singleShot(RELOAD_AFTER_MS, load)

    def tick() -> None:
        watchdog.beat("window")
        if care.is_hung(watchdog.silent_for_s("page"), time.monotonic()):
            _end_hung_renderer(page, care, load)
        glass.look(view.grab)
        watchdog.tell_systemd()

    page.renderProcessTerminated.connect(renderer_gone)
    care.load(time.monotonic())  # pywebview loads it next
    timer = QTimer(native)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)


def _cover_until_page_is_up(native: Any, glass: Glass, first_card: FirstCard) -> None:
    from PySide6.QtCore import QTimer

    def look() -> None:
        if glass.has_heard_page:
            timer.stop()
            first_card.close()

    first_card.move_into(native)
    timer = QTimer(native)
    timer.timeout.connect(look)
    timer.start(COVERED_LOOKS_EVERY_MS)


def _end_hung_renderer(page: Any, care: PageCare, load: Callable[[], None]) -> None:
    care.end("hung")
    pid = page.renderProcessPid()
    log.warning("the page does not report, ending its renderer pid=%d", pid)
    if pid:
        os.kill(pid, signal.SIGKILL)
    else:
        care.ended()
        load()


def _lock_down(url: str) -> None:
    """Nothing but the own page, no dialogs, no permissions. Methods are patched: a class put in its place breaks pywebview."""
    import webview.platforms.qt as backend
    from PySide6.QtCore import QUrl
    from PySide6.QtWebEngineCore import QWebEnginePage

    home = QUrl(url)

    def accept(page: Any, target: Any, kind: Any, is_main_frame: bool) -> bool:
        del page, kind, is_main_frame
        return bool(target.host() == home.host() and target.port() == home.port() and target.path() == home.path())

    def deny(page: Any, origin: Any, feature: Any) -> None:
        page.setFeaturePermission(origin, feature, QWebEnginePage.PermissionPolicy.PermissionDeniedByUser)

    web_page: Any = backend.BrowserView.WebPage
    web_page.acceptNavigationRequest = accept
    web_page.createWindow = lambda page, kind: None
    web_page.chooseFiles = lambda page, *arguments: []
    web_page.javaScriptConfirm = lambda page, *arguments: False
    web_page.javaScriptPrompt = lambda page, *arguments: (False, "")
    web_page.onFeaturePermissionRequested = deny


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
