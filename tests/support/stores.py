"""Two real Valkey servers for the whole run, emptied before each test that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from onebox.processes import Process
from onebox.stores import live_store_command, state_store_command, store_url, wait_for_store


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of the state store and the live store."""
    folder = tmp_path_factory.mktemp("s", numbered=False)
    started = []
    for name, command in (("state", state_store_command), ("live", live_store_command)):
        process = Process(name, command(folder), log=folder / f"{name}.log")
        process.start()
        wait_for_store(folder, name)
        started.append(process)
    with redis.Redis.from_url(store_url(folder, "state")) as client:
        client.config_set("appendonly", "no")  # emptying it for each test would wait for the disk; `own_stores` keep all
    yield store_url(folder, "state"), store_url(folder, "live")
    for process in started:
        process.stop()


@pytest.fixture
def state_store(stores: tuple[str, str]) -> str:
    """The state store's address; the store is empty."""
    return _emptied(stores[0])


@pytest.fixture
def live_store(stores: tuple[str, str]) -> str:
    """The live store's address; the store is empty."""
    return _emptied(stores[1])


def _emptied(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


def log_of(folder: Path, name: str) -> str:
    """What a store wrote to its log."""
    return (folder / f"{name}.log").read_text()
