"""A process that is kept running comes back whatever ends it, until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onebox import supervised
from onebox.supervised import Supervised
from onebox.waiting import NotInTime, wait_until

SAYS = """
import os, socket, sys, time
systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
systemd.connect(os.environ["NOTIFY_SOCKET"])
for word in sys.argv[1:]:
    systemd.send(word.encode())
print("said", flush=True)
while True:
    time.sleep(0.05)
    if sys.argv[1:]:
        systemd.send(sys.argv[-1].encode())
"""
"""A program that says each of its words once, and the last one over and over."""

Keep = Callable[..., Supervised]


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Start a program that says these words to whoever keeps it running."""
    monkeypatch.setattr(supervised, "RESTART_AFTER_S", 0.05)
    kept: list[Supervised] = []

    def start(*words: str) -> Supervised:
        process = Supervised("program", [sys.executable, "-c", SAYS, *words], log=tmp_path / "log", environ=os.environ)
        kept.append(process)
        process.start()
        return process

    yield start
    for process in kept:
        process.stop()


def wait_for_restarts(process: Supervised, count: int, timeout_s: float = 30.0) -> None:
    wait_until(lambda: process.restarts >= count, f"{count} restarts", timeout_s=timeout_s)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_whatever_ends_it_it_comes_back(keep: Keep, how: signal.Signals) -> None:
    process = keep("READY=1", "WATCHDOG=1")
    first = process.pid
    for count in (1, 2):
        os.kill(process.pid, how)
        wait_for_restarts(process, count)
    assert process.is_running
    assert process.pid != first


def test_one_that_lives_is_left_alone(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "SILENT_FOR_S", 3.0)
    with pytest.raises(NotInTime):
        wait_for_restarts(keep("READY=1", "WATCHDOG=1"), 1, timeout_s=5.0)


def test_one_that_hangs_is_ended_and_comes_back(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "SILENT_FOR_S", 1.0)
    process = keep("READY=1", "WATCHDOG=1")
    wait_until(lambda: "said" in process.log_tail(), "it is ready")
    os.kill(process.pid, signal.SIGSTOP)
    wait_for_restarts(process, 1)


@pytest.mark.parametrize("words", [[], ["STATUS=busy"]], ids=["nothing", "something else"])
def test_one_that_is_never_ready_is_started_again(keep: Keep, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr(supervised, "STARTS_WITHIN_S", 1.0)
    wait_for_restarts(keep(*words), 1)


@pytest.mark.parametrize("end", [Supervised.stop, Supervised.kill])
def test_one_that_is_stopped_stays_stopped_until_it_is_started(keep: Keep, end: Callable[[Supervised], None]) -> None:
    process = keep("READY=1")
    end(process)
    with pytest.raises(NotInTime):
        wait_until(lambda: process.is_running, "it comes back", timeout_s=0.5)
    assert process.restarts == 0
    process.start()
    assert process.is_running
    os.kill(process.pid, signal.SIGKILL)
    wait_for_restarts(process, 1)
