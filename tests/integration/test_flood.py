"""A flood of bogus registrations against the running program: the caps hold, memory does not grow with it, a display with a key
gets in meanwhile, and one without as soon as it is over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import psutil
import pytest
import redis
import requests

from controller.parts import Parts
from controller.services.display_registry import MAX_PENDING
from controller.web.rate_limits import NEW_DISPLAYS
from onebox.ports import LOOPBACK, free_ports, is_listening
from onebox.processes import ROOT, Process
from onebox.waiting import wait_until
from tests.fast.kiosk.test_agent import Kiosk
from tests.support.controller_app import SECRET
from tests.support.figures import Figures
from tests.support.person import Person

SENDERS = 2
TAKEN_AT_ONCE = NEW_DISPLAYS.amount
MIB = 1024 * 1024


@pytest.fixture
def flood(rounds: int) -> tuple[int, float]:
    """How many displays in how many seconds: ten thousand in a minute in the full run, else a tenth in a tenth."""
    return (10_000, 60.0) if rounds >= 30 else (1_000, 6.0)


@pytest.fixture
def web(state_store: str, live_store: str, tmp_path: Path) -> Iterator[Process]:
    """The controller as it is run, behind one proxy; it listens on the port that its command names last."""
    port = free_ports().controller
    environ = {
        **os.environ,
        "REDIS_URL": state_store,
        "REDIS_LIVE_URL": live_store,
        "CONTROLLER_SECRET_KEY": SECRET,
        "TRUSTED_PROXIES": "1",
    }
    command = [sys.executable, "-m", "controller", "web", "--bind", f"{LOOPBACK}:{port}"]
    process = Process("web", command, log=tmp_path / "web.log", environ=environ)
    process.start()
    wait_until(lambda: is_listening(port) or not process.is_running, "the controller listens", timeout_s=30)
    yield process
    process.stop()
    assert "Traceback" not in process.log.read_text(), process.log_tail()


@pytest.fixture
def make_kiosk(web: Process, tmp_path: Path) -> Iterator[Callable[..., Kiosk]]:
    """Make a kiosk of that controller, without a window."""
    made: list[Kiosk] = []

    def make(name: str, enrolment_key: str | None = None) -> Kiosk:
        made.append(Kiosk(f"http://{web.command[-1]}", tmp_path / name, enrolment_key))
        made[-1].start()
        return made[-1]

    yield make
    for kiosk in made:
        kiosk.stop()


def used_bytes(parts: Parts) -> int:
    """What both stores hold."""
    stores = (parts.stores.state, parts.stores.live)
    return sum(cast(redis.Redis, store).info("memory")["used_memory"] for store in stores)


def resident_bytes(process: Process) -> int:
    """What a program and its workers hold now."""
    main = psutil.Process(process.pid)
    return sum(one.memory_info().rss for one in (main, *main.children(recursive=True)))


def send(address: str, first: int, count: int, seconds: float) -> subprocess.Popen[str]:
    """Let bogus displays knock."""
    host, _, port = address.partition(":")
    command = [sys.executable, "-m", "tests.support.bogus_displays", host, port, str(first), str(count), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_flood_of_bogus_displays(
    web: Process, parts: Parts, ada: Person, make_kiosk: Callable[..., Kiosk], figures: Figures, flood: tuple[int, float]
) -> None:
    count, seconds = flood
    address = web.command[-1]
    key = parts.enrolment_keys.create(label="site", max_uses=1, life=timedelta(days=1), now=parts.clock()).key
    for _ in range(20):
        requests.get(f"http://{address}/login", timeout=10).raise_for_status()  # both workers have served once
    stored, held, began_at = used_bytes(parts), resident_bytes(web), time.monotonic()

    senders = [send(address, part * count // SENDERS, count // SENDERS, seconds) for part in range(SENDERS)]
    answers: Counter[str] = Counter()
    try:
        wait_until(lambda: len(parts.registry.in_session(1)) >= TAKEN_AT_ONCE, "no more are taken", timeout_s=60)
        hall = make_kiosk("hall")
        hall.wait_for_card("busy")
        asked_at = time.monotonic()
        make_kiosk("lobby", key).wait_for_card("ready")
        figures.add("flood: enrolment with a key in the middle of it", time.monotonic() - asked_at, unit="s", expected=10)
    finally:
        for sender in senders:
            answers.update(json.loads(sender.communicate()[0]))
    over_at = time.monotonic()
    grown, kept = resident_bytes(web) - held, used_bytes(parts) - stored
    hall.wait_for_card("pending")
    figures.add("flood: a display without a key waits, after it", time.monotonic() - over_at, unit="s", expected=60)

    asked_at = time.monotonic()
    listed = ada.get("/api/admin/livekit/displays?session_id=1").get_json()["displays"]
    figures.add("flood: admin's list of displays", time.monotonic() - asked_at, unit="s", expected=0.5)
    figures.add(f"flood: {count} hellos with their nonces", over_at - began_at, unit="s")
    figures.add("flood: growth of both stores", kept / MIB, unit="MiB", expected=6)
    figures.add("flood: growth of the program", grown / MIB, unit="MiB", expected=20)
    assert set(answers) <= {"200", "429", "503"}, answers
    assert sum(answers.values()) == count
    assert sum(display["state"] == "pending" for display in listed) <= MAX_PENDING
