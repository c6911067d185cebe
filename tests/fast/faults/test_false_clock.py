"""A program's own clock is set while it runs, and what only counts is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from onebox.waiting import wait_until
from tests.faults.false_clock import FalseClock

PROGRAM = """
import sys, time
for _ in sys.stdin:
    print(time.gmtime().tm_year, time.monotonic(), flush=True)
"""


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


def year_of(program: subprocess.Popen[str]) -> tuple[int, float]:
    """Which year it takes it to be, and what its counting clock says."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("\n")
    program.stdin.flush()
    year, counted_s = program.stdout.readline().split()
    return int(year), float(counted_s)
