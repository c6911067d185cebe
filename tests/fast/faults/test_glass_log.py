"""When which picture appeared: gaps, and the first one painted after a moment."""

from __future__ import annotations

import pytest

from onebox.picture_code import WRAPS_MS
from tests.faults.glass_log import GlassLog


def seen(*pictures: tuple[int, int]) -> GlassLog:
    """Pictures, each with the moment it is looked at and the one it was painted."""
    log = GlassLog()
    for looked_ms, painted_ms in pictures:
        log.look(painted_ms % WRAPS_MS, looked_ms)
    return log


def test_a_picture_that_stands_is_seen_once() -> None:
    log = seen((100, 50), (110, 50), (120, 50), (200, 150))
    assert log.gaps_ms(0, 300) == [100, 100, 100]


def test_what_stood_before_and_stands_after_counts() -> None:
    log = seen((100, 50), (900, 850))
    assert log.gaps_ms(500, 1500) == [400, 600]
    assert log.longest_gap_ms(500, 1500) == 600


def test_without_any_picture_the_whole_while_is_a_gap() -> None:
    assert GlassLog().gaps_ms(0, 5000) == [5000]


def test_a_picture_ages_until_the_next_one_appears() -> None:
    log = seen((1000, 900), (4000, 3500), (7000, 6800))
    assert log.oldest_ms(0, 10_000) == 4000 - 900 + 400, "the one painted at 3500 stands until 7000"
    assert log.oldest_ms(0, 4000) == 3100
    assert log.oldest_ms(7500, 8000) == 1200
    with pytest.raises(LookupError):
        log.oldest_ms(0, 900)


def test_what_was_before_a_moment_is_forgotten() -> None:
    log = seen((100, 50), (200, 150), (300, 250))
    log.forget(200)
    assert log.gaps_ms(0, 400) == [200, 100, 100]


def test_only_a_picture_painted_after_the_moment_counts_as_back() -> None:
    log = seen((1000, 900), (1100, 990), (1200, 1010))
    assert log.appearance_of_one_painted_after(1000) == 1200
    assert log.appearance_of_one_painted_after(1011) is None


def test_a_code_from_long_ago_and_no_code_are_no_news() -> None:
    log = GlassLog()
    log.look(None, 1000)
    log.look((100_000 - 61_000) % WRAPS_MS, 100_000)
    assert log.gaps_ms(0, 200_000) == [200_000]


def test_the_clock_of_the_code_may_wrap() -> None:
    log = seen((WRAPS_MS + 50, WRAPS_MS - 20))
    assert log.appearance_of_one_painted_after(WRAPS_MS - 30) == WRAPS_MS + 50
