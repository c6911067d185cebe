"""Stops single threads of a running program, as if the machine gave them no time: a whole program stopped would be a hung one."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000
"""__WALL: wait for threads too."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


@contextmanager
def frozen(pid: int, *, named: str) -> Iterator[list[int]]:
    """Stop the threads of a process whose name begins so; gives their ids. They go on afterwards."""
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if _name(task).startswith(named)]
    stopped = [thread for thread in threads if _stop(thread)]
    try:
        yield stopped
    finally:
        for thread in stopped:
            _ptrace(PTRACE_DETACH, thread)


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except OSError:  # it has ended
        return ""


def _stop(thread: int) -> bool:
    if not (_ptrace(PTRACE_SEIZE, thread) and _ptrace(PTRACE_INTERRUPT, thread)):
        return False
    os.waitpid(thread, WALL)
    return True


def _ptrace(request: int, thread: int) -> bool:
    if _libc.ptrace(request, thread, None, None) == 0:
        return True
    if ctypes.get_errno() == errno.ESRCH:  # it has ended
        return False
    raise OSError(ctypes.get_errno(), f"ptrace {request} thread {thread}")
