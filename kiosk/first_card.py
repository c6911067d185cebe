"""The first card, drawn by Qt alone: on the screen before the browser engine and the rest of the program are loaded.

It looks like the page's own (page/css/kiosk.css), which takes its place as soon as it reports. Where the kiosk renews itself,
the last picture stands there instead, so that nobody sees it happen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from kiosk import qt_environment

qt_environment.prepare()

from PySide6.QtCore import QCoreApplication, QRect, Qt  # noqa: E402 - the environment comes first
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget  # noqa: E402

NAVY, AMBER, PAPER = QColor("#0b1d3a"), QColor("#f5a623"), QColor("#f4f6fb")
"""As in kiosk.css."""


class FirstCard:
    """Covers the screen from its making until `close`; with `picture`, a PNG, or else with a card. `closed` is told then."""

    def __init__(self, picture: bytes | None = None, closed: Callable[[], None] = lambda: None) -> None:
        # the browser engine, which is loaded later, demands it of the application
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
        self.application = QApplication(sys.argv[:1])
        self.application.setOverrideCursor(Qt.CursorShape.BlankCursor)
        self._closed = closed
        self.has_picture = picture is not None
        """Whether it is to stay until there is another picture."""
        self._card: QWidget | None = _Card() if picture is None else LastPicture(_pixmap(picture))
        self._card.setGeometry(self.application.primaryScreen().geometry())
        self._card.show()
        self.application.processEvents()

    def move_into(self, window: QMainWindow) -> None:
        """Lie over the content of the main window, so that nothing blank is seen while its page loads."""
        if self._card is not None:
            self._card.setParent(window)
            self._card.setGeometry(window.rect())
            self._card.show()
            self._card.raise_()

    def close(self) -> None:
        """Make way for the page."""
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None
            self._closed()


class LastPicture(QWidget):
    """The picture that stood on the screen, while another comes."""

    def __init__(self, picture: QPixmap, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Widget if parent else Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._picture = picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it over all."""
        del event
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._picture)
        painter.end()


def _pixmap(png: bytes) -> QPixmap:
    pixmap = QPixmap()
    pixmap.loadFromData(png)
    return pixmap


class _Card(QWidget):
    """Marquee's name, and that it starts."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, in sizes that follow the shorter side of the screen as the page's do."""
        del event
        unit = min(self.height() / 100, self.width() * 1.6 / 100)
        left, top = round(6 * unit), round(5 * unit)
        painter = QPainter(self)
        painter.fillRect(self.rect(), NAVY)
        self._write(painter, "Marquee", AMBER, 3.4 * unit, QRect(left, top, self.width(), round(6 * unit)))
        self._write(painter, "Starting", PAPER, 9 * unit, QRect(left, 0, self.width(), self.height()))
        painter.end()

    @staticmethod
    def _write(painter: QPainter, text: str, colour: QColor, size: float, where: QRect) -> None:
        font = QFont(["Noto Sans", "DejaVu Sans"])
        font.setPixelSize(max(1, round(size)))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
