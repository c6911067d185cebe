"""What the quality guard does is understood from the pages: steps, reasons, floors, alarms and the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from controller.parts import Parts, utc_now
from controller.rules.display_steps import Place
from controller.rules.presenting import Claim
from controller.rules.quality_alarms import Alarm, Cause
from controller.rules.quality_guard import Decision, changes_between
from controller.rules.sender_limits import Ceiling
from controller.rules.suspensions import Reason, Suspension
from controller.services.accounts import AccountRole
from tests.pages.test_looks import app_url, look, origin
from tests.support.device import Device
from wire.presenter import SenderLimits

WHY = "lost 9 % for 3 s while the presenter sent 3.9 Mbit/s"


def decide(app: Flask, parts: Parts) -> None:
    """Paula presents to three displays: one thinned, one suspended, one with an alarm."""
    key = parts.enrolment_keys.create(label="first", max_uses=3, life=timedelta(days=1), now=utc_now()).key
    hall, workshop, lobby = (Device(app.test_client(), name) for name in ("hall", "workshop", "lobby"))
    for device in (hall, workshop, lobby):
        device.join(enrolment_key=key)
        device.beat()
    held = parts.leases.take(1, Claim("paula", "elsewhere"), last_heard=None, now=utc_now())
    before = replace(parts.quality_decisions.last(1).decision, lease_id=held.lease.lease_id)
    now = utc_now()
    after = Decision(
        held.lease.lease_id,
        ceiling=Ceiling(SenderLimits(max_bitrate_bps=3_000_000), "2 of 3 normal displays are in trouble at once", fell_at=now),
        places={
            hall.display_id: Place("base", WHY, fell_at=now),
            workshop.display_id: Place("stills", "decoded no frame for 2 s while the presenter sent 3.9 Mbit/s", fell_at=now),
        },
        suspended={workshop.display_id: Suspension(Reason.SILENCE, "was not heard for 12 s while it showed the picture")},
        alarms=(Alarm(lobby.display_id, Cause.DISPLAY_LINK, "lost 12 % for 4 s"),),
    )
    assert parts.quality_decisions.replace(1, parts.quality_decisions.last(1), after, changes_between(before, after), now)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "width", "height"), [("wide", 1280, 900), ("phone", 360, 740)])
def test_steps_reasons_floors_and_alarms_are_said(
    app: Flask,
    parts: Parts,
    open_page: Callable[..., Page],
    sign_in: Callable[..., None],
    scheme: str,
    kind: str,
    width: int,
    height: int,
) -> None:
    decide(app, parts)
    page = open_page(width, height, scheme)
    page.goto(f"{app_url(page, sign_in)}/")
    hall, workshop = (page.locator("#wall .display", has_text=name) for name in ("hall", "workshop"))
    expect(hall).to_contain_text("fewer pictures a second")
    expect(hall).to_contain_text(WHY)
    expect(workshop).to_contain_text("suspended")
    expect(page.locator("#quality-alarms")).to_have_text("▲ lobby lost 12 % for 4 s; likely the display's own link.")
    expect(page.locator("#quality-facts")).to_contain_text("at most 3.00 Mbit/s and 15 frames a second")
    expect(page.locator("#quality-facts")).to_contain_text("1.00 Mbit/s and 8 frames a second")
    expect(page.locator("#quality-changes tr")).to_have_count(5)
    look(page, f"quality-{kind}-{scheme}")
    with page.expect_download() as download:
        page.get_by_role("link", name="All changes as a table").click()
    assert download.value.suggested_filename == "marquee-quality.csv"
    page.context.clear_cookies()
    sign_in(page, AccountRole.PRESENTER, "grace")
    page.goto(f"{origin(page)}/present")
    expect(page.locator("#wall-alarms")).to_have_text("▲ lobby lost 12 % for 4 s; likely the display's own link.")
    look(page, f"present-quality-{kind}-{scheme}")
