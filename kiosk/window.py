"""The window: the only module that knows pywebview, and with the first card the only one that knows Qt.

pywebview by itself leaves a dead or hung renderer as a black screen, follows any link, opens dialogs over the picture and grants
the camera; each of these has its hook here.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.first_card import FirstCard, LastPicture
from kiosk.lifecycle import trouble_of
from kiosk.own_restart import StandIn
from kiosk.page_care import Cause, PageCare
from kiosk.page_server import PageReport
from kiosk.picture_check import GRID, judge
from kiosk.remedies import Remedy
from kiosk.watchdog import Watchdog
from wire.display import ViewerReport

log = logging.getLogger(__name__)

BACKGROUND = "#0b1d3a"
"""As in page/css/kiosk.css: no white flash before the first card."""

RELOAD_AFTER_MS = 250
TICK_MS = 1000
LOOKS_EVERY_MS = 30
LOOKS_AT_GLASS_EVERY_S = 30.0
GLASS_GOOD_FOR_S = 40.0

COVERS_AT_MOST_S = 8.0
"""A picture that stood still for longer would deceive."""

LEAVES_WITHIN_S = 2.0
"""The page needs 0.5 s at most; its renderer may hang. Whoever stops a unit waits for ten."""

STAND_IN_WITHIN_S = 5.0


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
        if viewer.stage != "receiving" or verdict is None or not verdict.is_of(self._presenter, within_s=GLASS_GOOD_FOR_S):
            return viewer.model_copy(update={"picture_check": "none"})
        standstill = (trouble_of(viewer) or "renderer") if verdict.picture_check == "bad" else viewer.standstill
        return viewer.model_copy(update={"picture_check": verdict.picture_check, "standstill": standstill})

    def look(self, grab: Callable[[], Any]) -> None:
        """Compare now, if there is a picture. Runs on the GUI thread; takes 4 to 40 ms at 1080p."""
        presenter, before, now, size = self._presenter, self._before, self._now, self._size
        if len(now) != GRID * GRID or len(before) != GRID * GRID or 0 in size:
            return
        before_this = self._verdict
        if before_this is not None and before_this.is_of(presenter, within_s=LOOKS_AT_GLASS_EVERY_S) and before_this.is_good:
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


@dataclass(frozen=True)
class Renewal:
    """The kiosk is to start again."""

    cause: str
    stand_in: StandIn
    """On the screen already."""


def run(
    url: str, watchdog: Watchdog, care: PageCare, glass: Glass, first_card: FirstCard, *, leave_room: Callable[[], None]
) -> Renewal | None:
    """Show the page at `url` on the whole screen; `first_card` makes way for it. Ends by SIGTERM, or to start again.

    `leave_room` asks the page to be in no room any more; it is given a moment for that.
    """
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
    keeper = _Keeper(window, url, watchdog, care, glass, leave_room)
    window.events.initialized += _before_chromium
    window.events.before_show += lambda: keeper.begin(first_card)
    signal.signal(signal.SIGTERM, lambda *_: keeper.stop())
    webview.start()
    return keeper.renewal


def _before_chromium(renderer: str) -> None:
    """Chromium's flags are frozen by the first profile; pywebview would append some that grant the camera."""
    del renderer
    from PySide6.QtWebEngineCore import QWebEngineProfile

    QWebEngineProfile.defaultProfile()


class _Keeper:
    """Keeps the page in the window alive, and ends it in order. All of it runs on the GUI thread."""

    def __init__(
        self, window: Any, url: str, watchdog: Watchdog, care: PageCare, glass: Glass, leave_room: Callable[[], None]
    ) -> None:
        self._window, self._url = window, url
        self._watchdog, self._care, self._glass = watchdog, care, glass
        self._leave_room = leave_room
        self._native: Any = None
        self._is_ending = False
        self._loaded_at_s = math.inf
        self.renewal: Renewal | None = None

    def begin(self, first_card: FirstCard) -> None:
        """The window is made, and not yet shown."""
        from PySide6.QtCore import Qt as QtNames
        from PySide6.QtGui import QColor, QGuiApplication

        self._native, self._view = self._window.native, self._window.native.webview
        self._page = self._view.page()
        self._page.setBackgroundColor(QColor(BACKGROUND))
        self._view.setContextMenuPolicy(QtNames.ContextMenuPolicy.NoContextMenu)
        screen = QGuiApplication.primaryScreen()
        self._native.setGeometry(screen.geometry())  # without a window manager nobody else makes it full screen
        screen.geometryChanged.connect(self._native.setGeometry)
        first_card.move_into(self._native)
        self._note_load()  # pywebview loads it next
        self._uncover(first_card.close, with_picture=first_card.has_picture)
        self._page.renderProcessTerminated.connect(self._renderer_gone)
        self._each(TICK_MS, self._tick)

    def end(self) -> None:
        """Leave the room, then end; at once when asked again."""
        if self._is_ending:
            self._window.destroy()
            return
        self._is_ending = True
        self._leave_room()
        until_s = time.monotonic() + LEAVES_WITHIN_S
        self._when(lambda: self._glass.is_out_of_room or time.monotonic() > until_s, self._window.destroy)

    def renew(self, cause: str) -> None:
        """Start again, behind the picture that stands on the screen now."""
        if self._is_ending or self.renewal is not None:
            return
        stand_in = StandIn(png_of(self._view.grab().toImage()))
        self.renewal = Renewal(cause, stand_in)
        until_s = time.monotonic() + STAND_IN_WITHIN_S
        self._when(lambda: stand_in.is_up or time.monotonic() > until_s, self._end_to_renew)

    def stop(self) -> None:
        """End, and do not start again."""
        self.renewal = None  # its stand-in ends with this program
        self.end()

    def _end_to_renew(self) -> None:
        if self.renewal is not None:
            self.end()

    def _tick(self) -> None:
        now_s = time.monotonic()
        self._watchdog.beat("window")
        if self._care.is_hung(self._watchdog.silent_for_s("page"), now_s):
            self._end_renderer("hung")
        self._heed(self._care.remedy(now_s))
        self._glass.look(self._view.grab)
        self._watchdog.tell_systemd()

    def _heed(self, remedy: Remedy | None) -> None:
        if remedy is None:
            return
        if remedy.kind == "restart":
            self.renew(remedy.trouble.value)
            return
        self._cover()
        self._end_renderer(remedy.trouble)

    def _cover(self) -> None:
        """Show the picture of now until the page is back."""
        cover, had_picture = LastPicture(self._view.grab(), self._native), self._glass.has_picture
        cover.setGeometry(self._view.geometry())
        cover.show()
        cover.raise_()
        self._loaded_at_s = math.inf
        self._uncover(cover.deleteLater, with_picture=had_picture)

    def _uncover(self, act: Callable[[], Any], *, with_picture: bool) -> None:
        """When the page is back, with its picture if it had one; that is not waited for without end."""
        until_s = time.monotonic() + COVERS_AT_MOST_S
        self._when(
            lambda: (
                self._glass.shows_page(self._loaded_at_s, with_picture=with_picture)
                or (time.monotonic() > until_s and self._glass.shows_page(self._loaded_at_s, with_picture=False))
            ),
            act,
        )

    def _end_renderer(self, cause: Cause) -> None:
        self._care.end(cause)
        pid = self._page.renderProcessPid()
        log.warning("ending the page's renderer cause=%s pid=%d", cause, pid)
        if pid:
            os.kill(pid, signal.SIGKILL)
        else:
            self._care.ended()
            self._load()

    def _renderer_gone(self, status: Any, code: int) -> None:
        from PySide6.QtCore import QTimer

        if self._is_ending:
            return
        cause = self._care.ended()
        log.warning("renderer ended, loading the page again cause=%s status=%s code=%d", cause, status.name, code)
        QTimer.singleShot(RELOAD_AFTER_MS, self._load)

    def _load(self) -> None:
        from PySide6.QtCore import QUrl

        self._note_load()
        self._page.load(QUrl(self._url))

    def _note_load(self) -> None:
        self._loaded_at_s = time.monotonic()
        self._care.load(self._loaded_at_s)

    def _when(self, condition: Callable[[], bool], act: Callable[[], Any]) -> None:
        def look() -> None:
            if condition():
                timer.stop()
                act()

        timer = self._each(LOOKS_EVERY_MS, look)

    def _each(self, milliseconds: int, act: Callable[[], None]) -> Any:
        from PySide6.QtCore import QTimer

        timer = QTimer(self._native)
        timer.timeout.connect(act)
        timer.start(milliseconds)
        return timer


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


def png_of(image: Any) -> bytes:
    """A QImage as a file."""
    from PySide6.QtCore import QBuffer, QByteArray

    found = QByteArray()
    buffer = QBuffer(found)  # which holds no reference to it
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    buffer.close()
    return bytes(found.data())


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
