"""Where a day or a month will end, from what it has used and how fast the days before were.

A forecast is a range and says how it was made. Three days make a habit: with them, the rest is expected to go like the days
before on average, and lies between the quietest and the busiest of them and of the last hour. Before that, the last hour is
expected to go on, and no more than it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

HABIT_DAYS = 3
"""So many whole days make a forecast by habit."""

LOOKED_BACK_DAYS = 7
"""A week has all its weekdays."""

Method = Literal["as the days before", "as the last hour"]


@dataclass(frozen=True)
class Rates:
    """How fast it went, in bytes a second."""

    daily: Sequence[float]
    """Of the whole days before."""
    hourly: float
    """Of the last hour."""


@dataclass(frozen=True)
class Forecast:
    """Bytes at the end of a period."""

    expected_bytes: int
    low_bytes: int
    high_bytes: int
    method: Method


def forecast(used_bytes: int, rest_s: float, rates: Rates) -> Forecast:
    """Where a period ends that has used so much and lasts so much longer."""
    if len(rates.daily) >= HABIT_DAYS:
        both = [*rates.daily, rates.hourly]
        low, expected, high, method = min(both), fmean(rates.daily), max(both), _BY_HABIT
    else:
        low, expected, high, method = 0.0, rates.hourly, rates.hourly, _BY_THE_HOUR
    return Forecast(
        expected_bytes=used_bytes + round(rest_s * expected),
        low_bytes=used_bytes + round(rest_s * low),
        high_bytes=used_bytes + round(rest_s * high),
        method=method,
    )


_BY_HABIT: Method = "as the days before"
_BY_THE_HOUR: Method = "as the last hour"
