"""Whether what stands on the glass is what the page decoded. Statistics have been seen to call a black screen perfect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

GRID = 6
"""Points a side; both pictures are looked at in the same places."""

FLAT = 4
"""Steps of luma (0 to 255) within which a picture is one colour."""

LIVELY = 12

ALIKE = 30
"""Mean difference of an unmoving picture: software scaling and colour conversion cost less than ten."""


def judge(decoded_before: Sequence[int], decoded_now: Sequence[int], glass: Sequence[int]) -> Literal["good", "bad"]:
    """Compare luma samples: of the decoded picture a second ago and now, and of the window's own pixels in between.

    A moving picture differs from itself, so it is only asked not to be one colour where the decoded one is not.
    """
    if _range(glass) <= FLAT and _range(decoded_now) > LIVELY:
        return "bad"
    stands_still = _mean_difference(decoded_before, decoded_now) <= FLAT
    if stands_still and _mean_difference(decoded_now, glass) > ALIKE:
        return "bad"
    return "good"


def _range(samples: Sequence[int]) -> int:
    return max(samples, default=0) - min(samples, default=0)


def _mean_difference(one: Sequence[int], other: Sequence[int]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / max(1, len(one))
