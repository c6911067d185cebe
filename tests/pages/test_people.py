"""People and programs, as an admin and as everybody meets them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts
from controller.services.accounts import AccountRole
from tests.pages.test_looks import look, origin

Opened = Callable[..., Page]
SignedIn = Callable[..., None]


@pytest.fixture
def people(open_page: Opened, sign_in: SignedIn) -> Page:
    """The page, open at an admin's."""
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name="People").click()
    page.get_by_role("heading", name="People and programs").wait_for()
    return page


def test_an_admin_adds_somebody_and_is_shown_the_password_once(people: Page, parts: Parts) -> None:
    people.get_by_text("Add somebody").click()
    people.get_by_label("Name", exact=True).fill("paula")
    people.get_by_role("button", name="Add, and show the password").click()
    secret = people.locator("#shown-secret")
    expect(secret).to_have_text(re.compile(r"^\S{16}$"))
    look(people, "people-shown-once")
    password = secret.inner_text()
    people.get_by_role("button", name="I have it").click()
    expect(people.get_by_role("heading", name="paula")).to_be_visible()
    assert parts.accounts.verify("paula", password) is not None
    people.wait_for_load_state("networkidle")
    assert password not in people.content()


def test_an_admin_changes_and_removes_somebody(people: Page, parts: Parts) -> None:
    parts.accounts.add("paula", AccountRole.PRESENTER, "correct horse battery", now=parts.clock())
    people.reload()
    people.get_by_text("Change paula").click()
    paula = people.get_by_role("listitem").filter(has=people.get_by_role("heading", name="paula"))
    paula.get_by_label("all sessions, also later ones").uncheck()
    paula.get_by_label("Main stage").check()
    paula.get_by_role("button", name="Change role and sessions").click()
    people.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(people.get_by_text("session 1", exact=True)).to_be_visible()
    assert parts.accounts.get("paula").sessions == (1,)
    people.get_by_text("Change paula").click()
    people.get_by_role("button", name="Remove").last.click()
    look(people, "people-confirm")
    people.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(people.get_by_role("heading", name="paula")).to_have_count(0)
    people.wait_for_load_state("networkidle")
    assert parts.accounts.find("paula") is None


def test_the_last_admin_is_told_so(people: Page, announced_console: list[str]) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 409")
    people.get_by_text("Change ada").click()
    people.get_by_role("button", name="Remove").click()
    people.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(people.get_by_text("Ada is the only admin; make another one first")).to_be_visible()


def test_an_admin_makes_and_revokes_a_key(people: Page, parts: Parts) -> None:
    people.get_by_text("Make a key").click()
    people.get_by_label("Which program it is for").fill("stage lights")
    people.get_by_role("button", name="Make, and show the key").click()
    expect(people.locator("#shown-secret")).to_have_text(re.compile("^mak1_"))
    people.get_by_role("button", name="I have it").click()
    people.get_by_role("button", name="Revoke").click()
    people.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(people.get_by_text("No program has a key.")).to_be_visible()
    people.wait_for_load_state("networkidle")
    assert parts.api_keys.all(parts.clock()) == []


def test_one_changes_ones_own_password_by_the_keyboard(open_page: Opened, sign_in: SignedIn, parts: Parts) -> None:
    page = open_page()
    sign_in(page, AccountRole.PRESENTER, "paula")
    page.get_by_role("link", name="paula (presenter)").click()
    page.wait_for_url("**/account")
    page.wait_for_load_state()
    page.get_by_label("Present password").fill("correct horse battery")
    page.keyboard.press("Tab")
    page.keyboard.type("another horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    assert parts.accounts.verify("paula", "another horse battery") is not None
    page.reload()
    expect(page.get_by_text("this browser")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_nothing_is_cut_off(
    app: Flask, parts: Parts, open_page: Opened, sign_in: SignedIn, scheme: str, kind: str, width: int, height: int
) -> None:
    del app
    long_name = "paula-of-the-second-door-on-the-left@workshop.example.org"
    parts.accounts.add(long_name, AccountRole.PRESENTER, "correct horse battery", now=parts.clock(), sessions=(1,))
    page = open_page(width, height, scheme)
    sign_in(page)
    page.goto(f"{origin(page)}/people")
    page.get_by_text("Change ada").click()
    page.get_by_text("Make a key").click()
    look(page, f"people-{kind}-{scheme}")
    page.goto(f"{origin(page)}/account")
    look(page, f"account-{kind}-{scheme}")
