"""A process that is kept running as systemd keeps a unit: started again whenever it ends, ended when it falls silent.

What `Restart=always`, `WatchdogSec=` and `KillMode=mixed` do on a display machine, this does in bin/up and in the tests.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from onebox.processes import Process

RESTART_AFTER_S = 2.0
"""RestartSec= of the kiosk's unit."""

SILENT_FOR_S = 30.0
"""WatchdogSec= of the kiosk's unit."""

STARTS_WITHIN_S = 90.0
"""TimeoutStartSec= of the kiosk's unit."""

LOOKS_EVERY_S = 0.1


class Supervised(Process):
    """A process that comes back until it is stopped."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, environ: Mapping[str, str]) -> None:
        self._ears = _Ears()
        super().__init__(name, command, log=log, environ={**environ, "NOTIFY_SOCKET": self._ears.address})
        self.restarts = 0
        """How often it was started again."""
        self._no_more = threading.Event()
        self._keeper: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and keep it running."""
        self._ears.open()
        self._no_more.clear()
        super().start()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {self.name}", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """Ask it to end, then end its whole group; it does not come back."""
        self._let_go()
        super().stop()
        self._ears.close()

    def kill(self) -> None:
        """End the whole group at once; it does not come back."""
        self._let_go()
        super().kill()
        self._ears.close()

    def _let_go(self) -> None:
        self._no_more.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    def _keep(self) -> None:
        self._ears.expect(STARTS_WITHIN_S)
        while not self._no_more.wait(LOOKS_EVERY_S):
            if self.is_running and self._ears.hear():
                continue
            super().kill()
            if self._no_more.wait(RESTART_AFTER_S):
                return
            super().start()
            self.restarts += 1
            self._ears.expect(STARTS_WITHIN_S)


class _Ears:
    """Where systemd would listen for signs of life."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._socket: socket.socket | None = None
        self._until_s = 0.0
        # a path, and a short one: abstract addresses end at a network namespace, and no path may be longer than 107 bytes
        self.address = f"{tempfile.gettempdir()}/marquee-{os.getpid()}-{id(self):x}/notify"

    def open(self) -> None:
        """Listen from now on."""
        self.close()
        self._folder = Path(self.address).parent
        self._folder.mkdir(mode=0o700)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self.address)

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None and self._folder is not None:
            self._socket.close()
            shutil.rmtree(self._folder)
            self._socket = self._folder = None

    def expect(self, within_s: float) -> None:
        """A sign of life must come within this time."""
        self._until_s = time.monotonic() + within_s

    def hear(self) -> bool:
        """Whether the next sign of life is not overdue. What is a sign: READY=1 and WATCHDOG=1."""
        while self._socket is not None:
            try:
                heard = self._socket.recv(4096)
            except BlockingIOError:
                break
            if {b"READY=1", b"WATCHDOG=1"} & set(heard.split(b"\n")):
                self.expect(SILENT_FOR_S)
        return time.monotonic() < self._until_s
