"""The proxy of the fault suite hands on, counts, cuts one machine's connections or all, and holds without closing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from onebox.ports import LOOPBACK
from onebox.waiting import wait_until
from tests.faults.relay import Relay

OTHER_MACHINE = "127.0.0.2"


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Somebody who says everything back."""
    listener = socket.create_server((LOOPBACK, 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1000):
                    connection.sendall(data)
            except ConnectionResetError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def relay(echo: tuple[str, int]) -> Iterator[Relay]:
    """A relay to it."""
    made = Relay(LOOPBACK, echo)
    yield made
    made.close()


@pytest.fixture
def connect(relay: Relay) -> Iterator[Connect]:
    """Opens connections through it."""
    made = Connect(relay)
    yield made
    for one in made.opened:
        one.close()


class Connect:
    """Opens connections, as one machine or another."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.opened: list[socket.socket] = []

    def __call__(self, machine: str = LOOPBACK) -> socket.socket:
        """One more."""
        made = socket.create_connection((self._relay.address, self._relay.port), timeout=5, source_address=(machine, 0))
        self.opened.append(made)
        assert said_back(made, b"hello") == b"hello"
        return made


def said_back(connection: socket.socket, words: bytes) -> bytes:
    """What comes back."""
    connection.sendall(words)
    return connection.recv(1000)


def test_requests_are_counted_for_each_machine(relay: Relay, connect: Connect) -> None:
    ours, theirs = connect(), connect(OTHER_MACHINE)
    said_back(ours, b"POST /token HTTP/1.1\r\nHost: x\r\n\r\n")
    said_back(ours, b"POST /token HTTP/1.1\r\nHost: x\r\n\r\n")
    said_back(theirs, b"GET /token HTTP/1.1\r\n\r\n")
    assert relay.count("POST /token ", LOOPBACK) == 2
    assert relay.count("POST /token ", OTHER_MACHINE) == 0
    assert relay.count("GET /token ", OTHER_MACHINE) == 1


def test_one_machine_is_cut_and_another_is_not(relay: Relay, connect: Connect) -> None:
    ours, theirs = connect(), connect(OTHER_MACHINE)
    assert relay.cut(OTHER_MACHINE) == 1
    with pytest.raises(ConnectionResetError):
        theirs.recv(1000)
    assert said_back(ours, b"still here") == b"still here"
    assert said_back(connect(OTHER_MACHINE), b"let in again") == b"let in again"


def test_all_are_cut(relay: Relay, connect: Connect) -> None:
    opened = [connect(), connect(OTHER_MACHINE)]
    assert relay.cut() == 2
    for one in opened:
        with pytest.raises(ConnectionResetError):
            one.recv(1000)


def test_what_is_held_arrives_when_it_is_released(relay: Relay, connect: Connect) -> None:
    ours = connect()
    relay.hold()
    ours.sendall(b"patience")
    ours.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ours.recv(1000)
    relay.release()
    ours.settimeout(5)
    assert ours.recv(1000) == b"patience"


def test_a_target_that_is_away_breaks_the_connection(relay: Relay) -> None:
    nowhere = Relay(LOOPBACK, (LOOPBACK, 1))
    with pytest.raises(ConnectionResetError), socket.create_connection((nowhere.address, nowhere.port), timeout=5) as ours:
        ours.recv(1000)
    nowhere.close()


def test_a_closed_relay_lets_nobody_in(relay: Relay, connect: Connect) -> None:
    connect()
    relay.close()
    wait_until(lambda: refuses(relay), "the relay refuses")


def refuses(relay: Relay) -> bool:
    """Whether it lets nobody in."""
    try:
        socket.create_connection((relay.address, relay.port), timeout=1).close()
    except OSError:
        return True
    return False
