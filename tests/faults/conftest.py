"""One wall for all faults, built again when it did not come back; the figures of all runs, in one table at the end."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from inspect import signature

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.faults import table
from tests.faults.namespaces import Network, NoNamespaces
from tests.faults.results import MEASURED, Result, merged, read, write
from tests.faults.trials import Trials
from tests.faults.wall import Wall
from tests.faults.walls import Walls

TRIALS = pytest.StashKey[Trials]()
FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the long faults take."""
    parser.addoption("--minutes", type=float, default=30.0, help="how long the soak takes (default 30)")
    parser.addoption("--long", action="store_true", help="the SFU is away, and the presenter's tab hidden, for 10 minutes")


def pytest_configure(config: pytest.Config) -> None:
    """One collection of figures."""
    config.stash[TRIALS] = Trials(config.getoption("--rounds"), keep)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults that need no wall come first: one that stands takes both cores."""
    items.sort(key=needs_wall)


def needs_wall(item: pytest.Item) -> bool:
    """Whether a test asks for one."""
    return isinstance(item, pytest.Function) and not {"wall", "walls"}.isdisjoint(signature(item.function).parameters)


def keep(results: list[Result]) -> None:
    """Keep figures as soon as there are any: whoever ends a long run has those that it got."""
    write(MEASURED, merged(read(MEASURED), results))


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Network namespaces can be made here. Missing, they fail the suite in CI, and skip it elsewhere, saying why."""
    try:
        Network().close()
    except NoNamespaces as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no network namespaces: {error}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def walls(namespaces: None, tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Walls]:
    """Where walls come from."""
    del namespaces
    made = Walls(lambda: tmp_path_factory.mktemp("wall"), playwright)
    yield made
    made.end()
    assert not made.surprises, "lines that nobody announced:\n" + "\n".join(made.surprises)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def _evidence(request: pytest.FixtureRequest, walls: Walls) -> Iterator[None]:
    """After a failure, keep what shows how things stand; the next test gets another wall."""
    yield
    if request.node.stash.get(FAILED, False):
        walls.end(evidence_of=request.node.name)


@pytest.fixture
def wall(walls: Walls) -> Wall:
    """A wall that shows the picture, with the settings that everybody has."""
    return walls.get()


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> Trials:
    """Where faults are brought about."""
    return request.config.stash[TRIALS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    results = config.stash[TRIALS].results()
    if not results:
        return
    terminalreporter.section(f"faults (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    for line in table.lines(results, table.measured(results)):
        terminalreporter.write_line(line)
