"""A state store that came back older: the dashboard says so by itself, and an admin can accept it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts
from controller.rules.audit_chain import Head
from controller.services.witness import Witness
from controller.settings import Settings
from tests.support.controller_app import open_app
from tests.support.device import Device
from tests.support.lab import OUTPUT


@pytest.fixture
def app(wanted: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The web application with a witness."""
    with open_app(replace(wanted, witness_file=tmp_path / "witness")) as opened:
        yield opened


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 360)])
def test_the_dashboard_says_it_and_an_admin_accepts_it(
    app: Flask,
    parts: Parts,
    open_page: Callable[..., Page],
    sign_in: Callable[..., None],
    announced_console: list[str],
    tmp_path: Path,
    scheme: str,
    width: int,
) -> None:
    announced_console.append("Failed to load resource: the server responded with a status of 503")
    Device(app.test_client(), "lobby").join()
    page = open_page(width, 900, scheme)
    sign_in(page)
    expect(page.locator("#doubt")).to_be_hidden()
    Witness(tmp_path / "witness").replace(Head(9, "a" * 64))
    expect(page.locator("#doubt")).to_contain_text("record 9 was acknowledged")
    page.get_by_role("button", name="Approve as normal: lobby").click()
    expect(page.locator("#waiting .result")).to_contain_text("came back older")
    page.screenshot(path=OUTPUT / "pages" / f"doubt-{width}-{scheme}.png", full_page=True)
    page.get_by_role("button", name="Accept the state as it is").click()
    page.screenshot(path=OUTPUT / "pages" / f"doubt-question-{width}-{scheme}.png", full_page=True)
    page.get_by_role("button", name="Keep it").click()
    assert parts.audit_log.doubt() is not None
    page.get_by_role("button", name="Accept the state as it is").click()
    page.get_by_role("button", name="Accept it").click()
    expect(page.locator("#doubt")).to_be_hidden()
    page.get_by_role("button", name="Approve as normal: lobby").click()
    expect(page.locator("#wall .display")).to_contain_text("normal")
