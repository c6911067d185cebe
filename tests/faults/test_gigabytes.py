"""What an hour costs, through the real chain: 4 Mbit/s at 15 frames a second to five displays, as payload and on the card.

Two displays are real kiosks, three are pages of one more browser, each with a connection of its own. The card is the one on which
the SFU is reached; what the running monitor and steward make of it is compared with its counters. Three minutes, and never above
13 GB an hour, whatever the host bills."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Playwright

from controller.services.display_bytes import sent_for
from controller.services.sfu_metrics import SfuMetrics
from onebox.box import Account
from onebox.ports import LOOPBACK
from onebox.presenter import CHROMIUM_FLAGS, chromium_path
from onebox.waiting import wait_until
from tests.faults.page_displays import PageDisplay
from tests.faults.wall import Wall
from tests.faults.walls import Walls
from tests.support.figures import Figure, Figures
from wire.admin import DisplayList, DisplayView
from wire.bandwidth import BandwidthStatus
from wire.display import Reception

PAGES, DISPLAYS = 3, 5
MEASURED_S = 180.0
BEATS_EVERY_S = 5.0
MOST_GIGABYTES = 13.0
PERCENT = 3.0


@dataclass(frozen=True)
class Look:
    """How things stood at a moment."""

    at_s: float
    received_bytes: int
    sent_bytes: int
    """Both by the card itself."""
    sfu_bytes: int
    """By the SFU's metrics, as on the card."""
    status: BandwidthStatus
    displays: DisplayList


class Admin:
    """Signed in over HTTP, as the dashboard is."""

    def __init__(self, url: str, account: Account) -> None:
        self._url, self._http = url, requests.Session()
        form = {"name": account.name, "password": account.password}
        self._http.post(f"{url}/login", data=form, headers={"Origin": url}, timeout=20).raise_for_status()

    def status(self) -> BandwidthStatus:
        """What the dashboard says of the bandwidth."""
        return BandwidthStatus.parse(self._get("bandwidth/status"))

    def displays(self) -> DisplayList:
        """What it says of the displays."""
        return DisplayList.parse(self._get("livekit/displays?session_id=1"))

    def protect_all(self) -> None:
        """Let the quality guard take nothing from any display: an hour of all of it is measured."""
        for view in self.displays().displays:
            path = f"{self._url}/api/admin/livekit/displays/{view.display_id}/approve"
            wanted = {"session_id": view.session_id, "role": "protected"}
            self._http.post(path, json=wanted, headers={"Origin": self._url}, timeout=20).raise_for_status()

    def _get(self, path: str) -> bytes:
        response = self._http.get(f"{self._url}/api/admin/{path}", timeout=20)
        response.raise_for_status()
        return response.content


@pytest.fixture
def busy_wall(walls: Walls, playwright: Playwright) -> Iterator[tuple[Wall, list[PageDisplay]]]:
    """Five displays, and a picture that moves."""
    wall = walls.get(BANDWIDTH_SAMPLE_INTERVAL_SECONDS="1")
    wall.lab.stage.tell_picture("motion")
    browser = browser_on_its_own_machine(wall, playwright)
    folder, key = wall.lab.folder.path, wall.box.make_enrolment_key("pages", uses=PAGES)
    controller, sfu = (f"http://{wall.network.address}:{relay.port}" for relay in (wall.to_controller, wall.to_sfu))
    pages = [
        PageDisplay(number, folder=folder, controller=controller, sfu=sfu, browser=browser, enrolment_key=key)
        for number in range(PAGES)
    ]
    yield wall, pages
    for page in pages:
        page.close()
    browser.close()
    walls.end()


def browser_on_its_own_machine(wall: Wall, playwright: Playwright) -> Browser:
    """Where the pages are."""
    program = wall.network.add_host("g").program(chromium_path(), wall.lab.folder.path / "pages-chromium")
    return playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS), chromium_sandbox=os.geteuid() != 0)


def look(wall: Wall, admin: Admin) -> Look:
    """How things stand."""
    card = Path("/sys/class/net") / wall.network.name / "statistics"
    received, sent = (int((card / f"{way}_bytes").read_text()) for way in ("rx", "tx"))
    sfu = SfuMetrics(f"http://{LOOPBACK}:{wall.box.ports.sfu_metrics}/metrics").sent()
    assert sfu is not None, "the SFU tells its metrics"
    return Look(time.monotonic(), received, sent, sfu.all_bytes, admin.status(), admin.displays())


@dataclass(frozen=True)
class Came:
    """What displays say of a second, all together."""

    payload_bytes: float
    on_card_bytes: float


def came(before: Look, after: Look) -> Came:
    """By the displays' own counts and the moments of their reports."""
    earlier, payload, on_card = {view.display_id: told(view) for view in before.displays.displays}, 0.0, 0.0
    for view in after.displays.displays:
        (now, at), (then, then_at) = told(view), earlier[view.display_id]
        seconds = (at - then_at).total_seconds()
        payload += (now.received_bytes - then.received_bytes) / seconds
        on_card += (sent_for(now) - sent_for(then)) / seconds
    return Came(payload, on_card)


def told(view: DisplayView) -> tuple[Reception, datetime]:
    """What a display has received of its track, and when it said so."""
    reception = view.viewer.reception if view.viewer is not None else None
    assert reception is not None, f"{view.name} receives nothing"
    assert view.last_seen is not None
    return reception, view.last_seen


def test_an_hour_of_five_displays(busy_wall: tuple[Wall, list[PageDisplay]], figures: Figures) -> None:
    wall, pages = busy_wall
    admin = Admin(wall.box.url, wall.box.make_account("ada", "admin"))
    admin.protect_all()
    wait_until(lambda: all(page.beat() for page in pages), "the picture comes to every page", timeout_s=60)
    pass_by(pages, 4 * BEATS_EVERY_S)
    before = look(wall, admin)
    pass_by(pages, MEASURED_S)
    after = look(wall, admin)

    seconds = after.at_s - before.at_s
    sent, received = after.sent_bytes - before.sent_bytes, after.received_bytes - before.received_bytes
    per_hour = 3_600 / 1e9
    displays = came(before, after)
    counted = {"payload": displays.payload_bytes, "tx": sent / seconds, "rx+tx": (sent + received) / seconds}
    for what, rate in counted.items():
        figures.add(f"an hour of five displays, {what}", rate * per_hour, unit="GB", expected=MOST_GIGABYTES)
    figures.add("sent to one display", 8 * displays.payload_bytes / DISPLAYS / 1e6, unit="Mbit/s")
    said = after.status.used_bytes - before.status.used_bytes
    figures.add("dashboard against card", 100 * abs(said - sent - received) / (sent + received), unit="%", expected=PERCENT)
    unexplained = 1 - displays.on_card_bytes * seconds / sent
    figures.take(Figure("card against displays", "%", PERCENT), 100 * abs(unexplained))
    sfu = after.sfu_bytes - before.sfu_bytes
    figures.take(Figure("card against SFU", "%", PERCENT), 100 * abs(1 - sfu / sent))
    assert counted["rx+tx"] * per_hour <= MOST_GIGABYTES
    assert abs(said - sent - received) <= PERCENT / 100 * (sent + received)


def pass_by(pages: list[PageDisplay], seconds: float) -> None:
    """Let time pass in which the pages say how they are."""
    began_s = time.monotonic()
    for beat in range(1, round(seconds / BEATS_EVERY_S) + 1):
        for page in pages:
            assert page.beat(), "a page receives no more"
        wait_for(began_s + beat * BEATS_EVERY_S)


def wait_for(moment_s: float) -> None:
    """Until a moment of the monotonic clock."""
    wait_until(lambda: time.monotonic() >= moment_s, "the next beat is due", timeout_s=60)
