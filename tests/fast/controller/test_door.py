"""The door of the rooms: who may come in, by rule and by what the controller knows. On a real SFU, see tests/integration."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules import door
from controller.rules.door import OpenRoom, RoomPass
from controller.rules.presenting import Claim
from controller.services import push
from controller.services.presenter_lease import HeldLease
from controller.web.access import is_loopback
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import SECRET, MovableClock
from tests.support.device import Device
from tests.support.own_stores import OwnStore
from tests.support.person import Person
from tests.support.stewards import term_of_office
from wire.display import State

ADMIT = "/internal/livekit/admit"
WEBHOOK = "/api/livekit/webhook"

ROOM = OpenRoom(
    name="marquee-1-2",
    displays={**{state.value: state for state in State}, "held": State.APPROVED},
    presenter="presenter-paula",
    held=frozenset({"held"}),
)
EMPTY = OpenRoom(name="marquee-1-2", displays={}, presenter=None)


# -- the rule -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "room", "words"),
    [
        (RoomPass("approved", "marquee-1-2", joins=True), ROOM, None),
        (RoomPass("presenter-paula", "marquee-1-2", joins=True), ROOM, None),
        (RoomPass("pending", "marquee-1-2", joins=True), ROOM, "this display is pending"),
        (RoomPass("rejected", "marquee-1-2", joins=True), ROOM, "this display is rejected"),
        (RoomPass("revoked", "marquee-1-2", joins=True), ROOM, "this display is revoked"),
        (RoomPass("conflict", "marquee-1-2", joins=True), ROOM, "this display is conflict"),
        (RoomPass("held", "marquee-1-2", joins=True), ROOM, "today's bandwidth budget keeps this display out"),
        (RoomPass("presenter-paula", "marquee-1-2", joins=True), replace(ROOM, is_stopped=True), "today's bandwidth is used up"),
        (RoomPass("somebody", "marquee-1-2", joins=True), ROOM, "no display of this session"),
        (RoomPass("presenter-grace", "marquee-1-2", joins=True), ROOM, "this lease is not the session's"),
        (RoomPass("presenter-paula", "marquee-1-2", joins=True), EMPTY, "this lease is not the session's"),
        (RoomPass("approved", "marquee-1-1", joins=True), ROOM, "no session has this room now"),
        (RoomPass("approved", "marquee-7-1", joins=True), None, "no session has this room now"),
        (RoomPass("", "", joins=True), None, "no session has this room now"),
        (RoomPass("approved", "marquee-1-2", joins=False), ROOM, "not for joining"),
    ],
    ids=lambda value: value.identity if isinstance(value, RoomPass) else None,
)
def test_who_may_come_in(shown: RoomPass, room: OpenRoom | None, words: str | None) -> None:
    reason = door.why_refused(shown, room)
    assert reason is None if words is None else words in str(reason)


# -- what the proxy is answered -----------------------------------------------------------------------------------------------


def token(identity: str, room: str = "marquee-1-1", *, secret: str = SECRET, **claims: Any) -> str:
    """A room token as LiveKit makes them."""
    now = datetime.now(UTC)
    video = {"roomJoin": True, "room": room}
    said = {"iss": "marquee", "sub": identity, "nbf": now, "exp": now + timedelta(minutes=2), "video": video, **claims}
    return jwt.encode({name: value for name, value in said.items() if value is not None}, secret, algorithm="HS256")


def unsigned(identity: str) -> str:
    """The same without a signature: `alg` is `none`."""
    claims = jwt.decode(token(identity), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


def ask(client: FlaskClient, *tokens: str, **headers: str) -> TestResponse:
    """What the proxy is told about a request with these tokens in its address."""
    query = "&".join(f"access_token={found}" for found in tokens)
    return client.get(ADMIT, headers={"X-Forwarded-Uri": f"/rtc?auto_subscribe=1&{query}", **headers})


def reason(response: TestResponse) -> str:
    """Why somebody is kept out, which a page of another origin may read too."""
    assert (response.status_code, response.get_json()["error"]) == (403, "kept_out"), response.text
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    said: str = response.get_json()["message"]
    return said


@pytest.fixture
def approved(lobby: Device, ada: Person) -> Device:
    """A display that may see session 1."""
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    return lobby


@pytest.fixture
def held(parts: Parts, clock: MovableClock, paula: Person) -> HeldLease:
    """Paula presents in session 1."""
    return parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())


def test_an_approved_display_comes_in(client: FlaskClient, approved: Device) -> None:
    for response in (
        ask(client, token(approved.display_id)),
        client.get(ADMIT, headers={"X-Forwarded-Uri": "/rtc", "Authorization": f"Bearer {token(approved.display_id)}"}),
    ):
        assert (response.status_code, response.data) == (204, b"")


@pytest.mark.parametrize("act", ["reject", "revoke"])
def test_a_display_that_was_turned_away_stays_out(
    client: FlaskClient, ada: Person, lobby: Device, announced_logs: AnnouncedLogs, act: str
) -> None:
    announced_logs.allow("display not removed from the room yet")
    lobby.join()
    assert "this display is pending" in reason(ask(client, token(lobby.display_id)))
    if act == "revoke":
        ada.decide("approve", lobby.display_id, role="protected")
        assert ask(client, token(lobby.display_id)).status_code == 204
    assert ada.decide(act, lobby.display_id).status_code == 200
    assert f"this display is {act}" in reason(ask(client, token(lobby.display_id)))


def test_the_holder_of_the_lease_comes_in_and_nobody_else_who_presents(
    client: FlaskClient, parts: Parts, paula: Person, held: HeldLease
) -> None:
    assert ask(client, token(held.lease.identity)).status_code == 204
    assert "this lease is not the session's" in reason(ask(client, token("presenter-grace")))
    parts.leases.vacate(1, held.lease, term=term_of_office(parts))
    assert ask(client, token(held.lease.identity)).status_code == 204, "a page that was away comes back"
    paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": held.secret})
    assert "this lease is not the session's" in reason(ask(client, token(held.lease.identity)))


@pytest.mark.parametrize("room", ["marquee-1-0", "marquee-1-2", "marquee-2-1", "other-1-1", "", "marquee-1-1\n"])
def test_another_room_or_another_epoch_stays_closed(client: FlaskClient, approved: Device, room: str) -> None:
    assert "no session has this room now" in reason(ask(client, token(approved.display_id, room)))


def test_what_our_key_did_not_sign_opens_nothing(client: FlaskClient, approved: Device) -> None:
    good = token(approved.display_id)
    header, claims, signature = good.split(".")
    for bad in (
        token(approved.display_id, secret="f" * 32),
        token(approved.display_id, iss="another"),
        token(approved.display_id, iss=None),
        token(approved.display_id, exp=None),
        unsigned(approved.display_id),
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[::-1]}",
        jwt.encode({"sub": approved.display_id}, SECRET * 2, algorithm="HS512"),
        base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5_000).decode() + f".{claims}.{signature}",
        "no-token",
        "ä" * 40,
        "",
    ):
        assert "no token that our key signed" in reason(ask(client, bad)), bad[:40]


@pytest.mark.parametrize(
    "video",
    [None, "all", {"room": "marquee-1-1"}, {"roomJoin": "yes", "room": "marquee-1-1"}, {"roomAdmin": True}],
    ids=str,
)
def test_a_token_that_is_for_something_else_opens_nothing(client: FlaskClient, approved: Device, video: object) -> None:
    assert "not for joining" in reason(ask(client, token(approved.display_id, video=video)))


def test_a_token_whose_time_is_over_opens_nothing(client: FlaskClient, approved: Device) -> None:
    old = token(approved.display_id, exp=datetime.now(UTC) - timedelta(seconds=10))
    assert "time is over" in reason(ask(client, old))


def test_two_tokens_are_refused_because_the_sfu_might_believe_the_other(client: FlaskClient, approved: Device) -> None:
    good, bad = token(approved.display_id), token("somebody")
    assert "show one room token" in reason(ask(client, good, bad))
    assert "show one room token" in reason(ask(client, good, Authorization=f"Bearer {bad}"))
    assert "show one room token" in reason(ask(client))
    assert "show one room token" in reason(client.get(ADMIT))


def test_without_livekit_nobody_comes_in(make_app: Callable[..., Flask]) -> None:
    client = make_app(livekit=None, missing_livekit=("LIVEKIT_URL",)).test_client()
    assert "set LIVEKIT_URL" in reason(ask(client, token("somebody")))


def test_a_door_that_cannot_know_says_so_and_the_proxy_lets_the_sfu_judge(
    own_state_store: OwnStore, make_app: Callable[..., Flask], announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("store lost")
    client = make_app(redis_url=own_state_store.url).test_client()
    own_state_store.stop()
    response = ask(client, token("somebody"))
    assert (response.status_code, response.get_json()["error"]) == (503, "store_unavailable")


def test_what_our_key_did_not_sign_costs_no_look_into_a_store(
    own_state_store: OwnStore, own_live_store: OwnStore, make_app: Callable[..., Flask]
) -> None:
    """So a flood of garbage at the door needs no limit: no store is there, and it is refused all the same."""
    client = make_app(redis_url=own_state_store.url, redis_live_url=own_live_store.url).test_client()
    own_state_store.stop()
    own_live_store.stop()
    old = token("somebody", exp=datetime.now(UTC) - timedelta(minutes=1))
    for bad in (token("somebody", secret="f" * 32), unsigned("somebody"), "no-token"):
        assert "no token that our key signed" in reason(ask(client, bad))
    assert "time is over" in reason(ask(client, old))
    assert "show one room token" in reason(ask(client))


def test_no_token_stands_in_the_log(client: FlaskClient, lobby: Device, caplog: pytest.LogCaptureFixture) -> None:
    lobby.join()
    shown = token(lobby.display_id)
    with caplog.at_level(logging.DEBUG):
        ask(client, shown)
    assert lobby.display_id in caplog.text
    assert shown.rpartition(".")[2] not in caplog.text


# -- who may ask --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "nonsense"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_only_this_machine_asks_at_the_door(make_app: Callable[..., Flask], peer: str, proxies: int) -> None:
    client = make_app(trusted_proxies=proxies).test_client()
    response = client.get(ADMIT, headers={"X-Forwarded-For": "127.0.0.1"}, environ_base={"REMOTE_ADDR": peer})
    assert (response.status_code, response.get_json()["error"]) == (403, "not_from_here")


def test_the_proxy_asks_for_people_from_elsewhere(make_app: Callable[..., Flask]) -> None:
    client = make_app(trusted_proxies=1).test_client()
    response = client.get(ADMIT, headers={"X-Forwarded-For": "192.0.2.1"}, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert "show one room token" in reason(response)


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        (None, False),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("localhost", False),
    ],
)
def test_loopback_is_known_by_its_addresses(address: str | None, is_here: bool) -> None:
    assert is_loopback(address) is is_here


# -- what the SFU tells -------------------------------------------------------------------------------------------------------

JOINED = json.dumps({"event": "participant_joined", "room": {"name": "marquee-1-1"}}).encode()


def signature(body: bytes, **changes: Any) -> str:
    """What the SFU sends as Authorization."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return token("", video=None, sha256=digest, **changes)


def tell(client: FlaskClient, authorization: str, content_type: str = "application/webhook+json") -> TestResponse:
    headers = {"Authorization": authorization, "Content-Type": content_type}
    return client.post(WEBHOOK, data=JOINED, headers=headers)


def test_the_sfus_word_wakes_the_steward(client: FlaskClient, parts: Parts) -> None:
    with parts.push.listen(push.ROOMS) as wake:
        assert wake.wait(5), "the subscription begins with a hint"
        wake.clear()
        assert tell(client, signature(JOINED)).status_code == 204
        assert wake.wait(5), "no hint came"


def test_what_the_sfu_did_not_sign_wakes_nobody(client: FlaskClient) -> None:
    expired = datetime.now(UTC) - timedelta(minutes=1)
    for bad in (
        "",
        signature(JOINED + b" "),
        signature(JOINED, secret="f" * 32),
        signature(JOINED, exp=expired),
        token("a-display", "marquee-1-1"),
        token("", sha256="ä"),
    ):
        response = tell(client, bad)
        assert (response.status_code, response.get_json()["error"]) == (401, "bad_signature")


def test_a_webhook_has_its_own_content_type(client: FlaskClient) -> None:
    response = tell(client, signature(JOINED), "application/json")
    assert (response.status_code, response.get_json()["error"]) == (415, "not_a_webhook")


def test_without_livekit_nobody_is_the_sfu(make_app: Callable[..., Flask]) -> None:
    client = make_app(livekit=None, missing_livekit=("LIVEKIT_URL",)).test_client()
    assert tell(client, signature(JOINED)).get_json()["error"] == "livekit_not_configured"
