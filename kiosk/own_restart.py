"""Starting again by itself: the process stays, its program begins anew, and whoever supervises it sees nothing end.

A process of its own keeps the last picture on the screen meanwhile (`stand_in`). The picture is handed over in memory, never on
a disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, NoReturn

import psutil

CHILDREN_END_WITHIN_S = 3.0


@dataclass(frozen=True)
class Restarts:
    """How often the kiosk started itself again, since somebody else started it."""

    times: int = 0
    last: str | None = None
    """Why it did so last, in a word."""

    def and_for(self, why: str) -> Restarts:
        """One more."""
        return replace(self, times=self.times + 1, last=why)


@dataclass(frozen=True)
class Inheritance:
    """What the program before left to this one."""

    restarts: Restarts = Restarts()
    picture: int | None = None
    """A file descriptor with the last picture, as PNG; None at a first start."""
    stand_in: int | None = None
    """A pipe: once it is closed, the stand-in ends."""
    stand_in_pid: int | None = None

    def take_picture(self) -> bytes | None:
        """The last picture; it can be taken once."""
        if self.picture is None:
            return None
        with os.fdopen(self.picture, "rb") as file:
            file.seek(0)
            return file.read()

    def relieve(self) -> None:
        """Let the stand-in end: the page covers the screen now."""
        if self.stand_in is not None and self.stand_in_pid is not None:
            os.close(self.stand_in)
            threading.Thread(target=os.waitpid, args=(self.stand_in_pid, 0), name="stand-in", daemon=True).start()


def inheritance(arguments: Sequence[str]) -> Inheritance:
    """What the command line says of it."""
    parser = argparse.ArgumentParser("kiosk", description="One display. Its settings are in the environment; see .env.example.")
    for name in ("--restarts", "--picture", "--stand-in", "--stand-in-pid"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--restarted-for", help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    return Inheritance(Restarts(told.restarts or 0, told.restarted_for), told.picture, told.stand_in, told.stand_in_pid)


class StandIn:
    """Shows a picture on the whole screen until the next program covers it."""

    def __init__(self, picture: bytes) -> None:
        self._picture = os.memfd_create("last picture")
        with os.fdopen(os.dup(self._picture), "wb") as file:
            file.write(picture)
        os.lseek(self._picture, 0, os.SEEK_SET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.stand_in", str(self._picture)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self._picture],
        )
        os.set_blocking(self._told.fileno(), False)

    @property
    def is_up(self) -> bool:
        """Whether it shows the picture, or never will."""
        return bool(self._told.read(1)) or self._process.poll() is not None

    def start_again(self, restarts: Restarts) -> NoReturn:
        """Begin the program anew in this process. The browser's processes, which would outlive it, are ended first."""
        end_children(but=self._process.pid)
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - it was asked for
        for kept in (self._picture, pipe.fileno()):
            os.set_inheritable(kept, True)
        told = {
            "--restarts": restarts.times,
            "--restarted-for": restarts.last,
            "--picture": self._picture,
            "--stand-in": pipe.fileno(),
            "--stand-in-pid": self._process.pid,
        }
        words = [f"{name}={value}" for name, value in told.items()]
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "kiosk", *words])  # noqa: S606 - no shell is wanted

    @property
    def _told(self) -> IO[bytes]:
        told = self._process.stdout
        assert told is not None  # noqa: S101 - it was asked for
        return told


def end_children(*, but: int | None = None) -> None:
    """End all processes that this one started, and theirs."""
    children = [child for child in psutil.Process().children(recursive=True) if child.pid != but]
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(children, timeout=CHILDREN_END_WITHIN_S)
