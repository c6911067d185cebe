"""The controller with its stores and nothing to show: no SFU, no screens. For faults that no picture tells of."""

from __future__ import annotations

import os
import random
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
import requests

from controller import settings
from controller.parts import Parts, build
from controller.services import keys
from kiosk.controller_client import ControllerClient
from kiosk.identity import open_identity
from onebox.box import Box
from onebox.glass import percentile_95
from onebox.ports import LOOPBACK, free_ports
from onebox.processes import Process
from onebox.state_folder import StateFolder
from onebox.stores import wait_for_store
from onebox.waiting import wait_until
from tests.faults.admin import admin_by_key
from tests.faults.results import Measure
from tests.support.logs import unannounced_lines
from wire.display import Hardware, Heartbeat, Hello

BROKEN_ON_PURPOSE = (
    r"WARNING controller\.",  # stores and SFU are away
    r"\[(WARNING|ERROR|CRITICAL)\]",  # gunicorn, about its workers
)


@dataclass(frozen=True)
class Joined:
    """A display that said hello."""

    display_id: str
    run_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Of what it asks."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    @property
    def heartbeat(self) -> bytes:
        """What it says every five seconds."""
        return Heartbeat(run_id=self.run_id, sequence=1).to_json().encode()


class LoneController:
    """Web, steward and stores; every one can be killed or frozen by itself."""

    def __init__(self, folder: Path, *, bind: str = LOOPBACK) -> None:
        self.folder = StateFolder(folder)
        self.folder.open()
        self.box = Box(self.folder, free_ports(), bind=bind)
        self._parts: Parts | None = None
        self._watcher: requests.Session | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.box.start_stores()
        self.box.start_controller()

    def stop(self) -> None:
        """End it, and say what its logs hold that nobody announced."""
        self.box.stop()
        self.folder.close()
        surprises = unannounced_lines(self.folder.path / "log", [], list(BROKEN_ON_PURPOSE))
        assert not surprises, "lines that nobody announced:\n" + "\n".join(surprises)

    @property
    def parts(self) -> Parts:
        """The controller's own parts, over the same stores."""
        if self._parts is None:
            self._parts = build(settings.read(self.box.environ()))
        return self._parts

    def admin(self) -> requests.Session:
        """A program that acts as an admin."""
        return admin_by_key(self.parts)

    def join(self, name: str) -> Joined:
        """A display says hello, by the kiosk's own client."""
        identity = open_identity(self.folder.path / "displays" / name)
        hello = Hello(
            boot_id="5f1d1f0c-8a7e-4d43-9b0a-2f3c4d5e6f70",
            run_id=secrets.token_hex(16),
            version="test",
            hardware=Hardware(hostname=name),
        )
        return Joined(identity.display_id, hello.run_id, ControllerClient(self.box.url, identity).hello(hello).session_token)

    def tells_an_admin(self) -> bool:
        """Whether an admin is told of the displays."""
        self._watcher = self._watcher or self.admin()
        try:
            return self._watcher.get(f"{self.box.url}/api/admin/livekit/displays?session_id=1", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def workers(self, web: Process | None = None) -> list[psutil.Process]:
        """The web process's workers."""
        return psutil.Process((web or self.box.parts["web"]).pid).children()

    def kill_a_worker(self) -> None:
        """One of them dies, and another is there again."""
        worker = random.choice(self.workers())  # noqa: S311 - any will do
        worker.kill()
        wait_until(lambda: len(self.workers()) >= 2 and not worker.is_running(), "the worker is replaced")

    def reload(self) -> None:
        """Tell the web process alone, not its workers, to load everything anew."""
        os.kill(self.box.parts["web"].pid, signal.SIGHUP)

    def start_another_steward(self) -> Process:
        """One more, which stands by."""
        command = [sys.executable, "-m", "controller", "steward"]
        another = Process("another-steward", command, log=self.folder.log("another-steward"), environ=self.box.environ())
        another.start()
        return another

    @property
    def term(self) -> int:
        """The term of the steward in office; 0: none is."""
        return int(self.parts.stores.state.get(keys.STEWARD.term) or 0)

    def has_looked_since(self, term: int, moment: datetime) -> bool:
        """Whether a steward of a later term has looked at the room after that moment."""
        seen = self.parts.sfu_statuses.last(1)
        return self.term > term and seen is not None and seen.observed_at is not None and seen.observed_at > moment

    def restart_state_store(self) -> None:
        """The state store is killed, and started again at once."""
        store = self.box.parts["state-store"]
        store.kill()
        store.start()
        wait_for_store(self.folder.path, "state")


@dataclass
class Probe:
    """Asks one address over and over, as long as it is watched."""

    url: str
    every_s: float = 0.05
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What is posted; None: nothing is."""
    took_ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def p95_ms(self) -> float:
        """How long an answer took: nineteen of twenty no longer."""
        return percentile_95(self.took_ms)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Ask from another thread meanwhile."""
        stop = threading.Event()
        asking = threading.Thread(target=self._ask, args=(stop,), name="probe")
        asking.start()
        try:
            yield
        finally:
            stop.set()
            asking.join()

    @property
    def _method(self) -> str:
        return "GET" if self.body is None else "POST"

    def _ask(self, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                answer = requests.request(self._method, self.url, data=self.body, headers=self.headers, timeout=30)
                if answer.status_code != 200:
                    self.failed.append(f"{answer.status_code} {answer.text[:100]}")
            except requests.RequestException as error:
                self.failed.append(repr(error))
            self.took_ms.append((time.monotonic() - began) * 1000)
            stop.wait(self.every_s)


Kept = dict[Measure, float]
"""What one run of a fault came to."""
