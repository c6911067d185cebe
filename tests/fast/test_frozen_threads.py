"""Threads that are frozen do nothing, and go on afterwards; the rest of their program goes on meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from onebox.waiting import wait_until
from tests.support.frozen_threads import frozen

PROGRAM = """
import sys, threading, time
def count(name):
    for number in range(10_000):
        print(name, number, flush=True)
        time.sleep(0.01)
def named(name):
    with open("/proc/thread-self/comm", "w") as file:
        file.write(name)
    count(name)
threading.Thread(target=named, args=("worker",), daemon=True).start()
count("main")
"""


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """Two threads that count."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def test_one_thread_stands_and_the_other_goes_on(program: subprocess.Popen[str]) -> None:
    assert program.stdout is not None
    lines = iter(program.stdout.readline, "")
    wait_until(lambda: next(lines).startswith("worker 2"), "the worker counts")
    with frozen(program.pid, named="worker") as threads:
        assert len(threads) == 1
        wait_until(lambda: next(lines) == "main 60\n", "the main thread counts on")
        assert all(next(lines).startswith("main") for _ in range(20))
    wait_until(lambda: next(lines).startswith("worker"), "the worker goes on")
