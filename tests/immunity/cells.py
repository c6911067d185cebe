"""The cells of the immunity lab: what is wrong with whose display, and what must be so all the same. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tests.immunity.displays import Display

Where = Literal["normal", "protected", "both", "one"]


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a display or its link."""

    name: str
    begin: Callable[[Display], None]
    end: Callable[[Display], None]
    prepare: Callable[[Display], None] = lambda one: None
    """Done before all that is measured."""
    oldest_s: float = 5.0
    """How old a picture may be on a normal display behind it."""
    needs_step: bool = True
    """Whether a step or an alarm must follow: little loss is repaired by what is sent again."""
    lasts_s: float = 15.0
    """Beyond the time in which displays react to it."""
    flaps_every_s: float | None = None
    """So long it is there, and so long it is not; None: it stays."""


def loses(percent: int) -> Trouble:
    """So many packets of a hundred are lost, each way."""
    return Trouble(f"{percent} % loss", lambda one: one.host.lose(percent), lambda one: one.host.mend(), needs_step=percent >= 10)


def carries(kilobits_per_s: int, *, oldest_s: float = 5.0) -> Trouble:
    """No more gets through."""
    name = f"{kilobits_per_s / 1000:g} Mbit/s" if kilobits_per_s >= 1000 else f"{kilobits_per_s} kbit/s"
    return Trouble(name, lambda one: one.host.limit(kilobits_per_s), lambda one: one.host.unlimit(), oldest_s=oldest_s)


FLAPS = Trouble(
    "20 % loss, 10 s on, 10 s off",
    lambda one: one.host.lose(20),
    lambda one: one.host.mend(),
    lasts_s=80.0,
    flaps_every_s=10.0,
)
STORMS = Trouble(
    "storm of key-frame requests",
    lambda one: one.spoil_frames(),
    lambda one: one.spare_frames(),
    prepare=lambda one: one.prepare_to_spoil(),
)
LIES = Trouble("says it loses 40 %", lambda one: one.turn_lie(), lambda one: one.turn_lie())


@dataclass(frozen=True)
class Cell:
    """One row of the table."""

    trouble: Trouble
    where: Where
    is_guarded: bool

    @property
    def name(self) -> str:
        """As in the table."""
        return f"{self.trouble.name} on {WHOM[self.where]}"

    @property
    def oldest_s(self) -> float:
        """How old a picture may be: a protected display takes no stills before its emergency picture."""
        return max(self.trouble.oldest_s, EMERGENCY_WITHIN_S) if self.where == "protected" else self.trouble.oldest_s

    @property
    def key(self) -> str:
        """For the command line."""
        what = "".join(letter for letter in self.trouble.name.removesuffix("/s") if letter.isalnum())
        return f"{what}-{self.where}-{'guard' if self.is_guarded else 'bare'}"


EMERGENCY_WITHIN_S = 7.0
"""An emergency picture comes 5 s after the last frame, and one still takes a moment."""

WHOM: dict[Where, str] = {
    "normal": "the normal displays",
    "protected": "a protected display",
    "both": "the normal displays and a protected one",
    "one": "one normal display",
}

LINKS = [*map(loses, (2, 5, 10, 20)), carries(3_000), carries(2_000), carries(1_000), carries(300, oldest_s=12.0)]
KINDS: tuple[tuple[Where, bool], ...] = (("normal", False), ("normal", True), ("protected", True), ("both", True))
"""Without the guard only where it would do something: a protected display takes no step with it either."""

CELLS = [
    *(Cell(link, where, is_guarded) for link in LINKS for where, is_guarded in KINDS),
    *(Cell(trouble, "one", is_guarded) for trouble in (FLAPS, STORMS, LIES) for is_guarded in (False, True)),
]
SMOKE = [
    replace(cell, trouble=replace(cell.trouble, lasts_s=6.0))
    for cell in CELLS
    if cell.where == "normal" and cell.trouble.name in ("10 % loss", "2 Mbit/s")
]
"""The shorter ones that each run of the tests looks at."""

FLOOR_BPS, FLOOR_FPS = 3_500_000, 10
"""What the presenter sends at least, or the cell is void; and what a protected display keeps of it."""
