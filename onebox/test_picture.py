"""A moving picture to present: a clock, and the picture code. `python -m onebox.test_picture`; reads words (`obey`).

Quiet changes little between two frames, as slides do. Motion fills half the screen with fresh noise, which makes the encoder use
all the bit rate it has.
"""

from __future__ import annotations

import os
import random
import sys
import time

from PySide6.QtCore import QRect, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from onebox import picture_code

FRAMES_PER_SECOND = 30
RAISED_EVERY_MS = 200
"""Chromium puts its windows in front when it opens or closes one, and there is no window manager to keep order."""

NOISE_IMAGES = 12
NOISE_BLOCKS = 120
"""In the screen's height: noise finer than this is lost in the encoder's first pass, coarser costs it too little."""

BACKGROUND = QColor("#123a5a")
INK = QColor("#f5f1e6")


class TestPicture(QWidget):
    """Fills the screen and repaints itself thirty times a second."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setGeometry(QApplication.primaryScreen().geometry())
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._in_motion = False
        self._frame = 0
        self._noise = [_noise(self.width() // 2, self.height() // 2, seed) for seed in range(NOISE_IMAGES)]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.update)
        self._timer.start(1000 // FRAMES_PER_SECOND)
        self._raiser = QTimer(self)
        self._raiser.timeout.connect(self.raise_)
        self._raiser.start(RAISED_EVERY_MS)

    def obey(self, word: str) -> None:
        """`quiet` or `motion`; anything else is passed over."""
        if word in ("quiet", "motion"):
            self._in_motion = word == "motion"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the moment it is now."""
        del event
        self._frame += 1
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        self._paint_words(painter)
        if self._in_motion:
            self._paint_noise(painter)
        side = self.height() // 24
        painter.fillRect(self._frame * 7 % max(1, self.width() - side), self.height() // 3, side, side, INK)
        for cell in picture_code.cells(time.monotonic_ns() // 1_000_000, self.width(), self.height()):
            colour = Qt.GlobalColor.white if cell.is_white else Qt.GlobalColor.black
            painter.fillRect(cell.x, cell.y, cell.side, cell.side, colour)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(INK)
        painter.setFont(QFont("DejaVu Sans", self.height() // 18))
        words = QRect(0, self.height() // 16, self.width(), self.height() // 4)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, f"Marquee test picture\n{time.strftime('%H:%M:%S')}")

    def _paint_noise(self, painter: QPainter) -> None:
        for row in range(2):
            image = self._noise[(self._frame * (row + 1) + 5 * row) % NOISE_IMAGES]
            painter.drawPixmap(row * self.width() // 2, self.height() * 3 // 8, image)


def _noise(width: int, height: int, seed: int) -> QPixmap:
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    small = QImage(NOISE_BLOCKS * width // height // 2, NOISE_BLOCKS // 2, QImage.Format.Format_RGB32)
    for y in range(small.height()):
        for x in range(small.width()):
            small.setPixel(x, y, chance.randrange(1 << 24) | 0xFF000000)
    return QPixmap.fromImage(small.scaled(width, height))


def main() -> int:
    """Show the picture until the window or the parent is gone."""
    application = QApplication(sys.argv)
    picture = TestPicture()
    picture.show()
    listener = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    listener.activated.connect(lambda: _hear(picture))
    return int(application.exec())


def _hear(picture: TestPicture) -> None:
    """Read raw: a line that a buffer holds back would wake nobody."""
    for word in os.read(sys.stdin.fileno(), 4096).decode().split():
        picture.obey(word)


if __name__ == "__main__":
    sys.exit(main())
