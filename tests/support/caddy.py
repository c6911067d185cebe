"""Debian's Caddy with the configuration that a VPS uses, on loopback and without TLS."""

from __future__ import annotations

import os
from pathlib import Path

from onebox.ports import LOOPBACK, free_ports, is_listening
from onebox.processes import ROOT, Process
from onebox.waiting import wait_until

CADDYFILE = ROOT / "provisioning/controller/Caddyfile"


class Caddy:
    """The proxy before a controller and an SFU."""

    def __init__(self, folder: Path, *, controller_port: int, sfu_port: int) -> None:
        self.port = free_ports().controller
        self.log = folder / "caddy.log"
        environ = {
            **os.environ,
            "MARQUEE_SITE": f"http://{LOOPBACK}:{self.port}",
            "MARQUEE_CONTROLLER": f"{LOOPBACK}:{controller_port}",
            "MARQUEE_SFU": f"{LOOPBACK}:{sfu_port}",
            "MARQUEE_CADDY_ADMIN": "off",
            "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
        }
        command = ["caddy", "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
        self._process = Process("caddy", command, log=self.log, environ=environ)

    @property
    def url(self) -> str:
        """Its address for pages and programs."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def signalling_url(self) -> str:
        """Its address for LiveKit's clients."""
        return f"ws://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process.start()
        wait_until(lambda: is_listening(self.port) or not self._process.is_running, "Caddy listens")
        assert self._process.is_running, self._process.log_tail()

    def stop(self) -> None:
        """End it."""
        self._process.stop()
