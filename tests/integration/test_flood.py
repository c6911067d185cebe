"""Ten thousand bogus registrations: the caps hold, memory does not grow with them, and a display with a key still gets in."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import cast

import redis
from flask import Flask

from controller.parts import Parts
from controller.services.display_registry import MAX_PENDING
from tests.support.device import Device
from tests.support.figures import Figures
from tests.support.person import Person
from wire.display import State

BOGUS = 10_000
ADDRESSES = 50
MIB = 1024 * 1024


def used_bytes(parts: Parts) -> int:
    """What both stores hold."""
    stores = (parts.stores.state, parts.stores.live)
    return sum(cast(redis.Redis, store).info("memory")["used_memory"] for store in stores)


def own_bytes() -> int:
    """The most this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def knock(app: Flask, number: int) -> int:
    """A display that nobody knows says hello."""
    parts: Parts = app.extensions["marquee"]
    device = Device(app.test_client(), f"bogus {number}")
    body = device.hello_body()
    headers = device.signed_headers(body, parts.device_identity.issue_nonce(parts.clock()))
    environ = {"REMOTE_ADDR": f"203.0.113.{number % ADDRESSES}"}
    return device.client.post("/api/device/v1/hello", data=body, headers=headers, environ_base=environ).status_code


def test_a_flood_of_bogus_displays(app: Flask, parts: Parts, ada: Person, figures: Figures) -> None:
    key = parts.enrolment_keys.create(label="site", max_uses=1, life=timedelta(days=1), now=parts.clock()).key
    knock(app, 0)
    stored, held, began_at = used_bytes(parts), own_bytes(), time.monotonic()

    def enrol() -> float:
        asked_at = time.monotonic()
        assert Device(app.test_client(), "lobby").join(enrolment_key=key).state is State.APPROVED
        return time.monotonic() - asked_at

    with ThreadPoolExecutor(8) as pool:
        before = pool.map(lambda number: knock(app, number), range(BOGUS // 2))
        enrolling = pool.submit(enrol)
        after = pool.map(lambda number: knock(app, number), range(BOGUS // 2, BOGUS))
        answers, took_s = [*before, *after], enrolling.result()

    asked_at = time.monotonic()
    listed = ada.get("/api/admin/livekit/displays?session_id=1").get_json()["displays"]
    figures.add("flood: admin's list of displays", time.monotonic() - asked_at, unit="s", expected=0.5)
    figures.add("flood: enrolment in the middle of it", took_s, unit="s", expected=10)
    figures.add("flood: ten thousand hellos", time.monotonic() - began_at, unit="s")
    figures.add("flood: growth of both stores", (used_bytes(parts) - stored) / MIB, unit="MiB", expected=6)
    figures.add("flood: growth of the process", (own_bytes() - held) / MIB, unit="MiB", expected=20)
    assert set(answers) <= {200, 429, 503}
    pending = [display for display in listed if display["state"] == "pending"]
    assert len(pending) <= MAX_PENDING
    assert answers.count(200) <= MAX_PENDING
