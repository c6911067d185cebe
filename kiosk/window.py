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
from typing import Any

from kiosk.first_card import FirstCard, LastPicture
from kiosk.glass import Glass
from kiosk.own_restart import StandIn
from kiosk.page_care import Cause, PageCare
from kiosk.remedies import Remedy
from kiosk.watchdog import Watchdog

log = logging.getLogger(__name__)

BACKGROUND = "#0b1d3a"
"""As in page/css/kiosk.css: no white flash before the first card."""

RELOAD_AFTER_MS = 250
TICK_MS = 1000
LOOKS_EVERY_MS = 30

COVERS_AT_MOST_S = 8.0
"""A picture that stood still for longer would deceive."""

LEAVES_WITHIN_S = 2.0
"""The page needs 0.5 s at most; its renderer may hang. Whoever stops a unit waits for ten."""

STAND_IN_WITHIN_S = 5.0


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
