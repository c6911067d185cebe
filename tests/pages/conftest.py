"""The pages in a real browser over the real application; nothing may be left on the console, and every look is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from controller.services.accounts import AccountRole
from controller.settings import Settings
from onebox.presenter import CHROMIUM_FLAGS, chromium_path
from tests.support.controller_app import open_app
from tests.support.served_controller import ServedController

PASSWORD = "correct horse battery"

GOING_AWAY = (
    "Failed to load resource: net::ERR",
    "Failed to load resource: the server responded with a status of 503",
)
"""What the console says of a controller that stops: who comes again too soon still finds it, and is told to come later."""

expect.set_options(timeout=30_000)  # a loaded machine is no failure


@pytest.fixture
def app(wanted: Settings) -> Iterator[Flask]:
    """The web application; its clock is the real one, as the browser's is."""
    with open_app(wanted) as opened:
        yield opened


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
def announced_console() -> list[str]:
    """Beginnings of console lines that the test brings about on purpose."""
    return []


@pytest.fixture
def open_page(browser: Browser, controller: ServedController, announced_console: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page of a given size and colour scheme; its console must stay empty. Pages close before the controller goes."""
    del controller
    console: list[str] = []
    pages: list[Page] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            console.append(message.text)

    def open_one(width: int = 1200, height: int = 900, scheme: str = "light", script: str = "") -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light")
        page.set_default_timeout(30_000)
        page.on("console", note)
        page.on("pageerror", lambda error: console.append(f"uncaught: {error}"))
        if script:
            page.add_init_script(script)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.close()
    surprises = [line for line in console if not any(line.startswith(known) for known in announced_console)]
    assert not surprises, surprises


@pytest.fixture
def sign_in(app: Flask, controller: ServedController) -> Callable[..., None]:
    """Sign somebody in on a page."""

    def carry_out(page: Page, role: AccountRole = AccountRole.ADMIN, name: str = "ada") -> None:
        parts = app.extensions["marquee"]
        parts.accounts.replace(name, role, PASSWORD, now=parts.clock())
        page.goto(f"{controller.url}/login")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state()  # its scripts have run then

    return carry_out
