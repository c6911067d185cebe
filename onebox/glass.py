"""What stands on a virtual screen, judged by its pixels: how often the picture changes and how old it is.

The test picture carries the moment it was painted (`picture_code`), on the clock that all programs of a machine share.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from onebox import picture_code
from onebox.screens import VirtualScreen

LOOKS_EVERY_S = 0.004
"""A quarter of the shortest time between two frames that matters here."""

NOT_YET_OLD_MS = 60_000
"""An age beyond a minute is a code misread, or a picture that stood still: it is no figure."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a moving test picture during a while."""

    pictures: int
    """Different pictures."""
    seconds: float
    age_mean_ms: float
    """Of the picture on the glass, at any moment: how long ago it was painted."""
    age_p95_ms: float
    new_age_mean_ms: float
    """Of a picture at the moment it appears: the way from glass to glass."""
    new_age_p95_ms: float

    @property
    def frames_per_second(self) -> float:
        """Different pictures a second."""
        return self.pictures / self.seconds


class Glass:
    """Reads the picture code from a screen. `picture` is the size the code was painted for, shown whole and centred."""

    def __init__(self, screen: VirtualScreen, *, picture: tuple[int, int] | None = None) -> None:
        self._screen = screen
        width, height = picture or (screen.width, screen.height)
        scale = min(screen.width / width, screen.height / height)
        self._size = (round(width * scale), round(height * scale))
        self._left = (screen.width - self._size[0]) // 2
        self._top = (screen.height - self._size[1]) // 2

    def code(self) -> int | None:
        """The code on the screen now, or None when there is none."""
        return picture_code.read(lambda x, y: self._screen.pixel(self._left + x, self._top + y), *self._size)

    def age_ms(self) -> int | None:
        """How old the picture on the screen is; None when there is no test picture, or one from long ago."""
        code = self.code()
        if code is None:
            return None
        age = picture_code.age_ms(code, monotonic_ms())
        return age if age <= NOT_YET_OLD_MS else None

    def watch(self, seconds: float) -> Seen:
        """Look for a while. Raises LookupError when no test picture was there."""
        ages, new_ages = [], []
        before: int | None = None
        started_s = time.monotonic()
        for code, age in self._looks(started_s + seconds):
            ages.append(age)
            if before is not None and code != before:
                new_ages.append(age)
            before = code
        if not new_ages:
            raise LookupError("no moving test picture stands on the screen")
        return Seen(
            pictures=len(new_ages),
            seconds=time.monotonic() - started_s,
            age_mean_ms=statistics.fmean(ages),
            age_p95_ms=percentile_95(ages),
            new_age_mean_ms=statistics.fmean(new_ages),
            new_age_p95_ms=percentile_95(new_ages),
        )

    def _looks(self, until_s: float) -> Iterator[tuple[int, float]]:
        while time.monotonic() < until_s:
            code = self.code()
            if code is not None:
                age = picture_code.age_ms(code, monotonic_ms())
                if age <= NOT_YET_OLD_MS:
                    yield code, float(age)
            time.sleep(LOOKS_EVERY_S)


def monotonic_ms() -> int:
    """The clock of the picture code."""
    return time.monotonic_ns() // 1_000_000


def percentile_95(values: list[float]) -> float:
    """The smallest value that nineteen of twenty do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
