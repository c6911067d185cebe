"""One lab for each story: built when the story begins, ended after it, its logs read for surprises."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.support.lab import Lab

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a story has a failed test."""
    report = yield
    if report.failed and item.parent is not None:
        item.parent.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def make_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, playwright: Playwright
) -> Iterator[Callable[..., Lab]]:
    """Make the story's lab, with settings as the controller's environment has them."""
    labs: list[Lab] = []
    story = Path(str(request.node.path)).stem.removeprefix("test_")

    def make(**settings: str) -> Lab:
        lab = Lab(tmp_path_factory.mktemp("lab"), playwright, **settings)
        labs.append(lab)
        return lab

    yield make
    for lab in labs:
        _end(lab, story, failed=request.node.stash.get(FAILED, False))


def _end(lab: Lab, story: str, *, failed: bool) -> None:
    try:
        surprises = lab.surprises()
        if failed or surprises:
            print(f"\nscreens, pages and logs are kept in {lab.keep_evidence(story)}")
    finally:
        lab.stop()
    assert not surprises, "lines that nobody announced:\n" + "\n".join(surprises)
