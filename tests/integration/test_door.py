"""The door before a real SFU: Debian's Caddy with the configuration of a VPS, and LiveKit's own client that wants back in."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
import pytest
import requests
from flask import Flask

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import AccountRole
from controller.services.livekit_tokens import LiveKitTokens
from controller.settings import LiveKitSettings
from onebox.ports import LOOPBACK
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled, presenter_token, signed_in
from tests.support.caddy import Caddy
from tests.support.device import HELLO, Device
from tests.support.guest import Guest
from tests.support.served_controller import ServedController
from tests.support.sfu import API_KEY, API_SECRET, Sfu
from tests.support.stewards import steward_in_office

PASSWORD = "correct horse battery"


def signal(proxy: Caddy, token: str, **headers: str) -> requests.Response:
    """Ask the SFU through the door whether this token would do."""
    address = f"{proxy.url}/rtc/validate"
    return requests.get(address, params={"access_token": token}, headers=headers, timeout=5, allow_redirects=False)


def refreshed(guest: Guest, first: str) -> str:
    """The token that LiveKit gave in place of the first."""
    wait_until(lambda: guest.token() != first, "LiveKit refreshes the token")
    return guest.token()


def test_the_approved_come_in(app: Flask, parts: Parts, proxy: Caddy, make_guest: Callable[[], Guest]) -> None:
    lobby, grace = make_guest(), make_guest()
    assert lobby.join(proxy.signalling_url, display_token(enrolled(app, parts)).token) == "joined"
    presenter = presenter_token(signed_in(app, parts, "grace", AccountRole.PRESENTER))
    assert grace.join(proxy.signalling_url, presenter.token) == "joined"
    assert grace.publish() == "published"
    wait_until(lambda: lobby.frames() > 0, "the picture comes")


def test_who_was_revoked_stays_out_with_every_token_it_has(
    app: Flask, parts: Parts, proxy: Caddy, make_guest: Callable[[], Guest], tries: int
) -> None:
    device, ada = enrolled(app, parts), signed_in(app, parts, "ada", AccountRole.ADMIN)
    guest, first = make_guest(), display_token(device).token
    assert guest.join(proxy.signalling_url, first) == "joined"
    second = refreshed(guest, first)
    assert lives_s(second) > lives_s(first), "that is what the door is for"
    assert ada.decide("revoke", device.display_id).status_code == 200
    wait_until(lambda: not guest.is_connected(), "the display is out")
    joined = [guest.join(proxy.signalling_url, token) for _ in range(tries) for token in (first, second)]
    assert [answer for answer in joined if not answer.startswith("refused")] == []
    assert first not in proxy.log.read_text()
    assert second not in proxy.log.read_text()
    assert "access_token=HIDDEN" in proxy.log.read_text()


def test_after_the_room_is_locked_old_tokens_open_nothing_and_fresh_ones_do(
    app: Flask, parts: Parts, sfu: Sfu, proxy: Caddy, make_guest: Callable[[], Guest], tries: int
) -> None:
    device, ada = enrolled(app, parts), signed_in(app, parts, "ada", AccountRole.ADMIN)
    guest, first = make_guest(), display_token(device)
    assert guest.join(sfu.url, first.token) == "joined"
    second = refreshed(guest, first.token)
    assert ada.post("/api/admin/sessions/1/lock", {}).get_json()["is_ended"]
    wait_until(lambda: not guest.is_connected(), "everybody is out")
    joined = [guest.join(proxy.signalling_url, token) for _ in range(tries) for token in (first.token, second)]
    joined += [guest.join(sfu.url, second) for _ in range(2)]  # past the door the room is what is missing; each takes 1.2 s
    assert [answer for answer in joined if not answer.startswith("refused")] == []
    fresh = display_token(device)
    assert fresh.room != first.room
    assert guest.join(proxy.signalling_url, fresh.token) == "joined"


def test_the_steward_ends_rooms_of_former_epochs_and_no_others(parts: Parts) -> None:
    session = parts.sessions.get(1)
    present, former = parts.rooms.make(session), parts.rooms.make(replace(session, epoch=0))
    assert parts.rooms.there() == {present, former}
    steward_in_office(parts).end_former_rooms()
    assert parts.rooms.there() == {present}


def test_a_room_that_a_look_begun_before_the_lock_made_again_is_ended_by_that_look(app: Flask, parts: Parts) -> None:
    ada, steward = signed_in(app, parts, "ada", AccountRole.ADMIN), steward_in_office(parts)
    seen_before = parts.sessions.get(1)
    former = parts.rooms.make(seen_before)
    assert ada.post("/api/admin/sessions/1/lock", {}).get_json()["is_ended"]
    steward.look_at(seen_before, parts.clock())
    assert former in parts.rooms.there(), "the look asked about the room of before, and so made it"
    steward.end_former_rooms()
    assert former not in parts.rooms.there()


def test_no_secret_stands_in_any_log(app: Flask, parts: Parts, proxy: Caddy, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever people, displays and programs show on their way through the proxy."""
    enrolment_key = parts.enrolment_keys.create(label="hall", max_uses=1, life=timedelta(days=1), now=parts.clock()).key
    parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=parts.clock())
    _, api_key = parts.api_keys.create(
        "lights", AccountRole.ADMIN, life=timedelta(days=1), by=Actor(ActorKind.ACCOUNT, "ada"), now=parts.clock()
    )
    waiting, hall = Device(app.test_client()), Device(app.test_client(), "hall")
    code = waiting.join().pairing_code
    hall.join(enrolment_key=enrolment_key)
    room_token = display_token(hall).token
    with caplog.at_level(logging.DEBUG, logger="controller"), requests.Session() as browser:
        own_page = {"Origin": proxy.url}
        browser.post(f"{proxy.url}/login", data={"name": "ada", "password": PASSWORD}, headers=own_page, timeout=5)
        cookie = browser.cookies["marquee"]
        typed = browser.post(f"{proxy.url}/api/admin/livekit/pairing-code", json={"code": code}, headers=own_page, timeout=5)
        assert typed.status_code == 200, typed.text
        for token in (hall.token, api_key, room_token):
            bearer = {"Authorization": f"Bearer {token}"}
            requests.get(f"{proxy.url}/api/admin/sessions", headers=bearer, timeout=5)
            requests.post(f"{proxy.url}/api/device/v1/heartbeat", json={}, headers=bearer, timeout=5)
            assert signal(proxy, token).status_code in (200, 403)
        body = waiting.hello_body(enrolment_key=enrolment_key)
        signature = waiting.signed_headers(body, waiting.nonce(), host=proxy.url.removeprefix("http://"))
        requests.post(f"{proxy.url}{HELLO}", data=body, headers=signature, timeout=5)
        proxy.stop()  # so that its log is whole
    logs = {"proxy": proxy.log.read_text(), "controller": caplog.text, "audit": "".join(parts.audit_log.oldest_first())}
    assert all(logs.values())
    assert code is not None
    secrets = {
        "password": PASSWORD,
        "cookie": cookie,
        "pairing code": code,
        "device session": hall.token,
        "enrolment key": enrolment_key.split("_")[2],
        "API key": api_key.split("_")[2],
        "room token": room_token.rpartition(".")[2],
        "signature": signature["X-Device-Signature"],
    }
    assert [(log, what) for log, text in logs.items() for what, secret in secrets.items() if secret in text] == []


def lives_s(token: str) -> float:
    """When a token ends."""
    return float(jwt.decode(token, API_SECRET, algorithms=["HS256"])["exp"])


def test_what_was_not_signed_for_this_room_by_us_and_now_is_refused(
    app: Flask, parts: Parts, proxy: Caddy, livekit: LiveKitSettings
) -> None:
    device = enrolled(app, parts)
    good = display_token(device)
    claims = jwt.decode(good.token, API_SECRET, algorithms=["HS256"])
    other_room = LiveKitTokens(livekit).for_display(f"{good.room}0", device.display_id)
    past = datetime.now(UTC) - timedelta(minutes=5)
    for bad in (
        other_room,
        jwt.encode({**claims, "exp": past}, API_SECRET, algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, "f" * 32, algorithm="HS256"),
        "no-token",
    ):
        refusal = signal(proxy, bad, Origin="http://127.0.0.1:9000")
        assert refusal.status_code == 403
        assert refusal.headers["Access-Control-Allow-Origin"] == "*", "a kiosk's page reads that it was refused"
        assert signal(proxy, good.token, Authorization=f"Bearer {bad}").status_code == 403
    assert signal(proxy, good.token).status_code == 200


def test_while_the_controller_is_away_the_sfu_itself_judges(
    app: Flask, parts: Parts, proxy: Caddy, controller: ServedController, make_guest: Callable[[], Guest]
) -> None:
    good = display_token(enrolled(app, parts)).token
    controller.stop()
    assert make_guest().join(proxy.signalling_url, good) == "joined"
    forged = jwt.encode({"iss": API_KEY, "sub": "somebody"}, "f" * 32, algorithm="HS256")
    assert signal(proxy, forged).status_code == 401


class Doorkeeper(HTTPServer):
    """Answers at the door with one status, or not at all."""

    def __init__(self, status: int | None) -> None:
        super().__init__((LOOPBACK, 0), _Answer)
        self.status = status
        self.closing = threading.Event()


class _Answer(BaseHTTPRequestHandler):
    server: Doorkeeper

    def do_GET(self) -> None:
        if self.server.status is None:
            self.server.closing.wait(10)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""


@pytest.mark.parametrize(
    ("answered", "told"),
    [(204, 401), (503, 401), (502, 401), (504, 401), (None, 401), (403, 403), (404, 404), (500, 500), (302, 302)],
)
def test_only_a_door_that_cannot_judge_leaves_it_to_the_sfu(sfu: Sfu, tmp_path: Path, answered: int | None, told: int) -> None:
    """401 is the SFU's own word about what is no token."""
    with Doorkeeper(answered) as keeper:
        threading.Thread(target=keeper.serve_forever, args=(0.02,), daemon=True).start()
        caddy = Caddy(tmp_path, controller_port=keeper.server_port, sfu_port=int(sfu.url.rpartition(":")[2]))
        caddy.start()
        assert signal(caddy, "no-token").status_code == told
        keeper.closing.set()
        caddy.stop()
        keeper.shutdown()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/internal/livekit/admit"),
        ("GET", "//internal/livekit/admit"),
        ("GET", "/x/../internal/livekit/admit"),
        ("GET", "/Internal/livekit/admit"),
        ("POST", "/api/livekit/webhook"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("POST", "/rtc"),
        ("GET", "/rtcx"),
        ("POST", "/twirp/livekit.RoomService/ListRooms"),
    ],
)
def test_what_is_inside_stays_inside(proxy: Caddy, method: str, path: str) -> None:
    asked = requests.Request(method, proxy.url).prepare()
    asked.url = f"{proxy.url}{path}"  # as it stands: requests would tidy it
    with requests.Session() as session:
        assert session.send(asked, timeout=5).status_code == 404


def test_the_proxy_serves_pages_and_streams_and_refuses_long_bodies(app: Flask, parts: Parts, proxy: Caddy) -> None:
    assert requests.get(f"{proxy.url}/healthz", timeout=5).json() == {"status": "ok"}
    device = enrolled(app, parts)
    headers = {"Authorization": f"Bearer {device.token}"}
    started = time.monotonic()
    with requests.get(f"{proxy.url}/api/device/v1/events", headers=headers, stream=True, timeout=15) as stream:
        assert b"event: state" in itertools.islice(stream.iter_lines(), 3)
        assert time.monotonic() - started < 5, "it is not held back"
    response = requests.post(f"{proxy.url}/api/device/v1/hello", data=b"x" * 100_000, timeout=5)
    assert response.status_code == 413
