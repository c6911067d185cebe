"""A display that does not take its step is kept from the picture by the steward, on a real SFU, and given back when it obeys."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from controller.parts import Parts, utc_now
from controller.rules.display_steps import Place
from controller.services.accounts import AccountRole
from controller.services.quality_decisions import Kept
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled, presenter_token, signed_in
from tests.support.device import Device
from tests.support.figures import Figures
from tests.support.guest import Guest
from wire.display import Step, ViewerReport


@pytest.fixture
def presenting(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> Guest:
    """Somebody who presents."""
    guest, token = make_guest(), presenter_token(signed_in(app, parts, "grace", AccountRole.PRESENTER))
    assert guest.join(token.sfu_url, token.token) == "joined"
    assert guest.publish() == "published"
    return guest


def told_a_while_ago(parts: Parts, device: Device, step: Step) -> None:
    """Let the guard's decision be that this display has had a step for so long that it must have heard."""
    lease = parts.leases.current(1)
    assert lease is not None
    moment = utc_now() - timedelta(seconds=20)
    place = Place(step, "for a test", fell_at=moment, changed_at=(moment, moment))

    def is_kept() -> bool:
        kept: Kept = parts.quality_decisions.last(1)
        after = replace(kept.decision, lease_id=lease.lease_id, places={device.display_id: place})
        return parts.quality_decisions.replace(1, kept, after, (), utc_now())

    wait_until(is_kept, "the decision is kept")


def takes(device: Device, step: Step) -> None:
    """Report what the page does."""
    device.beat(ViewerReport(stage="receiving", step=step))


def has_frames(guest: Guest) -> bool:
    """Whether a frame came just now."""
    return time.time() - guest.last_frame_at() < 0.5


def test_a_page_that_takes_more_than_it_was_told_loses_the_picture_and_gets_it_back_when_it_obeys(
    app: Flask, parts: Parts, steward: None, presenting: Guest, make_guest: Callable[[], Guest], figures: Figures
) -> None:
    device, guest = enrolled(app, parts), make_guest()
    token = display_token(device)
    assert guest.join(token.sfu_url, token.token) == "joined"
    wait_until(lambda: guest.frames() > 0, "the picture comes")
    told_a_while_ago(parts, device, "base")

    disobeyed_at = time.time()
    takes(device, "full")
    wait_until(lambda: not has_frames(guest), "the picture is gone")
    figures.add("report of a page that disobeys: its last frame", guest.last_frame_at() - disobeyed_at, unit="s", expected=3.0)
    assert guest.is_connected(), "it stays in the room"

    obeyed_at = time.time()
    takes(device, "base")
    wait_until(lambda: guest.last_frame_at() > obeyed_at, "the picture is back")
    figures.add("report of a page that obeys: a frame", guest.last_frame_at() - obeyed_at, unit="s", expected=3.0)
    log = [(entry.change.what, entry.change.why) for entry in parts.quality_decisions.log(1)]
    assert ("suspended", "takes more than the step it was told, base") in log
