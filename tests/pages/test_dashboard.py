"""The dashboard in a real browser: it follows what happens by itself, and each act says what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.decisions import Order
from tests.pages.conftest import GOING_AWAY
from tests.support.announced_logs import AnnouncedLogs
from tests.support.device import Device
from tests.support.lab import OUTPUT
from tests.support.served_controller import ServedController
from wire.display import State

Opened = Callable[..., Page]
SignedIn = Callable[..., None]


def test_a_new_display_appears_without_reloading_and_moves_when_it_is_approved(
    app: Flask, open_page: Opened, sign_in: SignedIn
) -> None:
    page = open_page()
    sign_in(page)
    expect(page.locator("#waiting-none")).to_be_visible()
    lobby = Device(app.test_client(), "lobby")
    lobby.join()
    row = page.locator("#waiting .display")
    expect(row).to_contain_text("lobby")
    row.get_by_role("button", name="Approve as protected: lobby").click()
    expect(page.locator("#wall .display")).to_contain_text("protected")
    expect(page.locator("#wall .result")).to_have_text("Approved as protected.")
    expect(page.locator("#wall-count")).to_have_text("1 of 5 places taken")
    expect(page.locator("#waiting-none")).to_be_visible()


def test_the_room_is_locked_after_a_question_and_the_dashboard_says_what_became_of_it(
    parts: Parts, open_page: Opened, sign_in: SignedIn, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("room not ended yet")
    page = open_page()
    sign_in(page)
    button = page.get_by_role("button", name="Lock the room").first
    button.click()
    page.get_by_role("button", name="Keep it").click()
    assert parts.sessions.get(1).epoch == 1
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Lock the room").click()
    expect(page.locator("#lock-result")).to_contain_text("The room is marquee-1-2 now, but the media server does not answer")
    page.screenshot(path=OUTPUT / "pages" / "dashboard-locked.png", full_page=True)


def test_the_keyboard_alone_can_approve(app: Flask, open_page: Opened, sign_in: SignedIn) -> None:
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    button = page.get_by_role("button", name="Approve as normal: lobby")
    button.wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#wall .display")).to_contain_text("normal")


def test_a_refused_act_says_why_on_the_displays_own_row(
    app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn, announced_console: list[str]
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 409")
    key = parts.enrolment_keys.create(label="test", max_uses=5, life=timedelta(days=1), now=utc_now()).key
    for number in range(5):
        Device(app.test_client(), f"hall {number}").join(enrolment_key=key)
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Approve as normal: lobby").click()
    expect(page.locator("#waiting .result")).to_contain_text("has its 5 approved displays")
    expect(page.locator("#waiting .display")).to_contain_text("lobby")


def test_revoke_asks_first_and_can_be_taken_back(
    app: Flask, open_page: Opened, sign_in: SignedIn, announced_logs: object
) -> None:
    announced_logs.allow("display not removed from the room yet")  # type: ignore[attr-defined]
    lobby = Device(app.test_client(), "lobby")
    lobby.join()
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Approve as normal: lobby").click()
    revoke = page.get_by_role("button", name="Revoke: lobby")
    revoke.click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#wall .display")).to_contain_text("lobby")
    revoke.click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#away .display")).to_contain_text("revoked")
    page.get_by_role("button", name="Let it wait again: lobby").click()
    expect(page.locator("#waiting .display")).to_contain_text("lobby")


def test_a_controller_that_goes_is_missed_and_welcomed_back(
    app: Flask, controller: ServedController, open_page: Opened, sign_in: SignedIn, announced_console: list[str]
) -> None:
    announced_console.extend(GOING_AWAY)
    page = open_page()
    sign_in(page)
    expect(page.locator("#presenting")).to_have_text("Nobody presents.")
    controller.stop()
    expect(page.locator("#stale")).to_contain_text("comes back by itself")
    controller.start()
    Device(app.test_client(), "lobby").join()
    expect(page.locator("#waiting .display")).to_contain_text("lobby", timeout=15_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_names_of_displays_are_text_and_never_markup(app: Flask, open_page: Opened, sign_in: SignedIn) -> None:
    Device(app.test_client(), "<img src=x onerror=alert(1)></script><script>alert(1)</script>").join()
    page = open_page()
    sign_in(page)
    expect(page.locator("#waiting .name")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#waiting img").count() == 0
    page.reload()
    expect(page.locator("#waiting .name")).to_contain_text(re.compile("^<img"))


def test_a_display_gets_another_name_and_keeps_its_place(app: Flask, open_page: Opened, sign_in: SignedIn) -> None:
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Approve as normal: lobby").click()
    expect(page.locator("#wall .name")).to_have_text("lobby")
    page.get_by_role("button", name="Change…: lobby").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("Lobby, left")
    page.keyboard.press("Enter")
    expect(page.locator("#wall .name")).to_have_text("Lobby, left")
    expect(page.locator("#wall .result")).to_have_text("It is called Lobby, left.")
    expect(page.get_by_role("button", name="Revoke: Lobby, left")).to_be_visible()


def test_a_display_moves_to_another_session(app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn) -> None:
    parts.sessions.make("Side stage", by=Actor(ActorKind.SYSTEM, "a test"), at=utc_now())
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Change…: lobby").click()
    page.get_by_role("dialog").get_by_label("Session").select_option("Side stage")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#waiting-none")).to_be_visible()
    expect(page.get_by_role("link", name="Side stage")).to_have_attribute("href", "/?session_id=2")
    page.goto(f"{page.url}?session_id=2")
    expect(page.locator("#waiting .name")).to_have_text("lobby")


def test_a_display_takes_the_place_of_an_old_one(
    app: Flask, open_page: Opened, sign_in: SignedIn, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    Device(app.test_client(), "hall").join()
    page = open_page()
    sign_in(page)
    page.get_by_role("button", name="Approve as protected: hall").click()
    expect(page.locator("#wall .name")).to_have_text("hall")
    Device(app.test_client(), "new machine").join()
    page.get_by_role("button", name="Change…: new machine").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("It replaces").select_option("hall (protected)")
    expect(dialog.get_by_text("whose key is revoked")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_be_disabled()
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#wall .display")).to_have_count(1)
    expect(page.locator("#wall .result")).to_have_text("It is hall now; the old display is revoked.")
    expect(page.locator("#away .display")).to_contain_text("revoked")


def test_a_page_that_shows_an_older_state_decides_nothing(
    app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn, announced_console: list[str]
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 409")
    lobby = Device(app.test_client(), "lobby")
    lobby.join()
    page = open_page(script="window.EventSource = class { addEventListener() {} close() {} };")
    sign_in(page)
    page.get_by_role("button", name="Reject: lobby").wait_for()
    lobby.hostname = "moved to another room"
    lobby.join()
    page.get_by_role("button", name="Reject: lobby").click()
    expect(page.locator("#waiting .result")).to_contain_text("has changed since you saw it")
    assert parts.registry.get(lobby.display_id).state is State.PENDING


def type_code(page: Page, code: str) -> None:
    """As somebody who stands at a screen."""
    page.get_by_label("I stand at a screen").fill(code)
    expect(page.get_by_role("button", name="Find this display")).to_be_enabled()
    page.keyboard.press("Enter")


def test_who_stands_at_a_screen_types_its_code_and_approves_it(app: Flask, open_page: Opened, sign_in: SignedIn) -> None:
    Device(app.test_client(), "hall").join()
    code = str(Device(app.test_client(), "lobby").join().pairing_code)
    page = open_page()
    sign_in(page)
    type_code(page, code.lower().replace("-", ""))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value("lobby")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(page.locator(".display--here")).to_contain_text("lobby")
    dialog.get_by_label("Name").fill("Lobby left")
    dialog.get_by_role("radio", name=re.compile("^Protected")).check()
    page.keyboard.press("Enter")
    expect(page.locator("#wall .display")).to_contain_text("Lobby left")
    expect(page.locator("#wall .display")).to_contain_text("ada, at its screen")
    expect(page.locator("#pairing-result")).to_have_text("Lobby left is approved as protected.")
    expect(page.locator("#waiting .display")).to_have_count(1)


def test_a_wrong_code_is_said_and_nothing_is_approved(
    app: Flask, open_page: Opened, sign_in: SignedIn, announced_console: list[str]
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 404")
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    expect(page.get_by_role("button", name="Find this display")).to_be_enabled()
    for typed, words in (("hello", "four consonants, a dash"), ("BCDF-GHJK", "no waiting display shows this code")):
        page.get_by_label("I stand at a screen").fill(typed)
        page.get_by_role("button", name="Find this display").click()
        expect(page.locator("#pairing-result")).to_contain_text(words)
    expect(page.locator("#waiting .display")).to_contain_text("lobby")


def test_thinking_better_of_it_leads_back_to_the_row(app: Flask, open_page: Opened, sign_in: SignedIn) -> None:
    code = str(Device(app.test_client(), "lobby").join().pairing_code)
    page = open_page()
    sign_in(page)
    for key in ("Escape", "Enter"):
        type_code(page, code)
        page.get_by_role("button", name="Not now").focus()
        page.keyboard.press(key)
        expect(page.locator("#pairing-result")).to_have_text("lobby still waits.")
        expect(page.locator("#waiting .display")).to_be_focused()


def test_a_refused_approval_is_said_in_the_dialog(
    app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn, announced_console: list[str]
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 409")
    lobby = Device(app.test_client(), "lobby")
    code = str(lobby.join().pairing_code)
    page = open_page()
    sign_in(page)
    type_code(page, code)
    page.get_by_role("dialog").wait_for()
    key = parts.enrolment_keys.create(label="test", max_uses=5, life=timedelta(days=1), now=utc_now()).key
    for number in range(5):
        Device(app.test_client(), f"hall {number}").join(enrolment_key=key)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="has its 5 approved displays")).to_be_visible()


def test_a_display_whose_key_is_shared_is_resolved_by_an_admin(
    app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("two machines use one display's key")
    lobby = Device(app.test_client(), "lobby")
    lobby.join()
    page = open_page()
    sign_in(page)
    expect(page.locator("#waiting .display")).to_contain_text("lobby")
    parts.decisions.suspend(Order(lobby.display_id, Actor(ActorKind.SYSTEM, "clone detection"), utc_now()))
    expect(page.locator("#waiting .display")).to_contain_text("Two machines use its key")
    page.get_by_role("button", name="Resolve: lobby").click()
    page.locator("#confirm-yes").click()
    expect(page.get_by_role("button", name="Approve as normal: lobby")).to_be_visible()
