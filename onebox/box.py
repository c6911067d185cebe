"""All parts on one machine, each startable and stoppable by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from onebox import stores
from onebox.ports import LOOPBACK, Ports, is_listening
from onebox.processes import ROOT, Process
from onebox.sfu import forget_nodes, sfu_command, sfu_config
from onebox.state_folder import StateFolder, write_private
from onebox.waiting import NotInTime, wait_until

READY_WITHIN_S = 30.0

PROGRAMS = ("steward", "bandwidth-monitor", "web")
"""The controller's, which come back when they end by a fault, as systemd's Restart=on-failure has it on a VPS."""

STORE_VARIABLES = {"state": "REDIS_URL", "live": "REDIS_LIVE_URL"}


@dataclass(frozen=True)
class Reach:
    """Where browsers and kiosks reach the SFU."""

    signalling_url: str
    media_address: str = LOOPBACK
    media_interface: str = "lo"


class PartFailed(Exception):
    """A part ended, or did not become ready; the text has the end of its log."""


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    name: str
    password: str


class Box:
    """The controller's machine: stores, SFU, web, steward, bandwidth monitor."""

    def __init__(
        self,
        folder: StateFolder,
        ports: Ports,
        *,
        settings: dict[str, str] | None = None,
        reach: Reach | None = None,
        bind: str = LOOPBACK,
    ) -> None:
        self.folder = folder
        self.ports = ports
        self._reach = reach or Reach(f"ws://{LOOPBACK}:{ports.sfu}")
        self._settings = settings or {}
        self.bind = bind
        self.parts: dict[str, Process] = {}

    @property
    def url(self) -> str:
        """The controller's address."""
        return f"http://{self.bind}:{self.ports.controller}"

    @property
    def localhost_url(self) -> str:
        """The controller's address for a person: browsers share screens on localhost."""
        return f"http://localhost:{self.ports.controller}"

    def environ(self) -> dict[str, str]:
        """The environment of the controller's programs: ours, with the addresses and secrets of the parts that run here."""
        secrets = self.folder.secrets()
        here = {
            "AUDIT_DIR": str(self.folder.path / "audit"),
            "STATE_WITNESS": str(self.folder.path / "witness"),
            "CONTROLLER_SECRET_KEY": secrets.controller_secret_key,
            "LIVEKIT_URL": self._reach.signalling_url,
            "LIVEKIT_API_URL": f"http://{LOOPBACK}:{self.ports.sfu}",
            "LIVEKIT_METRICS_URL": f"http://{LOOPBACK}:{self.ports.sfu_metrics}/metrics",
            "LIVEKIT_API_KEY": secrets.livekit_api_key,
            "LIVEKIT_API_SECRET": secrets.livekit_api_secret,
        }
        for name in self._own_stores():
            here[STORE_VARIABLES[name]] = stores.store_url(self.folder.path, name)
        return {"BANDWIDTH_INTERFACE": self._reach.media_interface, **os.environ, **here, **self._settings}

    def start_stores(self) -> None:
        """Start the stores that are not given by REDIS_URL and REDIS_LIVE_URL."""
        commands = {"state": stores.state_store_command, "live": stores.live_store_command}
        for name in self._own_stores():
            self._start(f"{name}-store", commands[name](self.folder.path))
            stores.wait_for_store(self.folder.path, name)

    def start_sfu(self) -> None:
        """Start the SFU on the state store, and wait until it listens."""
        config = self.folder.path / "livekit.yaml"
        secrets = self.folder.secrets()
        text = sfu_config(
            self.ports,
            redis_address=_sfu_redis(self.environ()),
            api_key=secrets.livekit_api_key,
            api_secret=secrets.livekit_api_secret,
            address=self._reach.media_address,
            interface=self._reach.media_interface,
        )
        write_private(config, text)
        forget_nodes(self.environ()["REDIS_URL"])
        self._start("sfu", sfu_command(config))
        self._wait_ready("sfu", lambda: is_listening(self.ports.sfu))

    def start_controller(self) -> None:
        """Start steward, bandwidth monitor and web, and wait until the web answers."""
        self.start_steward()
        self._start("bandwidth-monitor", self._program("bandwidth-monitor"), self.environ())
        self.start_web()

    def start_steward(self) -> None:
        """Start the steward alone."""
        self._start("steward", self._program("steward"), self.environ())

    def start_web(self) -> None:
        """Start the web process alone, and wait until it answers."""
        self._start("web", self._program("web", "--bind", f"{self.bind}:{self.ports.controller}"), self.environ())
        self._wait_ready("web", self.is_healthy)

    def start(self) -> None:
        """Start everything."""
        self.start_stores()
        self.start_sfu()
        self.start_controller()

    def stop(self) -> None:
        """End everything, newest first."""
        for process in reversed(self.parts.values()):
            process.stop()

    def is_healthy(self) -> bool:
        """Whether the controller's web process answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def make_account(self, name: str, role: str) -> Account:
        """Make an account, or give it a new password."""
        answer = self._ask("user", "add", name, "--role", role, "--replace", "--json")
        return Account(name=answer["name"], password=answer["password"])

    def make_enrolment_key(self, label: str, *, uses: int = 1) -> str:
        """Make an enrolment key."""
        return self._ask("enrolment-key", "create", "--label", label, "--uses", str(uses), "--json")["key"]

    def dead(self) -> list[Process]:
        """Parts that ended without being told to."""
        return [process for process in self.parts.values() if not process.is_running]

    def revive(self) -> list[Process]:
        """Start the controller's programs again that ended by a fault; which they were."""
        fallen = [self.parts[name] for name in PROGRAMS if name in self.parts and self.parts[name].exit_status]
        for process in fallen:
            process.start()
        return fallen

    @staticmethod
    def _own_stores() -> list[str]:
        """Those that we run: a given state store serves for live data too, unless there is another for that."""
        if os.environ.get("REDIS_URL"):
            return []
        return ["state"] if os.environ.get("REDIS_LIVE_URL") else ["state", "live"]

    def _start(self, name: str, command: list[str], environ: dict[str, str] | None = None) -> None:
        process = Process(name, command, log=self.folder.log(name), environ=environ)
        process.start()
        self.parts[name] = process

    def _wait_ready(self, name: str, ready: Callable[[], bool]) -> None:
        process = self.parts[name]
        try:
            wait_until(lambda: ready() or not process.is_running, f"{name} is ready", timeout_s=READY_WITHIN_S)
        except NotInTime as error:
            raise PartFailed(f"{error}; the end of its log:\n{process.log_tail()}") from error
        if not process.is_running:
            raise PartFailed(f"{name} ended with status {process.exit_status}; the end of its log:\n{process.log_tail()}")

    def _ask(self, *arguments: str) -> dict[str, str]:
        command = self._program(*arguments)
        done = subprocess.run(command, env=self.environ(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise PartFailed(f"{' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    @staticmethod
    def _program(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "controller", *arguments]


def _sfu_redis(environ: dict[str, str]) -> str | None:
    """Where the SFU keeps its rooms, by LIVEKIT_REDIS: in the state store, or (None) in its own memory. Raises PartFailed."""
    choice = environ.get("LIVEKIT_REDIS", "same")
    if choice not in ("same", "off"):
        raise PartFailed(f"LIVEKIT_REDIS is {choice!r}; it must be `same` (the default) or `off`")
    return _redis_address(environ["REDIS_URL"]) if choice == "same" else None


def _redis_address(url: str) -> str:
    """A Redis address as LiveKit takes it: HOST:PORT, or a unix socket's path."""
    scheme, _, rest = url.partition("://")
    return rest.partition("?")[0] if scheme == "unix" else rest.partition("/")[0].rpartition("@")[2]


def part_logs(folder: StateFolder) -> list[Path]:
    """The logs of all parts."""
    return sorted(folder.path.glob("log/*.log"))
