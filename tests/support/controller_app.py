"""The controller's web application over real stores, with a clock that tests move, and no SFU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from controller import settings
from controller.app import create_app
from controller.parts import Clock, Parts, utc_now
from controller.services import passwords
from controller.services.accounts import AccountRole
from tests.support.device import Device
from tests.support.person import Person

SECRET = "0123456789abcdef0123456789abcdef"
NOWHERE = "ws://127.0.0.1:9"
"""The discard port: nobody listens."""


MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class MovableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as always, only with less work: each test makes accounts."""
    monkeypatch.setattr(passwords, "HASHING_PASSES", 1)
    monkeypatch.setattr(passwords, "HASHING_MEMORY_KIB", 8)


@pytest.fixture
def wanted(state_store: str, live_store: str, quick_hashing: None) -> settings.Settings:
    """Settings over the test stores."""
    del quick_hashing
    return settings.read(
        {
            "REDIS_URL": state_store,
            "REDIS_LIVE_URL": live_store,
            "CONTROLLER_SECRET_KEY": SECRET,
            "LIVEKIT_URL": NOWHERE,
            "LIVEKIT_API_KEY": "marquee",
            "LIVEKIT_API_SECRET": SECRET,
        }
    )


@pytest.fixture(scope="session")
def shared_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(shared_clock: MovableClock) -> MovableClock:
    shared_clock.now = MORNING
    return shared_clock


@contextmanager
def open_app(wanted: settings.Settings, clock: Clock = utc_now) -> Iterator[Flask]:
    """An app whose threads and connections end with the block; its clock is the real one where none is given."""
    app = create_app(wanted, clock)
    try:
        yield app
    finally:
        _close(app.extensions["marquee"])


def _close(parts: Parts) -> None:
    """Close what a program keeps open until it ends."""
    parts.push.close()
    for store in (parts.stores.state, parts.stores.live):
        cast(redis.Redis, store).connection_pool.disconnect()


@pytest.fixture(scope="session")
def shared_apps() -> Iterator[Callable[[settings.Settings, Clock], Flask]]:
    """Apps that serve many tests: joining the routes takes 40 ms, and an app keeps all it knows in the stores."""
    with ExitStack() as open_ones:

        @cache
        def shared(wanted: settings.Settings, clock: Clock) -> Flask:
            return open_ones.enter_context(open_app(wanted, clock))

        yield shared


@pytest.fixture
def make_app(wanted: settings.Settings, clock: MovableClock) -> Iterator[Callable[..., Flask]]:
    """Make an app of its own whose settings differ in the named fields."""
    with ExitStack() as open_ones:

        def make(**changes: object) -> Flask:
            return open_ones.enter_context(open_app(replace(wanted, **changes), clock))  # type: ignore[arg-type]

        yield make


@pytest.fixture
def app(shared_apps: Callable[[settings.Settings, Clock], Flask], wanted: settings.Settings, clock: MovableClock) -> Flask:
    """The app over empty stores; whoever changes the app itself makes one of their own."""
    return shared_apps(wanted, clock)


@pytest.fixture
def parts(app: Flask) -> Parts:
    found: Parts = app.extensions["marquee"]
    return found


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as found:
        yield found


@pytest.fixture
def lobby(app: Flask) -> Device:
    return Device(app.test_client(), "lobby")


@pytest.fixture
def hall(app: Flask) -> Device:
    return Device(app.test_client(), "hall")


@pytest.fixture
def ada(app: Flask, parts: Parts, clock: MovableClock) -> Person:
    """An admin, signed in."""
    return person(app, parts, clock, "ada", AccountRole.ADMIN)


@pytest.fixture
def paula(app: Flask, parts: Parts, clock: MovableClock) -> Person:
    """A presenter, signed in."""
    return person(app, parts, clock, "paula", AccountRole.PRESENTER)


def person(app: Flask, parts: Parts, clock: MovableClock, name: str, role: AccountRole) -> Person:
    """Somebody with an account, signed in before the test began: the audit log tells nothing of it."""
    account = parts.accounts.add(name, role, "correct horse battery", now=clock())
    found = Person(app.test_client(), name, "correct horse battery")
    found.client.set_cookie("marquee", parts.browser_sessions.begin(account, parts.clock(), address="127.0.0.1"))
    return found
