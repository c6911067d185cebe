"""How often things happened in a run that draws its own cases: printed at its end, so that nobody trusts what was never tried."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_tallies: dict[str, Counter[str]] = {}


class Tally:
    """Counts what happened under one title."""

    def __init__(self, title: str) -> None:
        self.counts = _tallies.setdefault(title, Counter())

    def add(self, name: str) -> None:
        """It happened once more."""
        self.counts[name] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of several hands its tallies over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tallies"] = {title: dict(counts) for title, counts in _tallies.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker handed over; one that died has nothing."""
    for title, counts in getattr(node, "workeroutput", {}).get("tallies", {}).items():
        Tally(title).counts.update(counts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them."""
    for title, counts in _tallies.items():
        terminalreporter.section(f"{title} ({counts.total()})")
        for name, count in sorted(counts.items()):
            terminalreporter.write_line(f"{name}: {count}")
