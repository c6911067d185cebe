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


@pytest.fixture(scope="session")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sfu]:
    """A running SFU."""
    folder: Path = tmp_path_factory.mktemp("sfu")
    ports = free_ports()
    config = folder / "livekit.yaml"
    config.write_text(sfu_config(ports, redis_address=None, api_key=API_KEY, api_secret=API_SECRET))
    config.chmod(0o600)
    process = Process("sfu", sfu_command(config), log=folder / "sfu.log")
    process.start()
    wait_until(lambda: is_listening(ports.sfu) or not process.is_running, "the SFU listens")
    assert process.is_running, process.log_tail()
    yield Sfu(url=f"ws://{LOOPBACK}:{ports.sfu}", api_url=f"http://{LOOPBACK}:{ports.sfu}", webhook_port=ports.controller)
    process.stop()
