"""Measured figures: printed at the end of the run and kept in tests/output/figures.json, met or missed."""

from __future__ import annotations

import json
import os
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from onebox.glass import percentile_95

KEPT = Path(__file__).parents[1] / "output" / "figures.json"

GROSS = 10
"""So many times the expected figure is a failure; anything less is printed as missed, because machines are shared."""


@dataclass
class Figure:
    """One measured quantity. `expected` is an upper bound of its 95th percentile; None: nobody promised one."""

    name: str
    unit: str
    expected: float | None
    values: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        """Of all values."""
        return statistics.fmean(self.values)

    @property
    def p95(self) -> float:
        """95th percentile, nearest rank."""
        return percentile_95(self.values)

    def line(self) -> str:
        """As it is printed."""
        verdict = "" if self.expected is None else "  met" if self.p95 <= self.expected else "  MISSED"
        bound = "" if self.expected is None else f"  expected <= {self.expected:g}"
        return f"{self.name}: mean {self.mean:.3g}, p95 {self.p95:.3g} {self.unit} (n={len(self.values)}){bound}{verdict}"


class Figures:
    """All figures of a run."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def add(self, name: str, value: float, *, unit: str, expected: float | None = None) -> None:
        """Keep a value. Fails the test when it is grossly beyond what is expected."""
        self.take(Figure(name, unit, expected), value)
        assert expected is None or value <= GROSS * expected, f"{name}: {value:.3g} {unit}, expected about {expected:g}"

    def take(self, figure: Figure, value: float) -> None:
        """Keep a value of a figure."""
        self._figures.setdefault(figure.name, figure).values.append(value)

    def facts(self) -> list[dict[str, Any]]:
        """All of it as plain values."""
        return [asdict(figure) for figure in self._figures.values()]

    def lines(self) -> list[str]:
        """One for each figure."""
        return [figure.line() for figure in self._figures.values()]

    def keep(self) -> None:
        """Write them to tests/output, with the load they were measured under."""
        if self._figures:
            KEPT.parent.mkdir(parents=True, exist_ok=True)
            facts = [{**asdict(figure), "mean": figure.mean, "p95": figure.p95} for figure in self._figures.values()]
            KEPT.write_text(json.dumps({"load_average": os.getloadavg(), "cores": os.cpu_count(), "figures": facts}, indent=2))


_figures = Figures()


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Where tests put what they measure."""
    return _figures


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often what is measured is repeated."""
    parser.addoption("--rounds", type=int, default=None, help="how often each measured act is repeated (default 5)")


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> int:
    """How often to repeat what is measured."""
    return int(request.config.getoption("--rounds") or 5)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of several hands over what it measured."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = _figures.facts()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker measured."""
    for fact in getattr(node, "workeroutput", {}).get("figures", []):
        for value in fact["values"]:
            _figures.take(Figure(fact["name"], fact["unit"], fact["expected"]), value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures."""
    lines = _figures.lines()
    if lines:
        terminalreporter.section(f"figures (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
        for line in lines:
            terminalreporter.write_line(line)
        _figures.keep()
