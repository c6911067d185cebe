"""When which picture appeared on a screen: what "the picture stayed" and "the picture is back" are read from."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from onebox import picture_code
from onebox.glass import NOT_YET_OLD_MS, Glass, monotonic_ms

LOOKS_EVERY_S = 0.01


@dataclass(frozen=True)
class Picture:
    """A picture on a screen. Both moments are milliseconds of the clock of the picture code."""

    appeared_ms: int
    painted_ms: int


class GlassLog:
    """The pictures of one screen, in the order they appeared."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._code: int | None = None

    def look(self, code: int | None, now_ms: int) -> None:
        """Note what is on the screen now; only a change is news. A code from long ago is a misreading."""
        if code is None or code == self._code:
            return
        age_ms = picture_code.age_ms(code, now_ms)
        if age_ms <= NOT_YET_OLD_MS:
            self._code = code
            self._pictures.append(Picture(now_ms, now_ms - age_ms))

    def gaps_ms(self, since_ms: int, until_ms: int) -> list[int]:
        """How long each picture stood in that while, and what stood at its beginning."""
        appeared = [one.appeared_ms for one in self._pictures if since_ms < one.appeared_ms < until_ms]
        return [later - sooner for sooner, later in itertools.pairwise([since_ms, *appeared, until_ms])]

    def longest_gap_ms(self, since_ms: int, until_ms: int) -> int:
        """The longest of them."""
        return max(self.gaps_ms(since_ms, until_ms))

    def oldest_ms(self, since_ms: int, until_ms: int) -> int:
        """How old the picture that had appeared last was at most in that while. Raises LookupError where there was none."""
        ends = [one.appeared_ms for one in self._pictures[1:]] + [until_ms]
        stood = [(one, min(end, until_ms)) for one, end in zip(self._pictures, ends, strict=False)]
        ages = [end - one.painted_ms for one, end in stood if one.appeared_ms < until_ms and end > since_ms]
        if not ages:
            raise LookupError("no picture stood on the screen")
        return max(ages)

    def forget(self, before_ms: int) -> None:
        """Keep nothing that appeared before a moment."""
        del self._pictures[: sum(one.appeared_ms < before_ms for one in self._pictures)]  # in place: others add to it meanwhile

    def appearance_of_one_painted_after(self, moment_ms: int) -> int | None:
        """When the first picture appeared that was painted after a moment; None: not yet."""
        return next((one.appeared_ms for one in self._pictures if one.painted_ms >= moment_ms), None)


class Watch:
    """Looks at screens all the time, in a thread of its own."""

    def __init__(self, glasses: Mapping[str, Glass]) -> None:
        self.logs = {name: GlassLog() for name in glasses}
        self._glasses = dict(glasses)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; the screens may go."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            for name, glass in self._glasses.items():
                self.logs[name].look(glass.code(), monotonic_ms())
            time.sleep(LOOKS_EVERY_S)
