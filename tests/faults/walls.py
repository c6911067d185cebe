"""Hands out the wall; one stands at a time, for two cores carry no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Playwright

from tests.faults.wall import Wall


class Walls:
    """Makes walls, and keeps the one that stands until another is asked for."""

    def __init__(self, make_folder: Callable[[], Path], playwright: Playwright) -> None:
        self._make_folder = make_folder
        self._playwright = playwright
        self._wall: Wall | None = None
        self.surprises: list[str] = []
        """Lines in logs and consoles of ended walls that nobody announced."""

    def get(self, *, name: str | None = None, **settings: str) -> Wall:
        """A wall of this name and with these settings: the one that stands, if it has them and nobody left it broken."""
        if self._wall is not None and self._wall.wanted == (name, settings) and self._wall.is_whole:
            return self._wall
        self.end()
        self._wall = Wall(self._make_folder(), self._playwright, name=name, **settings)
        self._wall.start()
        return self._wall

    def end(self, *, evidence_of: str | None = None) -> None:
        """End the wall that stands."""
        wall, self._wall = self._wall, None
        if wall is None:
            return
        try:
            self.surprises += wall.lab.surprises()
            if evidence_of is not None:
                print(f"\nscreens, pages and logs are kept in {wall.lab.keep_evidence(evidence_of)}")
        finally:
            wall.stop()
