"""Whether the glass shows what was decoded."""

from __future__ import annotations

import pytest

from kiosk.picture_check import GRID, judge

POINTS = GRID * GRID
SLIDE = [20 + 6 * point for point in range(POINTS)]
OTHER_SLIDE = list(reversed(SLIDE))
BLACK = [0] * POINTS
WHITE = [255] * POINTS


def shifted(samples: list[int], steps: int) -> list[int]:
    return [min(255, sample + steps) for sample in samples]


@pytest.mark.parametrize("glass", [SLIDE, shifted(SLIDE, 10)], ids=["the same", "a little brighter"])
def test_a_slide_that_stands_on_the_glass_is_good(glass: list[int]) -> None:
    assert judge(SLIDE, SLIDE, glass) == "good"


@pytest.mark.parametrize("glass", [BLACK, WHITE, [11, 29, 58] * 12], ids=["black", "white", "the kiosk's background"])
def test_a_glass_of_one_colour_is_bad(glass: list[int]) -> None:
    assert judge(SLIDE, SLIDE, glass) == "bad"


def test_a_glass_of_one_colour_is_bad_in_motion_too() -> None:
    assert judge(SLIDE, OTHER_SLIDE, BLACK) == "bad"


def test_another_slide_on_the_glass_is_bad() -> None:
    assert judge(SLIDE, SLIDE, OTHER_SLIDE) == "bad"


def test_a_moving_picture_is_not_held_against_itself() -> None:
    assert judge(SLIDE, OTHER_SLIDE, SLIDE) == "good"


def test_a_black_slide_may_be_black() -> None:
    assert judge(BLACK, BLACK, BLACK) == "good"


def test_a_black_slide_that_shows_white_is_bad() -> None:
    assert judge(BLACK, BLACK, WHITE) == "bad"
