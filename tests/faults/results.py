"""What the suite promises, what it measured, and how one is judged by the other. Pure, but for the files at the end."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from onebox.glass import percentile_95

TESTS = Path(__file__).parents[1]
MEASURED = TESTS / "output" / "faults.json"
"""Of the last runs, each figure by its last one."""

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "median": statistics.median,
    "p95": percentile_95,
    "worst": max,
    "total": sum,
}


@dataclass(frozen=True)
class Fault:
    """One way to break the wall, and how often a whole run does it."""

    name: str
    times: int


@dataclass(frozen=True)
class Measure:
    """One figure of a fault, and the most it may be: by its `median`, `p95`, `worst` or `total` over the runs."""

    fault: Fault
    what: str
    unit: str
    limits: dict[str, float] = field(hash=False)
    cause: str = ""
    """Why it is missed, where it is: printed with a missed figure only."""

    @property
    def expected(self) -> str:
        """The limits, in words."""
        return ", ".join(f"{name} <= {limit:g}{self._unit}" for name, limit in self.limits.items())

    def seen(self, values: list[float]) -> str:
        """What the limits are held against, in words."""
        return ", ".join(f"{name} {STATISTICS[name](values):.3g}{self._unit}" for name in self.limits)

    def is_met(self, values: list[float]) -> bool:
        """Whether the values keep within all limits."""
        return all(STATISTICS[name](values) <= limit for name, limit in self.limits.items())

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


@dataclass(frozen=True)
class Result:
    """What one measure came to when it was measured last. Fault and measure by their names."""

    fault: str
    what: str
    values: list[float]
    runs: int
    voids: int
    """Runs that the machine's load made meaningless."""
    pace_ms: float
    """How long one picture of twenty stood on the presenter's own screen in the worst run: what the machine's load did."""
    load: float
    """Load average over a minute at the end ..."""
    cores: int
    """... on so many cores."""
    day: str


def merged(kept: Iterable[Result], measured: Iterable[Result]) -> list[Result]:
    """What is kept, with what was measured in place of what it measured again."""
    by_name = {(one.fault, one.what): one for one in [*kept, *measured]}
    return list(by_name.values())


def read(path: Path) -> list[Result]:
    """The results in a file; none where there is none."""
    return [Result(**fact) for fact in json.loads(path.read_text())] if path.exists() else []


def write(path: Path, results: Iterable[Result]) -> None:
    """Keep results in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n")
