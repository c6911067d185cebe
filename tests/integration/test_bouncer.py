"""What keeps a revoked display from the picture where no door is: the act itself, the SFU's webhook and the steward. Measured."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask

from controller.parts import Parts
from controller.services.accounts import AccountRole
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled, presenter_token, signed_in
from tests.support.device import Device
from tests.support.figures import Figures
from tests.support.guest import Guest
from tests.support.person import Person
from tests.support.sfu import Sfu


@pytest.fixture
def ada(app: Flask, parts: Parts) -> Person:
    """An admin."""
    return signed_in(app, parts, "ada", AccountRole.ADMIN)


@pytest.fixture
def presenting(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> Guest:
    """Somebody who presents."""
    guest, token = make_guest(), presenter_token(signed_in(app, parts, "grace", AccountRole.PRESENTER))
    assert guest.join(token.sfu_url, token.token) == "joined"
    assert guest.publish() == "published"
    return guest


def watch(guest: Guest, device: Device) -> str:
    """Let a display see the picture; the token it holds then, which LiveKit refreshed."""
    token = display_token(device)
    assert guest.join(token.sfu_url, token.token) == "joined"
    wait_until(lambda: guest.frames() > 0, "the picture comes")
    return wait_until(lambda: guest.token() if guest.token() != token.token else None, "LiveKit refreshes the token")


def test_the_last_frame_comes_right_after_the_revocation_also_without_a_steward(
    app: Flask, parts: Parts, ada: Person, presenting: Guest, make_guest: Callable[[], Guest], rounds: int, figures: Figures
) -> None:
    device, guest = enrolled(app, parts), make_guest()
    for _ in range(min(rounds, 20)):
        watch(guest, device)
        revoked_at = time.time()
        assert ada.decide("revoke", device.display_id).status_code == 200
        wait_until(lambda: not guest.is_connected(), "the display is out")
        last = max(0.0, guest.last_frame_at() - revoked_at)
        figures.add("revoke while showing: last frame", last, unit="s", expected=2)
        assert ada.decide("pending", device.display_id).status_code == 200
        assert ada.decide("approve", device.display_id, role="normal").status_code == 200


def test_past_the_door_a_revoked_display_is_out_again_at_once(
    app: Flask,
    parts: Parts,
    ada: Person,
    steward: None,
    sfu: Sfu,
    presenting: Guest,
    make_guest: Callable[[], Guest],
    tries: int,
    figures: Figures,
) -> None:
    device, guest = enrolled(app, parts), make_guest()
    token = watch(guest, device)
    assert ada.decide("revoke", device.display_id).status_code == 200
    wait_until(lambda: not guest.is_connected(), "the display is out")
    seen = 0
    for _ in range(tries):
        started = time.monotonic()
        guest.join(sfu.url, token)
        wait_until(lambda: not guest.is_connected(), "it is out again")
        figures.add("revoked display past the door: out again", time.monotonic() - started, unit="s", expected=2)
        figures.add("revoked display past the door: frames a try", guest.frames(), unit="frames")
        seen += guest.frames()
    figures.add(f"revoked display past the door: frames of {tries} tries", seen, unit="frames")
    assert presenting.is_connected()
