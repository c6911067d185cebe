"""One child process: started in a group of its own, ended with us whatever happens, its output in a log file."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE_S = 5.0
"""Between asking a process to end and ending it."""

ROOT = Path(__file__).parents[1]


class Process:
    """A program that runs until it is stopped. Ended by its id, never by its name."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environ: Mapping[str, str] | None = None,
        listens: bool = False,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._environ = dict(environ) if environ is not None else None
        self._listens = listens
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended, or None while it runs or before it was started."""
        return None if self._child is None else self._child.poll()

    @property
    def pid(self) -> int:
        """The process id. Raises RuntimeError before the start."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child.pid

    def start(self) -> None:
        """Start it. `setpriv --pdeathsig` ends it when we die without a word."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *self.command],
                stdin=subprocess.PIPE if self._listens else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environ,
                cwd=ROOT,
                start_new_session=True,
            )

    def tell(self, line: str) -> None:
        """Write a line to a program that listens on its standard input."""
        stream: IO[bytes] | None = self._child.stdin if self._child else None
        if stream is None:
            raise RuntimeError(f"{self.name} does not listen")
        stream.write(line.encode() + b"\n")
        stream.flush()

    def stop(self) -> None:
        """Ask it to end, then end its whole group."""
        if self.is_running:
            self.signal(signal.SIGTERM)
            self._wait(GRACE_S)
        self.kill()

    def kill(self) -> None:
        """End the whole group at once."""
        self.signal(signal.SIGKILL)
        self._wait(GRACE_S)
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the group, if it is still there."""
        if self._child is None:
            return
        try:
            os.killpg(self._child.pid, number)
        except ProcessLookupError:
            return

    def log_tail(self, lines: int = 15) -> str:
        """The end of its log, for whoever must find out why it ended."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _wait(self, timeout_s: float) -> None:
        if self._child is not None:
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                return
