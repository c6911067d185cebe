"""Whether a screen is ever blank: one colour all over, as a window is before it is drawn, or a screen without windows."""

from __future__ import annotations

import threading
from types import TracebackType

from onebox.screens import VirtualScreen

LOOKS_EVERY_S = 0.02
ALIKE = 4
"""Steps of a colour within which all pixels are alike."""


class BlankWatch:
    """Looks at a screen all the time, as long as it is entered."""

    def __init__(self, screen: VirtualScreen) -> None:
        self._screen = screen
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="blank watch", daemon=True)
        self.looks = 0
        self.blanks: list[tuple[int, int, int]] = []
        """The colour of each look that found the screen blank."""

    def __enter__(self) -> BlankWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._ended.wait(LOOKS_EVERY_S):
            self.looks += 1
            # a grid of points, for a whole screen takes longer than a blank frame stands
            columns, rows = range(8, self._screen.width, 37), range(8, self._screen.height, 29)
            seen = [self._screen.pixel(x, y) for x in columns for y in rows]
            if all(max(channel) - min(channel) <= ALIKE for channel in zip(*seen, strict=True)):
                self.blanks.append(seen[0])
