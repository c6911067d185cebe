"""Threads that are frozen do nothing, and go on afterwards; the rest of their program goes on meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.support.frozen_threads import frozen

MOST_LINES = 2_000

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
    lines = islice(iter(program.stdout.readline, ""), MOST_LINES)
    assert any(line.startswith("worker 2") for line in lines), "the worker counts"
    with frozen(program.pid, named="worker") as threads:
        assert len(threads) == 1
        in_a_row: deque[str] = deque(maxlen=20)
        for line in lines:  # those that were under way come first
            in_a_row.append(line)
            if len(in_a_row) == in_a_row.maxlen and all(one.startswith("main") for one in in_a_row):
                break
        else:
            pytest.fail("the worker counts on")
    assert any(line.startswith("worker") for line in lines), "the worker goes on"
