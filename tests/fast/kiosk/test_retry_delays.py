"""Trying again: soon for a minute, then unhurried, never all at once and never at an end."""

from __future__ import annotations

import pytest

from kiosk.retry_delays import LONGEST_S, Retries, delay_s, unhurried_s


@pytest.mark.parametrize("down_for_s", [0.0, 1.0, 59.9])
def test_the_first_minute_is_hurried(down_for_s: float) -> None:
    assert 0.5 <= delay_s(down_for_s, 0.0) <= delay_s(down_for_s, 1.0) <= 1.0


@pytest.mark.parametrize("down_for_s", [60.0, 3_600.0, 30 * 86_400.0])
def test_after_a_minute_it_is_unhurried_for_ever(down_for_s: float) -> None:
    assert 5.0 < delay_s(down_for_s, 0.0) < delay_s(down_for_s, 1.0) <= LONGEST_S


def test_who_is_asked_not_to_hurry_does_not() -> None:
    assert 5.0 < unhurried_s(0.0) < unhurried_s(1.0) <= LONGEST_S


@pytest.mark.parametrize("down_for_s", [0.0, 100.0])
def test_displays_that_failed_together_spread(down_for_s: float) -> None:
    delays = [delay_s(down_for_s, chance / 10) for chance in range(10)]
    assert delays == sorted(set(delays))


def test_what_fails_for_long_is_tried_unhurried_and_hurried_again_after_a_success() -> None:
    retries = Retries()
    assert retries.after_failure(1_000.0, 1.0) == retries.after_failure(1_059.0, 1.0) == 1.0
    assert retries.after_failure(1_060.0, 1.0) == LONGEST_S
    retries.succeed()
    assert retries.after_failure(2_000.0, 1.0) == 1.0
