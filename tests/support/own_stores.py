"""Stores of a test's own, which it may stop and start again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from onebox.processes import Process
from onebox.stores import live_store_command, state_store_command, store_url, wait_for_store

COMMANDS = {"state": state_store_command, "live": live_store_command}


class OwnStore:
    """A store that a test may stop. What the state store acknowledged is there again after the next start."""

    def __init__(self, name: str, folder: Path) -> None:
        self.url = store_url(folder, name)
        self._name = name
        self._folder = folder
        self._process = Process(name, COMMANDS[name](folder), log=folder / f"{name}.log")

    @property
    def data(self) -> Path:
        """Its data on the disk."""
        return self._folder / f"{self._name}-store"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process.start()
        wait_for_store(self._folder, self._name)

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()

    def freeze(self) -> None:
        """Let it hang: it takes connections and answers nobody."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again, also what it was asked meanwhile."""
        self._process.signal(signal.SIGCONT)


@pytest.fixture
def own_state_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStore]:
    """A state store that runs."""
    yield from _running(OwnStore("state", tmp_path_factory.mktemp("own")))


@pytest.fixture
def own_live_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStore]:
    """A live store that runs."""
    yield from _running(OwnStore("live", tmp_path_factory.mktemp("own")))


def _running(store: OwnStore) -> Iterator[OwnStore]:
    store.start()
    yield store
    store.thaw()
    store.stop()
