"""The dashboard with nobody, with one of each, and with a crowd: nothing is cut off, and a picture of each is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.settings import Settings
from tests.pages.test_looks import look
from tests.support.controller_app import open_app
from tests.support.device import Device
from wire.display import ViewerReport

Opened = Callable[..., Page]
SignedIn = Callable[..., None]


@pytest.fixture
def app(wanted: Settings) -> Iterator[Flask]:
    """The web application, with room for nine."""
    with open_app(replace(wanted, session_max_displays=9)) as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
@pytest.mark.parametrize(("approved", "waiting"), [(0, 0), (1, 1), (9, 30)])
def test_a_dashboard_may_be_empty_or_full(
    app: Flask,
    parts: Parts,
    open_page: Opened,
    sign_in: SignedIn,
    scheme: str,
    kind: str,
    width: int,
    height: int,
    approved: int,
    waiting: int,
) -> None:
    key = parts.enrolment_keys.create(label="first", max_uses=50, life=timedelta(days=1), now=parts.clock()).key
    lease = parts.leases.take(1, Claim("paula", "elsewhere"), last_heard=None, now=parts.clock()).lease
    showing = ViewerReport(
        stage="receiving",
        presenter_identity=lease.identity,
        last_frame_age_ms=40,
        frames_presented=1_502,
        frames_per_second=14.9,
        received_bps=3_870_000,
        width=1920,
        height=1080,
    )
    for number in range(approved):
        display = Device(app.test_client(), f"hall {number + 1}")
        display.join(enrolment_key=key)
        display.beat(showing if number % 3 == 0 else None)
    for number in range(waiting):
        Device(app.test_client(), f"lobby {number + 1}").join()
    page = open_page(width, height, scheme)
    sign_in(page)
    expect(page.locator("#wall-count")).to_have_text(f"{approved} of 9 places taken")
    expect(page.locator("#waiting .display")).to_have_count(waiting)
    page.get_by_role("link", name=f"{approved} on the wall").click()
    expect(page.locator("#wall-title")).to_be_in_viewport()
    look(page, f"dashboard-{approved}-and-{waiting}-{kind}-{scheme}")
