"""Cases that a machine makes up: so many of each kind. How many there were is printed at the end.

The daily run tries the same cases each time, so that it fails for what was changed; a run with more rounds draws others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from tests.support.tallies import Tally

OF_A_ROUND = 3
DAILY_ROUNDS = 5


class Cases:
    """Tries cases, and counts them."""

    def __init__(self, rounds: int) -> None:
        self.wanted = OF_A_ROUND * rounds
        self._are_the_same = rounds <= DAILY_ROUNDS
        self._tally = Tally("cases tried")

    def try_all(
        self, kind: str, strategy: SearchStrategy[Any], check: Callable[[Any], None], *, wanted: int | None = None
    ) -> None:
        """Check as many cases as are wanted, of those the strategy makes. `kind` is what they are counted as."""

        @settings(
            max_examples=wanted or self.wanted,
            derandomize=self._are_the_same,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def each(case: Any) -> None:
            self._tally.add(kind)
            check(case)

        each()


@pytest.fixture
def cases(rounds: int) -> Cases:
    """Where tests let cases be tried."""
    return Cases(rounds)
