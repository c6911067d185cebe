"""How often things happened in a run that draws its own cases: printed at its end, so that nobody trusts what was never tried."""

from __future__ import annotations

from collections import Counter

import pytest

_tallies: dict[str, Counter[str]] = {}


class Tally:
    """Counts what happened under one title."""

    def __init__(self, title: str) -> None:
        self.counts = _tallies.setdefault(title, Counter())

    def add(self, name: str) -> None:
        """It happened once more."""
        self.counts[name] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them."""
    for title, counts in _tallies.items():
        terminalreporter.section(f"{title} ({counts.total()})")
        for name, count in sorted(counts.items()):
            terminalreporter.write_line(f"{name}: {count}")
