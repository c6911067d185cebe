"""The bandwidth budget as everybody sees it: real bytes on a card reach its thresholds, an admin lifts it, midnight undoes it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.services.accounts import AccountRole
from controller.services.network_cards import NetworkCards
from controller.settings import Settings
from kiosk.lifecycle import StateHeard
from kiosk.page_server import PageCalls, PageServer
from kiosk.view import view
from onebox.waiting import wait_until
from tests.fast.kiosk.test_lifecycle import after
from tests.faults.namespaces import Host, Network, NoNamespaces
from tests.pages.test_cards import refuse
from tests.pages.test_looks import look
from tests.support.controller_app import open_app
from tests.support.device import Device
from tests.support.samples import Monitor
from tests.support.stewards import steward_in_office
from wire.display import Role

Opened = Callable[..., Page]
SignedIn = Callable[..., None]

MEGABYTE = 1_000_000
NOTICES_WITHIN_S = 5.0
"""Two seconds after the last address came, and an IPv6 address takes two to come."""

WARN, CRITICAL, EXHAUSTED = 5 * MEGABYTE, 10 * MEGABYTE, 15 * MEGABYTE


class GivenClock:
    """The real time as if the test had begun at noon, until another is given."""

    def __init__(self) -> None:
        now = utc_now()
        self.ahead = now.replace(hour=12, minute=0, second=0) - now

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock()


@pytest.fixture
def app(wanted: Settings, clock: GivenClock) -> Iterator[Flask]:
    """With a budget of a few megabytes sent."""
    limits = replace(wanted.bandwidth, warn_bytes=WARN, critical_bytes=CRITICAL, budget_bytes=EXHAUSTED)
    with open_app(replace(wanted, bandwidth=limits), clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Network, Host]]:
    """A machine to send to, and the network whose bytes are counted."""
    try:
        network = Network()
    except NoNamespaces as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no network namespaces: {error}")
    made = network.add_host("d1")
    browsers_have_noticed()
    yield network, made
    network.close()
    browsers_have_noticed()


def browsers_have_noticed() -> None:
    """Wait until Chromium has noticed that networks came or went: it does so within seconds, and drops what is under way then."""
    noticed_s = time.monotonic() + NOTICES_WITHIN_S
    wait_until(lambda: time.monotonic() >= noticed_s, "browsers have noticed the networks", timeout_s=60)


class Day:
    """Bytes that pass a real card, a monitor and a steward."""

    def __init__(self, parts: Parts, clock: GivenClock, network: Network, host: Host) -> None:
        self._parts, self._clock, self._host = parts, clock, host
        self._cards, self._monitor, self._steward = NetworkCards(network.name), Monitor(parts), steward_in_office(parts)
        self.pass_by()

    def reach(self, state: str, sent_bytes: int) -> None:
        """Send until so much was sent today, and let the steward look: it must be the state now."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while self._used() < sent_bytes:
                for _ in range(100):
                    sender.sendto(bytes(1_400), (self._host.address, 4_999))
                self._count()
        self.pass_by()
        assert self._parts.budget_decisions.last().decision.state == state

    def pass_by(self) -> None:
        """Let the monitor count and the steward look."""
        self._count()
        assert self._steward.enter_office()
        self._steward.keep_budget(self._clock())

    def end(self) -> None:
        """Let midnight come."""
        now = self._clock()
        self._clock.ahead += now.replace(hour=0, minute=0, second=1) + timedelta(days=1) - now
        self.pass_by()

    def _used(self) -> int:
        return self._parts.bandwidths.status(self._clock()).used_bytes

    def _count(self) -> None:
        """The machine's uptime goes with the clock that is given."""
        sample = self._cards.sample(self._clock())
        self._monitor.add(replace(sample, uptime_s=sample.uptime_s + self._clock.ahead.total_seconds() + 86_400))


@pytest.fixture
def today(parts: Parts, clock: GivenClock, host: tuple[Network, Host]) -> Day:
    return Day(parts, clock, *host)


@pytest.fixture
def kiosk_page() -> Iterator[PageServer]:
    """A kiosk's page without the kiosk."""
    served = PageServer(PageCalls(report=lambda report: None, room_token=refuse, still=refuse))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def card(kiosk_page: PageServer, open_page: Opened) -> Callable[[Device], str]:
    """The title of a display's card, as its page draws it when it has heard its state."""
    page, seen = open_page(1920, 1080), set[str]()

    def drawn(device: Device) -> str:
        wanted = view(after(StateHeard(device.beat())))
        kiosk_page.show(replace(wanted, joins=False), 0.0)
        page.goto(kiosk_page.url)
        page.get_by_role("heading", name=wanted.card.title).wait_for()
        if wanted.card.kind not in seen:
            look(page, f"budget-card-{wanted.card.kind}")
            seen.add(wanted.card.kind)
        return page.get_by_role("heading").inner_text()

    return drawn


def joined(app: Flask, parts: Parts, name: str, role: Role) -> Device:
    """A display that is approved and heard."""
    made = Device(app.test_client(), name)
    key = parts.enrolment_keys.create(label=name, max_uses=1, life=timedelta(days=1), now=parts.clock()).key
    made.join(enrolment_key=key)
    made.beat()
    if role is Role.PROTECTED:
        record = parts.registry.get(made.display_id)
        parts.registry.refresh(record, replace(record, role=role, revision=record.revision + 1))
    return made


def test_a_day_of_the_budget(
    app: Flask, parts: Parts, today: Day, open_page: Opened, sign_in: SignedIn, card: Callable[[Device], str]
) -> None:
    lobby, hall = joined(app, parts, "lobby", Role.PROTECTED), joined(app, parts, "hall", Role.NORMAL)
    dashboard, presenting = open_page(1200, 900), open_page(1000, 900)
    sign_in(dashboard)
    sign_in(presenting, AccountRole.PRESENTER, "paula")
    notice, told = dashboard.locator("#budget"), presenting.locator("#wall-budget")
    expect(dashboard.locator("#waiting-cost")).to_contain_text("4.0 Mbit/s, 1.800 GB an hour")
    expect(notice).to_be_hidden()
    expect(told).to_be_hidden()

    today.reach("warn", WARN)
    for seen in (notice, told):
        expect(seen).to_contain_text("above the warning")
    expect(dashboard.locator("#budget-lift")).to_be_hidden()

    today.reach("critical", CRITICAL)
    workshop = joined(app, parts, "workshop", Role.NORMAL)
    for seen in (notice, told):
        expect(seen).to_contain_text("no more displays join")
    expect(dashboard.locator("#wall .display", has_text="workshop")).to_contain_text("kept out by the bandwidth budget")
    expect(presenting.locator("#wall li", has_text="workshop")).to_contain_text("kept out by the bandwidth budget")
    assert [card(device) for device in (lobby, hall, workshop)] == ["lobby", "hall", "No more displays join today"]
    look(dashboard, "budget-critical-dashboard")
    look(presenting, "budget-critical-presenter")

    today.reach("exhausted", EXHAUSTED)
    expect(notice).to_contain_text("bandwidth is used up")
    assert [card(device) for device in (lobby, hall)] == ["lobby", "Today's bandwidth is used up"]

    dashboard.get_by_role("button", name="Lift the budget for today").click()
    look(dashboard, "budget-question")
    dashboard.get_by_role("button", name="Keep it").click()
    assert card(hall) == "Today's bandwidth is used up"
    dashboard.get_by_role("button", name="Lift the budget for today").click()
    dashboard.get_by_role("button", name="Lift it").click()
    for seen in (notice, told):
        expect(seen).to_contain_text("An admin lifted the budget for today")
    assert [card(device) for device in (hall, workshop)] == ["hall", "workshop"]
    dashboard.get_by_role("button", name="Keep the budget again").click()
    expect(dashboard.get_by_role("button", name="Lift the budget for today")).to_be_visible()
    assert card(hall) == "Today's bandwidth is used up"

    today.end()
    for seen in (notice, told):
        expect(seen).to_be_hidden()
    assert [card(device) for device in (lobby, hall, workshop)] == ["lobby", "hall", "workshop"]
    assert dashboard.locator("#bandwidth-state").inner_text() == "● within the budget"


def test_the_notice_fits(today: Day, open_page: Opened, sign_in: SignedIn) -> None:
    today.reach("exhausted", EXHAUSTED)
    for number, (scheme, width) in enumerate((("light", 360), ("dark", 1200), ("dark", 360))):
        page = open_page(width, 800, scheme)
        sign_in(page, AccountRole.ADMIN, f"ada-{number}")
        expect(page.get_by_role("button", name="Lift the budget for today")).to_be_visible()
        look(page, f"budget-{width}-{scheme}")
        page.goto(page.url.rstrip("/") + "/present")
        expect(page.locator("#wall-budget")).to_contain_text("bandwidth is used up")
        look(page, f"budget-presenter-{width}-{scheme}")
