"""A real SFU for the whole run, without Redis: tests empty the stores, and rooms have names of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from onebox.ports import LOOPBACK, free_ports, is_listening
from onebox.processes import Process
from onebox.sfu import sfu_command, sfu_config
from onebox.waiting import wait_until

API_KEY = "marquee"
API_SECRET = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Sfu:
    """Where it is."""

    url: str
    api_url: str
    webhook_port: int
    """Where it tells who comes and goes; a test that wants to hear serves its controller there."""


class SfuProcess:
    """An SFU of one's own, which may be killed and started again."""

    def __init__(self, folder: Path, *, redis_address: str | None) -> None:
        self._ports = free_ports()
        self._config = folder / "livekit.yaml"
        self._config.write_text(sfu_config(self._ports, redis_address=redis_address, api_key=API_KEY, api_secret=API_SECRET))
        self._config.chmod(0o600)
        self.process = Process("sfu", sfu_command(self._config), log=folder / "sfu.log")

    @property
    def address(self) -> Sfu:
        """Where it is."""
        here = f"{LOOPBACK}:{self._ports.sfu}"
        return Sfu(url=f"ws://{here}", api_url=f"http://{here}", webhook_port=self._ports.controller)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()
        wait_until(lambda: is_listening(self._ports.sfu) or not self.process.is_running, "the SFU listens")
        assert self.process.is_running, self.process.log_tail()


@pytest.fixture(scope="session")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sfu]:
    """A running SFU."""
    own = SfuProcess(tmp_path_factory.mktemp("sfu"), redis_address=None)
    own.start()
    yield own.address
    own.process.stop()
