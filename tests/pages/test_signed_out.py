"""Pages whose reader was signed out meanwhile: they say so, and lead back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.services.accounts import AccountRole
from controller.web import event_streams
from tests.pages.conftest import GOING_AWAY, PASSWORD
from tests.pages.test_looks import look
from tests.support.controller_app import MovableClock
from tests.support.served_controller import ServedController

Opened = Callable[..., Page]
SignedIn = Callable[..., None]

HALF_AN_HOUR_S = 31 * 60


@pytest.fixture
def app(make_app: Callable[..., Flask], clock: MovableClock) -> Flask:
    """The web application; its clock stands until it is moved."""
    clock.now = utc_now()
    return make_app()


@pytest.fixture(autouse=True)
def quick_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams ask at each look, and not only each 15 s, whether their reader may still read."""
    monkeypatch.setattr(event_streams, "RIGHT_CHECKED_S", 0.0)


@pytest.fixture(autouse=True)
def announced(announced_console: list[str]) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 401")


def come_back(page: Page, name: str) -> None:
    """Follow the link, and sign in again."""
    page.get_by_role("link", name="sign in again").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_a_dashboard_left_alone_says_that_it_is_signed_out(
    open_page: Opened, sign_in: SignedIn, clock: MovableClock, kind: str, width: int, height: int
) -> None:
    page = open_page(width, height)
    sign_in(page)
    expect(page.locator("#presenting")).to_have_text("Nobody presents.")
    clock.move(HALF_AN_HOUR_S)
    expect(page.get_by_role("alert").filter(has_text="Signed out")).to_have_text("Signed out: sign in again.")
    look(page, f"dashboard-signed-out-{kind}")
    come_back(page, "ada")
    expect(page.locator("#presenting")).to_have_text("Nobody presents.")
    expect(page.locator("#stale")).to_be_hidden()


def test_a_presenter_who_was_removed_is_told_on_their_page(open_page: Opened, sign_in: SignedIn, parts: Parts) -> None:
    page = open_page()
    sign_in(page, AccountRole.PRESENTER, "paula")
    expect(page.locator("#wall-count")).to_have_text("No display is approved yet.")
    parts.accounts.replace("paula", AccountRole.PRESENTER, PASSWORD, now=parts.clock())
    expect(page.locator("#wall-count")).to_have_text("Signed out: sign in again.")
    look(page, "present-signed-out")
    come_back(page, "paula")
    expect(page.locator("#wall-count")).to_have_text("No display is approved yet.")


def test_a_controller_that_is_only_away_signs_nobody_out(
    open_page: Opened, sign_in: SignedIn, controller: ServedController, announced_console: list[str]
) -> None:
    announced_console.extend(GOING_AWAY)
    page = open_page()
    sign_in(page)
    expect(page.locator("#presenting")).to_have_text("Nobody presents.")
    controller.stop()
    expect(page.locator("#stale")).to_contain_text("comes back by itself")
    controller.start()
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.get_by_text("Signed out")).to_have_count(0)
