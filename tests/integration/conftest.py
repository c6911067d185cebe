"""The controller over real stores and a real SFU; guests in a real browser."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from controller import settings
from controller.parts import Parts
from controller.steward import Steward
from onebox.presenter import CHROMIUM_FLAGS, chromium_path
from tests.support.caddy import Caddy
from tests.support.controller_app import open_app
from tests.support.guest import Guest
from tests.support.served_controller import ServedController
from tests.support.sfu import API_KEY, API_SECRET, Sfu

_numbers = itertools.count(1)


@pytest.fixture
def livekit(sfu: Sfu) -> settings.LiveKitSettings:
    """The running SFU, with room names that no other test has."""
    return settings.LiveKitSettings(
        url=sfu.url,
        api_url=sfu.api_url,
        api_key=API_KEY,
        api_secret=API_SECRET,
        token_ttl_s=120,
        room_prefix=f"test-{next(_numbers)}-",
    )


@pytest.fixture
def app(wanted: settings.Settings, livekit: settings.LiveKitSettings) -> Iterator[Flask]:
    """The web application with an SFU that answers; its clock is the real one, as the SFU's is."""
    with open_app(replace(wanted, livekit=livekit)) as opened:
        yield opened


@pytest.fixture
def parts(app: Flask) -> Parts:
    """Its parts."""
    found: Parts = app.extensions["marquee"]
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium_path(), args=list(CHROMIUM_FLAGS), chromium_sandbox=os.geteuid() != 0
        )
        yield found
        found.close()


@pytest.fixture
def make_guest(browser: Browser, sfu: Sfu) -> Iterator[Callable[[], Guest]]:
    """Somebody with LiveKit's own client."""
    guests: list[Guest] = []

    def make() -> Guest:
        guests.append(Guest(browser, sfu.api_url))
        return guests[-1]

    yield make
    for guest in guests:
        guest.close()


@pytest.fixture
def tries(rounds: int) -> int:
    """How often somebody tries to come back: ten times, and fifty in the full run."""
    return 50 if rounds >= 30 else 10


@pytest.fixture
def controller(app: Flask, sfu: Sfu) -> Iterator[ServedController]:
    """A controller where the SFU expects it."""
    served = ServedController(app, sfu.webhook_port)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def proxy(controller: ServedController, sfu: Sfu, tmp_path: Path) -> Iterator[Caddy]:
    """The proxy before that controller and the SFU."""
    caddy = Caddy(tmp_path, controller_port=controller.port, sfu_port=int(sfu.url.rpartition(":")[2]))
    caddy.start()
    yield caddy
    caddy.stop()


@pytest.fixture
def steward(parts: Parts, controller: ServedController) -> Iterator[None]:
    """The steward, whom the SFU reaches through the controller."""
    del controller
    stop = threading.Event()
    running = threading.Thread(target=Steward(parts).run, args=(stop,), name="steward")
    running.start()
    yield
    stop.set()
    running.join()
