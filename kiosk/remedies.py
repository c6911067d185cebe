"""What is done about a trouble that the page cannot mend by itself: it is loaded again, and when that does not help, the kiosk
starts again. Each has a limit, for what helped not twice will not help more often. Pure: told what is so, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias


class Trouble(StrEnum):
    """What may not last."""

    STUCK = "stuck"
    """The picture comes and is not decoded, or not drawn."""
    LARGE = "large"
    """The kiosk needs too much memory."""
    ASKED = "asked"
    """None: somebody asked for it."""


PATIENCE_S: Mapping[Trouble, float] = {Trouble.STUCK: 24.0, Trouble.LARGE: 30.0}
"""Against the first the page asks for the track anew after 2 s and joins afresh after 6 and 18. The second may be a moment's."""

RELOADS_AT_MOST = 2
WITHIN_S = 3600.0
"""So many reloads, and one start, in so long."""


Kind: TypeAlias = Literal["reload", "restart"]


@dataclass(frozen=True)
class Remedy:
    """What is to be done, and against what."""

    kind: Kind
    trouble: Trouble


class Remedies:
    """Of one kiosk, since it started."""

    def __init__(self, started_at_s: float) -> None:
        self._started_at_s = started_at_s
        self._since_s: dict[Trouble, float] = {}
        self._reloaded_at_s: list[float] = []
        self._asked: Kind | None = None

    def hear(self, trouble: Trouble, is_so: bool, now_s: float) -> None:
        """How it is now."""
        if is_so:
            self._since_s.setdefault(trouble, now_s)
        else:
            self._since_s.pop(trouble, None)

    def ask(self, kind: Kind) -> None:
        """Somebody wants it done."""
        self._asked = kind

    def next(self, now_s: float) -> Remedy | None:
        """What to do now. Whoever hears it does it: it counts as done."""
        if self._asked is not None:
            asked, self._asked = self._asked, None
            return Remedy(asked, Trouble.ASKED)
        lasting = next((one for one, since_s in self._since_s.items() if now_s - since_s >= PATIENCE_S[one]), None)
        if lasting is None:
            return None
        self._reloaded_at_s = [at_s for at_s in self._reloaded_at_s if now_s - at_s < WITHIN_S]
        if len(self._reloaded_at_s) < RELOADS_AT_MOST:
            self._reloaded_at_s.append(now_s)
            self._since_s.clear()
            return Remedy("reload", lasting)
        return Remedy("restart", lasting) if now_s - self._started_at_s >= WITHIN_S else None
