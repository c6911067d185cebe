"""What systemd hears: ready once, then alive, and nothing while any part is silent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk import watchdog
from kiosk.watchdog import LIMITS_S, Watchdog
from tests.support.announced_logs import AnnouncedLogs

UNHEARD = "watchdog systemd does not listen"


@contextmanager
def systemd(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.setblocking(False)
        yield listener


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that systemd listens on."""
    with systemd(str(tmp_path / "notify")) as listener:
        yield listener


@pytest.fixture
def dog(tmp_path: Path, notified: socket.socket) -> Watchdog:
    del notified
    return Watchdog(str(tmp_path / "notify"))


def heard(listener: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listener.recv(100).decode())
        except BlockingIOError:
            return found


def beat_all(dog: Watchdog) -> None:
    for who in LIMITS_S:
        dog.beat(who)


def test_ready_once_and_alive_from_then_on(dog: Watchdog, notified: socket.socket) -> None:
    beat_all(dog)
    for _ in range(3):
        dog.tell_systemd()
    assert heard(notified) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]


@pytest.mark.parametrize("missing", list(LIMITS_S))
def test_not_ready_before_every_part_was_heard(dog: Watchdog, notified: socket.socket, missing: str) -> None:
    for who in LIMITS_S:
        if who != missing:
            dog.beat(who)
    dog.tell_systemd()
    assert heard(notified) == []
    assert dog.silent_for_s(missing) is None


@pytest.mark.parametrize("silent", list(LIMITS_S))
def test_no_sign_of_life_while_a_part_is_silent(
    dog: Watchdog, notified: socket.socket, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    beat_all(dog)
    dog.tell_systemd()
    monkeypatch.setattr(watchdog, "LIMITS_S", {**LIMITS_S, silent: 0.0})
    dog.tell_systemd()
    assert heard(notified) == ["READY=1"]


def test_a_part_that_is_heard_again_counts_again(dog: Watchdog, notified: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(watchdog, "LIMITS_S", {"page": 0.0})
        beat_all(dog)
        dog.tell_systemd()
    dog.beat("page")
    dog.tell_systemd()
    assert heard(notified) == ["READY=1"]


@pytest.mark.parametrize("ended", list(LIMITS_S))
def test_a_part_that_ended_as_it_should_is_not_missed(dog: Watchdog, notified: socket.socket, ended: str) -> None:
    dog.retire(ended)
    for who in LIMITS_S:
        if who != ended:
            dog.beat(who)
    dog.tell_systemd()
    assert heard(notified) == ["READY=1"]


def test_systemd_may_listen_on_an_abstract_address(tmp_path: Path) -> None:
    name = f"marquee-{tmp_path.name}"
    with systemd("\0" + name) as listener:
        dog = Watchdog("@" + name)
        beat_all(dog)
        dog.tell_systemd()
        assert heard(listener) == ["READY=1"]


def test_without_systemd_nobody_is_told() -> None:
    dog = Watchdog(None)
    beat_all(dog)
    dog.tell_systemd()
    assert all(dog.silent_for_s(who) is not None for who in LIMITS_S)


def test_a_socket_that_comes_late_hears_that_all_is_ready(tmp_path: Path, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow(UNHEARD)
    dog = Watchdog(str(tmp_path / "late"))
    beat_all(dog)
    dog.tell_systemd()
    assert len(announced_logs.lines) == 1
    with systemd(str(tmp_path / "late")) as listener:
        dog.tell_systemd()
        assert heard(listener) == ["READY=1"]


def test_a_listener_that_is_stuck_holds_nobody_up(dog: Watchdog, notified: socket.socket, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow(UNHEARD)
    beat_all(dog)
    while not announced_logs.lines:
        dog.tell_systemd()
    assert heard(notified)[0] == "READY=1"
