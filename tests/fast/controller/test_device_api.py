"""What a display asks, and every way of asking it wrongly."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.parts import Parts
from controller.settings import AutoApprove
from controller.web.access import Audience, opens_to
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import HELLO, Device
from tests.support.person import Person
from wire.display import DISPLAY_ID_LENGTH, PendingReason, Role, State, ViewerReport


def enrolment_key(parts: Parts, clock: MovableClock, uses: int = 1) -> str:
    return parts.enrolment_keys.create(label="first", max_uses=uses, life=timedelta(days=1), now=clock()).key


def test_a_display_without_a_key_waits_with_a_pairing_code(lobby: Device) -> None:
    state = lobby.join()
    assert state.state is State.PENDING
    assert state.reason is PendingReason.NEEDS_APPROVAL
    assert state.pairing_code is not None
    assert len(state.pairing_code) == 9
    assert len(state.display_id) == DISPLAY_ID_LENGTH
    assert state.session is None


def test_the_same_display_keeps_its_id_and_its_code(lobby: Device) -> None:
    assert lobby.join().pairing_code == lobby.join().pairing_code


def test_an_enrolment_key_lets_in_as_normal_once(lobby: Device, hall: Device, parts: Parts, clock: MovableClock) -> None:
    key = enrolment_key(parts, clock)
    first = lobby.join(enrolment_key=key)
    assert (first.state, first.role) == (State.APPROVED, Role.NORMAL)
    assert first.session is not None
    assert lobby.join(enrolment_key=key).state is State.APPROVED, "a retry of the same machine costs no second use"
    second = hall.join(enrolment_key=key)
    assert (second.state, second.reason) == (State.PENDING, PendingReason.ENROLMENT_KEY_REFUSED)


def test_a_waiting_display_is_let_in_when_it_is_given_a_key(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    assert lobby.join().state is State.PENDING
    assert lobby.join(enrolment_key=enrolment_key(parts, clock)).state is State.APPROVED


@pytest.mark.parametrize("key", ["nonsense", "mek1_00000000_11_22", "mek1_cbc4ac28_0b5bb1e833fc8bd20c_7a947eca"])
def test_a_wrong_enrolment_key_leaves_the_display_waiting(lobby: Device, key: str) -> None:
    state = lobby.join(enrolment_key=key)
    assert (state.state, state.reason) == (State.PENDING, PendingReason.ENROLMENT_KEY_REFUSED)


def test_an_expired_enrolment_key_is_refused(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    key = enrolment_key(parts, clock)
    clock.move(2 * 86_400)
    assert lobby.join(enrolment_key=key).reason is PendingReason.ENROLMENT_KEY_REFUSED


def test_one_use_key_and_many_at_once_lets_in_exactly_one(app: Flask, parts: Parts, clock: MovableClock) -> None:
    key = enrolment_key(parts, clock)
    devices = [Device(app.test_client(), f"display-{number}") for number in range(8)]
    states: list[State] = []
    threads = [threading.Thread(target=lambda d=device: states.append(d.join(enrolment_key=key).state)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == [State.APPROVED] + [State.PENDING] * 7


def test_all_approves_everybody_and_none_nobody(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    everybody = Device(make_app(auto_approve=AutoApprove.ALL).test_client())
    assert everybody.join().state is State.APPROVED
    nobody = Device(make_app(auto_approve=AutoApprove.NONE).test_client(), "hall")
    assert nobody.join(enrolment_key=enrolment_key(parts, clock)).state is State.PENDING


def test_the_sixth_automatic_approval_waits(make_app: Callable[..., Flask]) -> None:
    app = make_app(auto_approve=AutoApprove.ALL)
    states = [Device(app.test_client(), f"display-{number}").join() for number in range(6)]
    assert [state.state for state in states] == [State.APPROVED] * 5 + [State.PENDING]
    assert states[5].reason is PendingReason.SESSION_FULL


def test_a_wish_for_an_unknown_session_is_refused_and_lists_the_known(make_app: Callable[..., Flask]) -> None:
    device = Device(make_app(auto_approve=AutoApprove.ALL).test_client())
    response = device.say_hello(wanted_session_id=7)
    assert response.status_code == 404
    assert "Main stage" in response.get_json()["message"]


def test_a_captured_hello_is_worth_nothing(lobby: Device, client: FlaskClient) -> None:
    body, nonce = lobby.hello_body(), lobby.nonce()
    headers = lobby.signed_headers(body, nonce)
    assert client.post(HELLO, data=body, headers=headers).status_code == 200
    again = client.post(HELLO, data=body, headers=headers)
    assert (again.status_code, again.get_json()["error"]) == (401, "use_nonce")


def test_nonces_without_end_store_nothing(lobby: Device, parts: Parts) -> None:
    lobby.nonce()  # the rate limit's own count is there from the first
    before = len(stored(parts))
    for _ in range(500):
        lobby.nonce()
    assert len(stored(parts)) == before


def test_a_bad_signature_burns_no_nonce(lobby: Device, client: FlaskClient) -> None:
    body, nonce = lobby.hello_body(), lobby.nonce()
    good = lobby.signed_headers(body, nonce)
    assert client.post(HELLO, data=body, headers={**good, "X-Device-Signature": "A" * 86}).status_code == 401
    assert client.post(HELLO, data=body, headers=good).status_code == 200


def stored(parts: Parts) -> list[str]:
    """Every key of both stores."""
    return [*parts.stores.state.keys("*"), *parts.stores.live.keys("*")]  # type: ignore[attr-defined]


def test_a_hello_for_another_controller_is_refused(lobby: Device, client: FlaskClient) -> None:
    body = lobby.hello_body()
    response = client.post(HELLO, data=body, headers=lobby.signed_headers(body, lobby.nonce(), host="evil.example.org"))
    assert response.get_json()["error"] == "bad_signature"


def test_the_host_is_signed_as_it_is_sent(lobby: Device, client: FlaskClient) -> None:
    body = lobby.hello_body()
    headers = lobby.signed_headers(body, lobby.nonce(), host="localhost:80")
    assert client.post(HELLO, data=body, headers=headers, base_url="http://localhost:80").status_code == 200


def test_an_old_or_foreign_nonce_is_refused(lobby: Device, client: FlaskClient, clock: MovableClock) -> None:
    body, old = lobby.hello_body(), lobby.nonce()
    clock.move(121)
    for nonce in (old, "AAAA", "nonsense!"):
        response = client.post(HELLO, data=body, headers=lobby.signed_headers(body, nonce))
        assert (response.status_code, response.get_json()["error"]) == (401, "use_nonce")


def test_a_changed_body_or_a_missing_header_is_refused(lobby: Device, client: FlaskClient) -> None:
    body = lobby.hello_body()
    headers = lobby.signed_headers(body, lobby.nonce())
    changed = client.post(HELLO, data=body.replace(b"lobby", b"hobby"), headers=headers)
    assert changed.get_json()["error"] == "bad_signature"
    del headers["X-Device-Signature"]
    missing = client.post(HELLO, data=body, headers=headers)
    assert "X-Device-Signature" in missing.get_json()["message"]


def test_a_signed_hello_that_is_no_hello_is_refused(lobby: Device, client: FlaskClient) -> None:
    for body in (b"{}", b"[]", b'{"boot_id": 1}'):
        response = client.post(HELLO, data=body, headers=lobby.signed_headers(body, lobby.nonce()))
        assert (response.status_code, response.get_json()["error"]) == (400, "malformed")


def test_a_heartbeat_is_answered_with_the_state(lobby: Device, ada: Person) -> None:
    lobby.join()
    assert lobby.beat().state is State.PENDING
    assert ada.decide("approve", lobby.display_id, role="protected").status_code == 200
    state = lobby.beat()
    assert (state.state, state.role, state.pairing_code) == (State.APPROVED, Role.PROTECTED, None)


@pytest.mark.parametrize("path", ["heartbeat", "livekit-token"])
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_nobody_gets_an_answer_without_a_device_session(client: FlaskClient, path: str, authorization: str) -> None:
    response = client.post(f"/api/device/v1/{path}", json={}, headers={"Authorization": authorization})
    assert (response.status_code, response.get_json()["error"]) == (401, "no_session")


def test_events_need_a_device_session(client: FlaskClient) -> None:
    assert client.get("/api/device/v1/events").status_code == 401


FORGED_FIRST = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example.org",
}


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9"), (3, "127.0.0.1")])
def test_a_display_has_the_address_that_the_trusted_proxies_saw(
    make_app: Callable[..., Flask], parts: Parts, proxies: int, address: str
) -> None:
    display = Device(make_app(trusted_proxies=proxies).test_client())
    body = display.hello_body()
    headers = {**display.signed_headers(body, display.nonce()), **FORGED_FIRST}
    assert display.client.post(HELLO, data=body, headers=headers).status_code == 200, "the host that is signed is not forwarded"
    (record,) = parts.registry.in_session(1)
    assert record.address == address


@pytest.mark.parametrize(("proxies", "is_secure"), [(0, False), (1, True)])
def test_the_scheme_is_what_the_trusted_proxy_saw(make_app: Callable[..., Flask], proxies: int, is_secure: bool) -> None:
    response = make_app(trusted_proxies=proxies).test_client().get("/healthz", headers=FORGED_FIRST)
    assert ("Strict-Transport-Security" in response.headers) is is_secure


def test_an_address_without_end_is_shortened(make_app: Callable[..., Flask], ada: Person) -> None:
    display = Device(make_app(trusted_proxies=1).test_client())
    body = display.hello_body()
    headers = {**display.signed_headers(body, display.nonce()), "X-Forwarded-For": "x" * 500}
    assert display.client.post(HELLO, data=body, headers=headers).status_code == 200
    assert ada.get("/api/admin/livekit/displays?session_id=1").status_code == 200


def test_no_display_starts_a_log_line_of_its_own(lobby: Device, caplog: pytest.LogCaptureFixture) -> None:
    lobby.hostname = "lobby\nWARNING controller.steward: forged"
    with caplog.at_level(logging.INFO):
        assert lobby.join().name == "lobby WARNING controller.steward: forged"
    assert caplog.messages
    assert not any("\n" in message for message in caplog.messages)


def test_no_path_starts_a_log_line_of_its_own(make_app: Callable[..., Flask], announced_logs: AnnouncedLogs) -> None:
    app = make_app()
    announced_logs.allow("request failed")
    app.add_url_rule("/api/broken/<name>", view_func=opens_to(Audience.ANYONE)(lambda name: {}[name]))
    assert app.test_client().get("/api/broken/x%0AWARNING%20forged").status_code == 500
    assert [line for line in announced_logs.lines if "\n" in line] == []


def test_a_superseded_run_is_told_so(app: Flask, lobby: Device) -> None:
    lobby.join()
    other = Device(app.test_client())
    other.key = lobby.key
    other.join()
    response = lobby.post("heartbeat", lobby.heartbeat())
    assert (response.status_code, response.get_json()["error"]) == (409, "superseded")
    assert other.post("heartbeat", other.heartbeat()).status_code == 200


def test_a_waiting_display_gets_no_room_token(lobby: Device) -> None:
    lobby.join()
    response = lobby.post("livekit-token")
    assert (response.status_code, response.get_json()["error"]) == (403, "not_approved")


def test_an_approved_display_hears_that_the_sfu_is_away(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    lobby.join(enrolment_key=enrolment_key(parts, clock))
    response = lobby.post("livekit-token")
    assert (response.status_code, response.get_json()["error"]) == (503, "sfu_unreachable")
    assert response.headers["Retry-After"]


def test_missing_livekit_credentials_are_named(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"))
    device = Device(app.test_client())
    assert device.join(enrolment_key=enrolment_key(parts, clock)).sfu_url is None
    response = device.post("livekit-token")
    assert response.get_json()["error"] == "livekit_not_configured"
    assert "LIVEKIT_API_KEY, LIVEKIT_API_SECRET" in response.get_json()["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b'{"run_id": 1}', "application/json", 400, "malformed"),
        (b"x" * 20_000, "application/json", 413, "too_large"),
        (b"{}", "text/plain", 415, "not_json"),
    ],
)
def test_a_bad_heartbeat_is_refused_and_kept_nowhere(
    lobby: Device, parts: Parts, body: bytes, content_type: str, status: int, error: str
) -> None:
    lobby.join()
    headers = {"Authorization": f"Bearer {lobby.token}", "Content-Type": content_type}
    response = lobby.client.post("/api/device/v1/heartbeat", data=body, headers=headers)
    assert (response.status_code, response.get_json()["error"]) == (status, error)
    assert parts.window.of_displays([lobby.display_id]) == {}


def test_numbers_out_of_bounds_are_refused(lobby: Device) -> None:
    lobby.join()
    body = lobby.heartbeat(ViewerReport()).replace(b'"frames_per_second":0', b'"frames_per_second":1e99')
    assert lobby.post("heartbeat", body).status_code == 400


def test_the_hour_ends_and_hello_begins_another(lobby: Device, parts: Parts) -> None:
    lobby.join()
    parts.stores.live.delete(*[f"device:session:{name}" for name in _session_names(parts)])
    assert lobby.post("heartbeat", lobby.heartbeat()).get_json()["error"] == "no_session"
    lobby.join()
    assert lobby.post("heartbeat", lobby.heartbeat()).status_code == 200


def _session_names(parts: Parts) -> list[str]:
    found = parts.stores.live.keys("device:session:*")  # type: ignore[attr-defined]
    return [name.removeprefix("device:session:") for name in found]
