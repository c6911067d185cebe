"""The way that media takes between a browser and the SFU."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from controller.parts import Parts
from controller.services.accounts import AccountRole
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled, presenter_token, signed_in
from tests.support.guest import Guest


def test_the_picture_comes_by_udp(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> None:
    """TCP is for networks that let nothing else through: there a lost packet holds up all that come after it."""
    display, presenter = make_guest(), make_guest()
    for guest, token in (
        (display, display_token(enrolled(app, parts))),
        (presenter, presenter_token(signed_in(app, parts, "paula", AccountRole.PRESENTER))),
    ):
        assert guest.join(token.sfu_url, token.token) == "joined"
    presenter.publish()
    assert wait_until(display.media_protocol, "the picture comes") == "udp"
