"""Sessions in a real browser: made, renamed, chosen, put away and brought back, also under the eyes of another admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.rules.audit_chain import Actor, ActorKind
from tests.pages.test_looks import look, origin
from tests.support.device import Device
from wire.display import State

Opened = Callable[..., Page]
SignedIn = Callable[..., None]

GRACE = Actor(ActorKind.ACCOUNT, "grace")


@pytest.fixture
def sessions(open_page: Opened, sign_in: SignedIn) -> Page:
    """The page, open at an admin's."""
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name="Sessions").click()
    page.get_by_role("heading", name="Sessions", exact=True).wait_for()
    page.wait_for_load_state()
    return page


def test_a_session_is_made_renamed_and_looked_at(sessions: Page, parts: Parts) -> None:
    sessions.get_by_text("Make a session").click()
    sessions.get_by_label("Name of the new session").fill("Side stage")
    sessions.get_by_role("button", name="Make", exact=True).click()
    sessions.get_by_role("link", name="Side stage").wait_for()
    sessions.get_by_text("Change Side stage").click()
    sessions.get_by_label("New name of Side stage").fill("Great hall")
    sessions.keyboard.press("Enter")
    sessions.get_by_role("link", name="Great hall").click()
    expect(sessions.get_by_role("heading", name="Great hall", level=1)).to_be_visible()
    expect(sessions.locator("#presenting")).to_have_text("Nobody presents.")
    assert [session.name for session in parts.sessions.all()] == ["Main stage", "Great hall"]


def test_displays_turned_away_come_back_with_their_archived_session(app: Flask, sessions: Page, parts: Parts) -> None:
    parts.sessions.make("Side stage", by=GRACE, at=utc_now())
    lobby = Device(app.test_client(), "lobby")
    lobby.join()
    sessions.goto(f"{origin(sessions)}/")
    sessions.get_by_role("button", name="Reject: lobby").click()
    expect(sessions.locator("#away .display")).to_contain_text("rejected")
    sessions.goto(f"{origin(sessions)}/sessions")
    sessions.get_by_text("Change Main stage").click()
    sessions.get_by_role("button", name="Archive: Main stage").click()
    sessions.get_by_role("dialog").get_by_role("button", name="Archive").click()
    sessions.get_by_text("Archived (1)").click()
    look(sessions, "sessions-archived")
    sessions.get_by_role("button", name="Bring back: Main stage").click()
    sessions.get_by_role("link", name="Main stage").click()
    sessions.get_by_role("button", name="Let it wait again: lobby").click()
    expect(sessions.locator("#waiting .display")).to_contain_text("lobby")
    assert parts.registry.get(lobby.display_id).state is State.PENDING


def test_a_session_in_use_is_not_archived_and_says_why(sessions: Page, announced_console: list[str]) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 409")
    sessions.get_by_text("Change Main stage").click()
    sessions.get_by_role("button", name="Archive: Main stage").click()
    sessions.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(sessions.get_by_text("Main stage is the only session; make another one first")).to_be_visible()


def test_several_sessions_are_chosen_on_the_dashboard(app: Flask, open_page: Opened, sign_in: SignedIn, parts: Parts) -> None:
    parts.sessions.make("Side stage", by=GRACE, at=utc_now())
    Device(app.test_client(), "lobby").join()
    page = open_page()
    sign_in(page)
    expect(page.locator("#waiting .name")).to_have_text("lobby")
    page.get_by_role("navigation", name="Sessions").get_by_role("link", name="Side stage").click()
    expect(page.locator("#waiting-none")).to_contain_text("A new one waits in Main stage until somebody approves it.")
    look(page, "dashboard-empty-session")
    parts.sessions.rename(2, "Great hall", by=GRACE, at=utc_now())
    expect(page.get_by_role("heading", name="Great hall")).to_be_visible()
    expect(page.get_by_role("navigation", name="Sessions").get_by_role("link", name="Great hall")).to_be_visible()
    page.get_by_role("navigation", name="Sessions").get_by_role("link", name="Main stage").click()
    expect(page.locator("#waiting .name")).to_have_text("lobby")


def test_a_session_archived_while_somebody_looks_at_it_says_so(
    open_page: Opened, sign_in: SignedIn, parts: Parts, announced_console: list[str]
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 404")
    parts.sessions.make("Side stage", by=GRACE, at=utc_now())
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name="Side stage").click()
    page.get_by_role("heading", name="Side stage").wait_for()
    parts.sessions.archive(2, by=GRACE, at=utc_now())
    expect(page.locator("#stale")).to_contain_text("Side stage is archived; known sessions: 1 (Main stage)")
    look(page, "dashboard-archived-meanwhile")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Side stage is archived")
    page.get_by_role("link", name="To the start").click()
    expect(page.get_by_role("heading", name="Main stage")).to_be_visible()
    expect(page.locator("#presenting")).to_have_text("Nobody presents.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_nothing_is_cut_off(
    open_page: Opened, sign_in: SignedIn, parts: Parts, scheme: str, kind: str, width: int, height: int
) -> None:
    for name in ("Side stage", "The room behind the second door on the left, upstairs", "Last year's fair"):
        parts.sessions.make(name, by=GRACE, at=utc_now())
    parts.sessions.archive(4, by=GRACE, at=utc_now())
    page = open_page(width, height, scheme)
    sign_in(page)
    look(page, f"dashboard-sessions-{kind}-{scheme}")
    page.goto(f"{origin(page)}/sessions")
    page.get_by_text("Change Side stage").click()
    page.get_by_text("Archived (1)").click()
    look(page, f"sessions-{kind}-{scheme}")
