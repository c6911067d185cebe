"""How often the stores are asked: each time something is sent to one of them, however much it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.connection import AbstractConnection


@contextmanager
def round_trips() -> Iterator[list[str]]:
    """What is sent while this lasts: the beginning of each command, or of the first of several."""
    sent: list[str] = []
    send = AbstractConnection.send_packed_command

    def note_and_send(connection: AbstractConnection, command: Any, check_health: bool = True) -> None:
        first = command if isinstance(command, bytes) else next(iter(command), b"")
        sent.append(first[:60].decode(errors="replace").replace("\r\n", " "))
        send(connection, command, check_health)  # type: ignore[no-untyped-call]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", note_and_send)
        yield sent
