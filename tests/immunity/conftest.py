"""One wall in motion for the cells of a module; the figures of all cells, in one table at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Playwright

from tests.faults.conftest import namespaces, playwright
from tests.immunity import table
from tests.immunity.cells import CELLS, Cell
from tests.immunity.experiment import Experiment
from tests.immunity.table import MEASURED, Row, merged, read, write
from tests.immunity.wall_in_motion import Void, WallInMotion

__all__ = ["namespaces", "playwright"]

ROWS = pytest.StashKey[list[Row]]()
FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How large the wall is."""
    parser.addoption("--protected", type=int, default=2, help="protected displays on the immunity lab's wall (default 2)")
    parser.addoption("--normal", type=int, default=3, help="normal displays on the immunity lab's wall (default 3)")


def pytest_configure(config: pytest.Config) -> None:
    """One collection of figures."""
    config.stash[ROWS] = []


@pytest.fixture(scope="module")
def make_wall(
    namespaces: None, tmp_path_factory: pytest.TempPathFactory, playwright: Playwright
) -> Iterator[Callable[[int, int], WallInMotion]]:
    """Gives the module's wall; it is built when it is asked for first."""
    del namespaces
    begun: list[WallInMotion] = []
    standing: dict[tuple[int, int], WallInMotion] = {}

    def give(protected: int, normal: int) -> WallInMotion:
        if (protected, normal) not in standing:
            begun.append(WallInMotion(tmp_path_factory.mktemp("wall"), playwright, protected=protected, normal=normal))
            begun[-1].start()
            standing[protected, normal] = begun[-1]
        return standing[protected, normal]

    yield give
    surprises = [line for wall in begun for line in wall.surprises()]
    for wall in begun:
        wall.stop()
    assert not surprises, "lines that nobody announced:\n" + "\n".join(surprises)


@pytest.fixture
def carry_out(request: pytest.FixtureRequest) -> Iterator[Callable[..., dict[str, float]]]:
    """Brings a cell about and keeps its row. A void one skips the test; after a failure what shows how things stand is kept."""
    seen: list[WallInMotion] = []

    def run(wall: WallInMotion, cell: Cell, *, sees_healing: bool) -> dict[str, float]:
        seen.append(wall)
        try:
            values = Experiment(wall, cell).run(sees_healing=sees_healing)
        except Void as why:
            keep(request.config, table.row(cell, wall.makeup, void=str(why)))
            pytest.skip(f"void: {why}")
        keep(request.config, table.row(cell, wall.makeup, values))
        return values

    yield run
    if request.node.stash.get(FAILED, False) and seen:
        print(f"\nscreens, pages and logs are kept in {seen[-1].keep_evidence(request.node.name)}")


def keep(config: pytest.Config, row: Row) -> None:
    """Keep figures as soon as there are any: whoever ends a long run has those that it got."""
    config.stash[ROWS].append(row)
    write(MEASURED, merged(read(MEASURED), [row]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of what was measured now."""
    rows = config.stash[ROWS]
    if not rows:
        return
    keys = {row.key for row in rows}
    terminalreporter.section(f"immunity (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    for line in table.lines(rows, [cell for cell in CELLS if cell.key in keys]):
        terminalreporter.write_line(line)
