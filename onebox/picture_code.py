"""The moment a picture was painted, written into the picture: 24 bits of milliseconds and 8 of checksum as large cells.

Black and white cells of some 36 pixels survive 4 Mbit/s of VP9. The clock is CLOCK_MONOTONIC, one for all programs of a machine:
whoever reads the code from another screen knows the picture's age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

BITS = 24
CHECK_BITS = 8
CELLS = BITS + CHECK_BITS
WRAPS_MS = 1 << BITS
"""After four and a half hours."""

MIDDLE = 128
"""Between black and white."""


@dataclass(frozen=True)
class Cell:
    """A square of the strip: where it begins, its side, and whether it is white."""

    x: int
    y: int
    side: int
    is_white: bool


def cells(moment_ms: int, width: int, height: int) -> Iterator[Cell]:
    """The strip for a moment, along the bottom edge of a picture of this size."""
    value = moment_ms % WRAPS_MS
    word = (value << CHECK_BITS) | _checksum(value)
    side = _side(width)
    for place in range(CELLS):
        yield Cell(_left(width) + place * side, height - 2 * side, side, bool(word >> (CELLS - 1 - place) & 1))


def read(pixel: Callable[[int, int], tuple[int, int, int]], width: int, height: int) -> int | None:
    """The moment in a picture, in milliseconds modulo WRAPS_MS; None when there is no code or it is torn."""
    side = _side(width)
    word = 0
    for place in range(CELLS):
        red, green, blue = pixel(_left(width) + place * side + side // 2, height - 2 * side + side // 2)
        word = word << 1 | (red + green + blue > 3 * MIDDLE)
    value, check = word >> CHECK_BITS, word & (1 << CHECK_BITS) - 1
    return value if check == _checksum(value) else None


def age_ms(code: int, now_ms: int) -> int:
    """How old a picture with this code is."""
    return (now_ms - code) % WRAPS_MS


def _side(width: int) -> int:
    return width // (CELLS + 2)


def _left(width: int) -> int:
    return (width - CELLS * _side(width)) // 2


def _checksum(value: int) -> int:
    return ((value & 0xFF) * 7 + (value >> 8 & 0xFF) * 31 + (value >> 16) * 101 + 0x5A) & 0xFF
