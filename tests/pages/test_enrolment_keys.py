"""The page about enrolment keys in a real browser: a key is shown once, with what the installer needs."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from tests.support.device import Device
from tests.support.served_controller import ServedController
from wire.display import State

Opened = Callable[..., Page]
SignedIn = Callable[..., None]


def test_a_key_is_made_shown_once_used_and_revoked(
    app: Flask, controller: ServedController, open_page: Opened, sign_in: SignedIn
) -> None:
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name="Keys").click()
    page.get_by_text("Make a key").click()
    page.get_by_label("What it is for").fill("lobby screens")
    page.get_by_label("For how many displays").fill("2")
    page.get_by_role("button", name="Make, and show the key").click()
    expect(page.locator("#shown-secret")).to_contain_text("KIOSK_ENROLMENT_KEY=")
    variables = page.locator("#shown-secret").inner_text()
    found = re.fullmatch(rf"KIOSK_ENROLMENT_KEY=(mek1_\S+) CONTROLLER_URL={controller.url}", variables)
    assert found is not None, variables
    page.get_by_role("button", name="I have it").click()
    expect(page.locator(".person")).to_contain_text("2 of 2 left")
    assert found[1] not in page.content()
    assert Device(app.test_client(), "lobby").join(enrolment_key=found[1]).state is State.APPROVED
    page.reload()
    expect(page.locator(".person")).to_contain_text("1 of 2 left")
    expect(page.locator(".person")).to_contain_text("lobby")
    page.get_by_role("button", name="Revoke").click()
    page.locator("#confirm-yes").click()
    expect(page.locator(".person")).to_contain_text("revoked")
