"""Rooms and tokens on a real SFU: what they permit, and who is thrown out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import jwt
import pytest
import requests
from flask import Flask

from controller.parts import Parts, utc_now
from controller.rules.door import OpenRoom, why_out
from controller.services.accounts import AccountRole
from controller.services.livekit_rooms import SfuRefused
from controller.services.livekit_tokens import LiveKitTokens
from controller.services.room_access import RoomAccess
from controller.services.stewardship import TERM_S, NotInOffice
from controller.settings import LiveKitSettings, Settings
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled, presenter_token, signed_in
from tests.support.guest import Guest
from tests.support.sfu import API_SECRET
from tests.support.stewards import steward_in_office
from wire.display import RoomToken


def grants(token: RoomToken) -> dict[str, object]:
    """What a token permits."""
    claims = jwt.decode(token.token, API_SECRET, algorithms=["HS256"])
    video: dict[str, object] = claims["video"]
    return video


def test_a_displays_token_permits_to_watch_one_room_and_nothing_else(app: Flask, parts: Parts) -> None:
    device = enrolled(app, parts)
    token = display_token(device)
    assert token.identity == device.display_id
    assert grants(token) == {
        "roomJoin": True,
        "room": token.room,
        "canPublish": False,
        "canSubscribe": True,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
        "hidden": True,
    }


def test_a_presenters_token_permits_one_screen_and_sees_nobody(app: Flask, parts: Parts) -> None:
    paula = signed_in(app, parts, "paula", AccountRole.PRESENTER)
    token = presenter_token(paula)
    assert token.identity.startswith("presenter-")
    assert token.lease not in token.identity, "the lease is the page's secret, the identity is known to all"
    assert grants(token) == {
        "roomJoin": True,
        "room": token.room,
        "canPublish": True,
        "canPublishSources": ["screen_share"],
        "canSubscribe": False,
        "canPublishData": True,
        "canUpdateOwnMetadata": False,
        "hidden": False,
    }
    assert token.warning is not None
    assert token.warning.code == "few_protected"


def test_the_first_presenter_keeps_the_session_and_a_retry_renews(app: Flask, parts: Parts) -> None:
    paula = signed_in(app, parts, "paula", AccountRole.PRESENTER)
    ada = signed_in(app, parts, "ada", AccountRole.ADMIN)
    first = presenter_token(paula)
    refused = ada.post("/api/admin/presenter/livekit-token", {"session_id": 1})
    assert (refused.status_code, refused.get_json()["error"], refused.get_json()["details"]) == (
        409,
        "session_taken",
        {"holder": "paula", "lease_id": first.identity.removeprefix("presenter-")},
    )
    assert presenter_token(paula, first.lease).identity == first.identity


def test_who_is_taken_over_loses_the_picture_and_the_room_before_the_other_comes(
    app: Flask, parts: Parts, make_guest: Callable[[], Guest]
) -> None:
    paula, grace, screen = (make_guest() for _ in range(3))
    people = [signed_in(app, parts, name, AccountRole.PRESENTER) for name in ("paula", "grace")]
    first = presenter_token(people[0])
    assert paula.join(first.sfu_url, first.token) == "joined"
    assert paula.publish() == "published"
    watching = display_token(enrolled(app, parts))
    assert screen.join(watching.sfu_url, watching.token) == "joined"
    wait_until(lambda: screen.sees() == [first.identity], "the display sees paula")

    lease_id = first.identity.removeprefix("presenter-")
    second = presenter_token(people[1], take_over=lease_id)
    wait_until(lambda: not paula.is_connected() and screen.sees() == [], "paula is out before grace comes")
    assert second.identity != first.identity
    assert grace.join(second.sfu_url, second.token) == "joined"
    assert grace.publish() == "published"
    wait_until(lambda: screen.sees() == [second.identity], "the display sees grace")


def test_tokens_live_as_long_as_the_setting_says(app: Flask, parts: Parts, livekit: LiveKitSettings) -> None:
    token = display_token(enrolled(app, parts))
    claims = jwt.decode(token.token, API_SECRET, algorithms=["HS256"])
    assert 0 <= claims["exp"] - claims["nbf"] - livekit.token_ttl_s <= 1


def test_no_room_comes_into_being_without_the_controller(livekit: LiveKitSettings) -> None:
    """`auto_create` is off: a good token for a room that nobody made opens nothing."""
    tokens = LiveKitTokens(livekit)
    answer = requests.get(
        f"{livekit.api_url}/rtc/validate", params={"access_token": tokens.for_display("nowhere", "X" * 26)}, timeout=5
    )
    assert answer.status_code == 404


def test_making_a_room_again_disturbs_nobody(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> None:
    guest = make_guest()
    token = display_token(enrolled(app, parts))
    assert guest.join(token.sfu_url, token.token) == "joined"
    for _ in range(3):
        display_token(enrolled(app, parts))
    assert guest.is_connected()
    assert guest.events() == []


def test_a_display_cannot_publish_and_nobody_sees_it(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> None:
    lobby, hall = make_guest(), make_guest()
    for guest, name in ((lobby, "lobby"), (hall, "hall")):
        token = display_token(enrolled(app, parts, name))
        assert guest.join(token.sfu_url, token.token) == "joined"
    assert lobby.publish().startswith("refused")
    assert lobby.sees() == []
    identities = {found.identity for found in parts.rooms.participants(parts.sessions.get(1))}
    assert len(identities) == 2, "the room API lists hidden ones"


def test_a_presenter_may_share_a_screen_but_no_camera(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> None:
    guest = make_guest()
    token = presenter_token(signed_in(app, parts, "paula", AccountRole.PRESENTER))
    assert guest.join(token.sfu_url, token.token) == "joined"
    assert guest.publish("camera").startswith("refused")
    assert guest.publish("screen_share") == "published"


def test_a_wrong_secret_is_told_from_an_sfu_that_is_away(parts: Parts, livekit: LiveKitSettings) -> None:
    with pytest.raises(SfuRefused, match="LIVEKIT_API_SECRET must be those"):
        RoomAccess(replace_secret(parts.settings, livekit)).participants(parts.sessions.get(1))


def replace_secret(wanted: Settings, livekit: LiveKitSettings) -> Settings:
    """Settings with a secret that is not the SFU's."""
    return replace(wanted, livekit=replace(livekit, api_secret="f" * 32))


def test_the_steward_lets_the_approved_be_and_removes_everybody_else(
    app: Flask, parts: Parts, livekit: LiveKitSettings, make_guest: Callable[[], Guest]
) -> None:
    session = parts.sessions.get(1)
    token = display_token(enrolled(app, parts))
    approved, stranger = make_guest(), make_guest()
    assert approved.join(token.sfu_url, token.token) == "joined"
    forged = LiveKitTokens(livekit).for_display(token.room, "Z" * 26)
    assert stranger.join(token.sfu_url, forged) == "joined"

    status = steward_in_office(parts).look_at(session, utc_now())

    wait_until(lambda: not stranger.is_connected(), "the stranger is out")
    assert approved.is_connected()
    assert status is not None
    assert [participant.identity for participant in status.participants] == [token.identity]


def test_a_steward_that_was_frozen_while_it_judged_removes_nobody(
    parts: Parts, livekit: LiveKitSettings, make_guest: Callable[[], Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, steward, stranger = parts.sessions.get(1), steward_in_office(parts), make_guest()
    room = parts.rooms.make(session)
    assert stranger.join(livekit.url, LiveKitTokens(livekit).for_display(room, "Z" * 26)) == "joined"

    def judge_and_freeze(identity: str, room: OpenRoom) -> str | None:
        monkeypatch.setattr(steward._stewardship, "_clock", lambda: time.monotonic() + TERM_S)
        return why_out(identity, room)

    monkeypatch.setattr("controller.steward.why_out", judge_and_freeze)
    with pytest.raises(NotInOffice):
        steward.look_at(session, utc_now())
    assert stranger.is_connected()


def test_revoke_throws_out_in_the_same_request(app: Flask, parts: Parts, make_guest: Callable[[], Guest]) -> None:
    device = enrolled(app, parts)
    ada = signed_in(app, parts, "ada", AccountRole.ADMIN)
    token = display_token(device)
    guest = make_guest()
    assert guest.join(token.sfu_url, token.token) == "joined"
    assert ada.decide("revoke", device.display_id).status_code == 200
    wait_until(lambda: guest.events() != [], "the guest hears of it")
    assert not guest.is_connected()
    assert device.post("livekit-token").get_json()["error"] == "not_approved"
