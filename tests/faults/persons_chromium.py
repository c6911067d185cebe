"""A presenter's Chromium as a person starts it, on a machine of its own; run as a program, the door to look in.

Where Playwright starts Chromium, no tab is ever hidden: it emulates focus, and switches off what slows hidden tabs down.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import requests
from playwright.sync_api import Browser, Playwright

from onebox.ports import LOOPBACK
from onebox.presenter import CHROMIUM_FLAGS, chromium_path
from onebox.processes import Process
from onebox.screens import VirtualScreen
from onebox.waiting import wait_until
from tests.faults.namespaces import Host
from tests.faults.relay import Relay

PORT = 9333


class PersonsChromium:
    """Chromium lets only its own machine look in, so a relay beside it opens the door to ours."""

    def __init__(self, host: Host, folder: Path, screen: VirtualScreen, *, trusted: str) -> None:
        flags = (
            *CHROMIUM_FLAGS,
            f"--unsafely-treat-insecure-origin-as-secure={trusted}",
            f"--window-size={screen.width},{screen.height}",
            f"--user-data-dir={folder / 'person'}",
            f"--remote-debugging-port={PORT}",
            "--no-default-browser-check",
            *(("--no-sandbox",) if os.geteuid() == 0 else ()),
        )
        environ = {**os.environ, "DISPLAY": screen.display, "WAYLAND_DISPLAY": ""}
        self._url = f"http://{host.address}:{PORT}"
        self._processes = [
            Process("Chromium", [*host.within, chromium_path(), *flags], log=folder / "log/person.log", environ=environ),
            Process("door", [*host.within, sys.executable, "-m", __name__, host.address], log=folder / "log/door.log"),
        ]

    def start(self, playwright: Playwright) -> Browser:
        """Start it, and look in without changing how it behaves."""
        for process in self._processes:
            process.start()
        wait_until(self._is_there, "Chromium lets us look in")
        return playwright.chromium.connect_over_cdp(self._url, no_defaults=True)

    def stop(self) -> None:
        """End it."""
        for process in self._processes:
            process.stop()

    def _is_there(self) -> bool:
        try:
            return requests.get(f"{self._url}/json/version", timeout=1).ok
        except requests.RequestException:
            return False


if __name__ == "__main__":
    Relay(sys.argv[1], (LOOPBACK, PORT), port=PORT)
    threading.Event().wait()
