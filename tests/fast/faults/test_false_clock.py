"""A program's own clock is set while it runs; what only counts goes on, and is waited for as ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onebox.waiting import wait_until
from tests.faults.false_clock import FalseClock

PROGRAM = """
import sys, time
for _ in sys.stdin:
    print(time.gmtime().tm_year, time.monotonic(), flush=True)
"""

WAITING_PROGRAM = """
import ctypes, time
CLOCK_MONOTONIC, WAIT_S = 1, 0.3
c, memory = ctypes.CDLL(None), ctypes.create_string_buffer
mutex, condition, attributes = memory(64), memory(64), memory(64)
c.pthread_condattr_init(attributes)
c.pthread_condattr_setclock(attributes, CLOCK_MONOTONIC)
c.pthread_cond_init(condition, attributes)
c.pthread_mutex_init(mutex, None)
c.pthread_mutex_lock(mutex)
began_s = time.monotonic()
seconds, rest_s = divmod(began_s + WAIT_S, 1)
c.pthread_cond_timedwait(condition, mutex, (ctypes.c_long * 2)(int(seconds), int(1e9 * rest_s)))
print(time.monotonic() - began_s >= 0.9 * WAIT_S)
"""
"""Waits for what never comes, as the threads of a browser do."""


def test_the_clock_is_set_while_the_program_runs(tmp_path: Path) -> None:
    clock = FalseClock(tmp_path)
    environ = {**os.environ, **clock.environ}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True) as program:
        try:
            right, counted_s = year_of(program)
            clock.set("-56y")
            wait_until(lambda: year_of(program)[0] in (right - 56, right - 55), "it is 1970")
            clock.set("+10y")
            wait_until(lambda: year_of(program)[0] in (right + 9, right + 10), "it is ten years on")
            assert 0 < year_of(program)[1] - counted_s < 600
        finally:
            program.kill()


@pytest.mark.parametrize("offset", ["+0", "-56y", "+10y"])
def test_a_wait_by_a_clock_that_counts_takes_its_time(tmp_path: Path, offset: str) -> None:
    clock = FalseClock(tmp_path)
    clock.set(offset)
    done = subprocess.run(
        [sys.executable, "-c", WAITING_PROGRAM],
        capture_output=True,
        check=True,
        env={**os.environ, **clock.environ},
        text=True,
        timeout=30,
    )
    assert done.stdout == "True\n"


def year_of(program: subprocess.Popen[str]) -> tuple[int, float]:
    """Which year it takes it to be, and what its counting clock says."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("\n")
    program.stdin.flush()
    year, counted_s = program.stdout.readline().split()
    return int(year), float(counted_s)
