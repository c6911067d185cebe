"""Every page at every width, light and dark: nothing is cut off, and a picture of each is kept to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.presenting import Claim
from controller.services.accounts import AccountRole
from controller.services.decisions import Order
from tests.support.announced_logs import AnnouncedLogs
from tests.support.device import Device
from tests.support.lab import OUTPUT
from tests.support.traffic import afternoon

Opened = Callable[..., Page]
SignedIn = Callable[..., None]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_nothing_is_cut_off(
    app: Flask,
    parts: Parts,
    open_page: Opened,
    sign_in: SignedIn,
    announced_logs: AnnouncedLogs,
    scheme: str,
    kind: str,
    width: int,
    height: int,
) -> None:
    announced_logs.allow("two machines use one display's key", "display not removed from the room yet")
    key = parts.enrolment_keys.create(label="first", max_uses=3, life=timedelta(days=1), now=utc_now()).key
    Device(app.test_client(), "hall").join(enrolment_key=key)
    Device(app.test_client(), "workshop").join(enrolment_key=key)
    code = str(Device(app.test_client(), "lobby-behind-the-second-door-on-the-left.example.org").join().pairing_code)
    copied = Device(app.test_client(), "workshop-left")
    copied.join(enrolment_key=key)
    parts.decisions.suspend(Order(copied.display_id, Actor(ActorKind.SYSTEM, "clone detection"), utc_now()))
    afternoon(parts)
    page = open_page(width, height, scheme)
    page.goto(f"{app_url(page, sign_in)}/")
    page.locator("#wall .display").first.wait_for()
    page.locator("#bandwidth-plot svg").wait_for()
    look(page, f"dashboard-{kind}-{scheme}")
    page.get_by_label("I stand at a screen").fill(code)
    page.get_by_role("button", name="Find this display").click()
    page.get_by_role("dialog").wait_for()
    look(page, f"approve-{kind}-{scheme}")
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("button", name="Change…: lobby-behind").click()
    page.get_by_role("dialog").get_by_label("It replaces").select_option("hall (normal)")
    look(page, f"change-{kind}-{scheme}")
    page.goto(f"{origin(page)}/enrolment-keys")
    page.get_by_text("Make a key").click()
    look(page, f"enrolment-keys-{kind}-{scheme}")
    page.goto(f"{origin(page)}/present")
    page.locator("#wall li").first.wait_for()
    look(page, f"present-{kind}-{scheme}")
    page.goto(f"{origin(page)}/audit")
    expect(page.get_by_text("display admitted").last).to_be_visible()
    look(page, f"audit-{kind}-{scheme}")
    page.context.clear_cookies()
    page.goto(f"{origin(page)}/login")
    look(page, f"login-{kind}-{scheme}")


def app_url(page: Page, sign_in: SignedIn) -> str:
    """Sign in and say where."""
    sign_in(page, AccountRole.ADMIN)
    return origin(page)


def origin(page: Page) -> str:
    """The controller's address."""
    return str(page.evaluate("location.origin"))


def look(page: Page, name: str) -> None:
    """Keep a picture, a JPEG: the colours of a card as PNG take half a second; nothing may stick out at the side."""
    path = OUTPUT / "pages" / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, type="jpeg", quality=90, full_page=True)
    assert page.evaluate(OVERFLOW) <= 0, f"{name} is wider than the screen"


A_SCREEN = """
navigator.mediaDevices.getDisplayMedia = async () => {
  window.screenShared = document.createElement("canvas");
  window.screenShared.getContext("2d").fillRect(0, 0, 10, 10);
  return window.screenShared.captureStream(5);
};
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_taking_over_is_offered_by_name_and_asked_again(
    parts: Parts,
    open_page: Opened,
    sign_in: SignedIn,
    announced_console: list[str],
    scheme: str,
    kind: str,
    width: int,
    height: int,
) -> None:
    announced_console += ["Failed to load resource: the server responded with a status of 409", "no preview: "]
    held = parts.leases.take(1, Claim("paula", "elsewhere"), last_heard=None, now=utc_now())
    page = open_page(width, height, scheme, script=A_SCREEN)
    sign_in(page, AccountRole.PRESENTER, "grace")
    page.get_by_text("No display is approved yet.").wait_for()
    page.get_by_role("button", name="Share my screen").click()
    offer = page.get_by_role("button", name="Take over from paula")
    offer.wait_for()
    look(page, f"present-taken-{kind}-{scheme}")
    offer.press("Enter")
    expect(page.get_by_role("dialog", name="Take over from paula?")).to_be_visible()
    expect(page.get_by_role("button", name="Leave them be")).to_be_focused()
    look(page, f"present-take-over-{kind}-{scheme}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert parts.leases.current(1) == held.lease


NO_CAPTURE = "delete MediaDevices.prototype.getDisplayMedia;"


def test_a_browser_that_cannot_share_is_told_so_before_it_tries(open_page: Opened, sign_in: SignedIn) -> None:
    page = open_page(360, 740, script=NO_CAPTURE)
    sign_in(page, AccountRole.PRESENTER, "paula")
    expect(page.locator("#problem")).to_contain_text("phones and tablets cannot")
    expect(page.get_by_role("button", name="Share my screen")).to_be_disabled()
    look(page, "present-phone-cannot")


def test_a_wrong_password_is_said_and_the_name_kept(open_page: Opened, sign_in: SignedIn, announced_console: list[str]) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 401")
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    assert "do not fit together" in page.get_by_role("alert").inner_text()
    look(page, "login-wrong")
