"""Keeps the page alive: says when its renderer must be ended or the kiosk started again, and counts how often that was, and why.

Told what there is, and when; ending renderers, loading pages and starting again is the window's.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kiosk.remedies import Kind, Remedies, Remedy, Trouble
from wire.display import Standstill

SILENT_S = 5.0
"""A page that reports each second and has not for so long hangs."""

LOADS_WITHIN_S = 15.0
"""From being loaded to the first report: 0.7 s where it was measured, more on a slow card."""

Cause: TypeAlias = Literal["fell", "hung"] | Trouble


@dataclass(frozen=True)
class PageReloads:
    """How often the page was loaded again since the kiosk's start, by cause."""

    fell: int = 0
    """Its renderer ended by itself, or somebody ended it."""
    hung: int = 0
    stuck: int = 0
    large: int = 0
    asked: int = 0


class PageCare:
    """One window's page. The window tells and asks; the agent tells what the page reports, and reads what is counted."""

    def __init__(self, *, started_at_s: float, memory_limit_bytes: int) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Cause] = Counter()
        self._remedies = Remedies(started_at_s)
        self._memory_limit_bytes = memory_limit_bytes
        self._loaded_at_s = 0.0
        self._cause: Cause = "fell"

    @property
    def reloads(self) -> PageReloads:
        """What was counted until now."""
        with self._lock:
            return PageReloads(**{str(cause): count for cause, count in self._counts.items()})

    def load(self, now_s: float) -> None:
        """The page is loaded from now on."""
        self._loaded_at_s = now_s

    def is_hung(self, silent_s: float | None, now_s: float) -> bool:
        """Whether the page's renderer must be ended. `silent_s` since the last report of any page; None before the first."""
        loading_s = now_s - self._loaded_at_s
        has_reported = silent_s is not None and silent_s < loading_s
        return silent_s is not None and silent_s > SILENT_S if has_reported else loading_s > LOADS_WITHIN_S

    def hear_standstill(self, standstill: Standstill | None, now_s: float) -> None:
        """Why the picture stands still, as it was reported now."""
        with self._lock:
            self._remedies.hear(Trouble.STUCK, standstill in ("decoder", "renderer"), now_s)

    def hear_memory(self, used_bytes: int, now_s: float) -> None:
        """What the kiosk needs of it now."""
        with self._lock:
            self._remedies.hear(Trouble.LARGE, used_bytes > self._memory_limit_bytes, now_s)

    def ask(self, kind: Kind) -> None:
        """Somebody wants the page loaded, or the kiosk started, again."""
        with self._lock:
            self._remedies.ask(kind)

    def remedy(self, now_s: float) -> Remedy | None:
        """What the window must do now about a trouble that lasts; it is said once."""
        with self._lock:
            return self._remedies.next(now_s)

    def end(self, cause: Cause) -> None:
        """The renderer is about to be ended for this cause."""
        self._cause = cause

    def ended(self) -> Cause:
        """A renderer ended: count it, and say why."""
        cause, self._cause = self._cause, "fell"
        with self._lock:
            self._counts[cause] += 1
        return cause
