"""Limits stop a flood and never a site."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import AccountRole
from controller.web import rate_limits
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.own_stores import OwnStore
from tests.support.person import SAME_ORIGIN, Person
from wire.display import State

ADA = Actor(ActorKind.ACCOUNT, "ada")

BANDWIDTH = "/api/admin/bandwidth/status"
NONCE = "/api/device/v1/nonce"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits as always, only with smaller numbers."""
    monkeypatch.setattr(rate_limits, "BY_KEY", "3 per minute")
    monkeypatch.setattr(rate_limits, "SIGN_INS_BY_ADDRESS", "3 per minute")
    monkeypatch.setattr(rate_limits, "HELLOS_OF_DISPLAY", RateLimitItemPerMinute(3))
    monkeypatch.setattr(rate_limits, "HELLOS_OF_ENROLMENT_KEY", RateLimitItemPerMinute(3))
    monkeypatch.setattr(rate_limits, "NEW_DISPLAYS_OF_ADDRESS", RateLimitItemPerMinute(2))
    monkeypatch.setattr(rate_limits, "NEW_DISPLAYS", RateLimitItemPerMinute(4))


def is_refused(response: TestResponse) -> bool:
    if response.status_code != 429:
        return False
    assert response.get_json()["error"] == "too_many_requests"
    assert response.get_json()["message"].startswith("too many requests; wait ")
    assert 1 <= int(response.headers["Retry-After"]) <= 61, "a minute, rounded up by Flask-Limiter"
    return True


def hello(device: Device, address: str, key: str | None = None) -> TestResponse:
    """A hello whose nonce costs nothing of the address's."""
    parts: Parts = device.client.application.extensions["marquee"]
    body = device.hello_body(enrolment_key=key)
    headers = device.signed_headers(body, parts.device_identity.issue_nonce(parts.clock()))
    return device.client.post("/api/device/v1/hello", data=body, headers=headers, environ_base={"REMOTE_ADDR": address})


# -- by key -------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("strict")
def test_a_person_is_counted_by_their_name_on_each_route(ada: Person, paula: Person) -> None:
    answers = [ada.get(BANDWIDTH) for _ in range(4)]
    assert [is_refused(answer) for answer in answers] == [False, False, False, True]
    assert paula.get(BANDWIDTH).status_code == 200, "somebody else behind the same address"
    assert ada.get("/api/admin/livekit/status?session_id=1").status_code == 200, "another route"


@pytest.mark.usefixtures("strict")
def test_a_program_is_counted_by_its_key(app: Flask, ada: Person, parts: Parts, clock: MovableClock) -> None:
    keys = [parts.api_keys.create(label, AccountRole.ADMIN, life=timedelta(days=1), by=ADA, now=clock())[1] for label in "ab"]
    statuses = [
        app.test_client().get(BANDWIDTH, headers={"Authorization": f"Bearer {key}"}).status_code for key in keys for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 429] * 2
    assert ada.get(BANDWIDTH).status_code == 200


@pytest.mark.usefixtures("strict")
def test_a_display_is_counted_by_its_id(lobby: Device, hall: Device) -> None:
    lobby.join()
    answers = [lobby.post("heartbeat", lobby.heartbeat()) for _ in range(4)]
    assert [is_refused(answer) for answer in answers] == [False, False, False, True]
    hello(hall, "127.0.0.1")


def test_a_page_over_the_limit_is_a_page(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "BY_KEY", "1 per minute")
    ada.get("/present")
    response = ada.get("/present")
    assert (response.status_code, response.mimetype) == (429, "text/html")
    assert "too many requests" in response.text
    assert int(response.headers["Retry-After"]) >= 1


# -- by address ---------------------------------------------------------------------------------------------------------------


def test_a_stranger_is_counted_by_address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "BY_ADDRESS", "3 per minute")

    def ask(address: str) -> TestResponse:
        return app.test_client().post(NONCE, json={}, environ_base={"REMOTE_ADDR": address})

    assert [is_refused(ask("2001:db8::1")) for _ in range(4)] == [False, False, False, True]
    assert is_refused(ask("2001:db8::ffff")), "the same network"
    assert not is_refused(ask("2001:db8:0:1::1"))


@pytest.mark.usefixtures("strict")
def test_sign_ins_have_a_limit_of_their_own(app: Flask) -> None:
    def sign_in() -> int:
        form = {"name": "x", "password": "y"}
        return app.test_client().post("/login", data=form, headers=SAME_ORIGIN).status_code

    assert [sign_in() for _ in range(4)] == [401, 401, 401, 429]


@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/css/tokens.css"])
def test_what_anybody_may_read_is_not_counted(app: Flask, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(rate_limits, "BY_ADDRESS", "3 per minute")
    for _ in range(10):
        with app.test_client().get(path) as response:
            assert response.status_code == 200


# -- hello --------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("strict")
def test_new_displays_are_counted_by_address_and_together(app: Flask) -> None:
    def join(address: str) -> TestResponse:
        return hello(Device(app.test_client()), address)

    assert [is_refused(join("192.0.2.1")) for _ in range(3)] == [False, False, True]
    assert [is_refused(join("192.0.2.2")) for _ in range(2)] == [False, False]
    assert is_refused(join("192.0.2.3")), "all addresses together"


@pytest.mark.usefixtures("strict")
def test_a_flood_of_new_displays_keeps_neither_known_nor_enrolled_ones_out(app: Flask, parts: Parts, clock: MovableClock) -> None:
    known = Device(app.test_client())
    assert hello(known, "192.0.2.1").status_code == 200
    while not is_refused(hello(Device(app.test_client()), "192.0.2.1")):
        pass
    assert hello(known, "192.0.2.1").status_code == 200
    key = parts.enrolment_keys.create(label="site", max_uses=2, life=timedelta(days=1), now=clock()).key
    assert hello(Device(app.test_client()), "192.0.2.1", key).status_code == 200
    assert is_refused(hello(Device(app.test_client()), "192.0.2.1", "mek1_nonsense")), "what is no key opens nothing"


@pytest.mark.usefixtures("strict")
def test_a_known_display_and_an_enrolment_key_have_their_own_limits(app: Flask, parts: Parts, clock: MovableClock) -> None:
    lobby = Device(app.test_client())
    assert [is_refused(hello(lobby, "192.0.2.1")) for _ in range(5)] == [False] * 4 + [True]
    key = parts.enrolment_keys.create(label="site", max_uses=50, life=timedelta(days=1), now=clock()).key
    assert [is_refused(hello(Device(app.test_client()), "192.0.2.9", key)) for _ in range(4)] == [False] * 3 + [True]


@pytest.mark.usefixtures("strict")
def test_nobody_uses_up_the_hellos_of_a_display_whose_key_they_do_not_hold(app: Flask, parts: Parts) -> None:
    lobby, other = Device(app.test_client()), Device(app.test_client())
    hello(lobby, "192.0.2.1")
    for _ in range(10):
        body = other.hello_body()
        headers = other.signed_headers(body, parts.device_identity.issue_nonce(parts.clock()))
        headers["X-Device-Key"] = lobby.signed_headers(body, "")["X-Device-Key"]
        other.client.post("/api/device/v1/hello", data=body, headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.1"})
    assert hello(lobby, "192.0.2.1").status_code == 200


def test_two_hundred_displays_of_one_address_that_start_together_all_get_in(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(session_max_displays=1000)
    parts: Parts = app.extensions["marquee"]
    made = [parts.enrolment_keys.create(label="site", max_uses=50, life=timedelta(days=1), now=parts.clock()) for _ in range(2)]
    known = [Device(app.test_client()) for _ in range(50)]
    with monkeypatch.context() as before:
        before.setattr(rate_limits, "NEW_DISPLAYS", RateLimitItemPerMinute(1_000))
        for number, device in enumerate(known):
            assert hello(device, f"10.0.0.{number}").status_code == 200
    enrolled = [Device(app.test_client()) for _ in range(100)]
    wanted = (
        [(device, None) for device in known]
        + [(device, made[number % 2].key) for number, device in enumerate(enrolled)]
        + [(Device(app.test_client()), None) for _ in range(50)]
    )

    def start(one: tuple[Device, str | None]) -> State:
        return one[0].join(**({"enrolment_key": one[1]} if one[1] else {})).state

    with ThreadPoolExecutor(40) as pool:
        states = list(pool.map(start, wanted))
    assert [states.count(state) for state in (State.APPROVED, State.PENDING)] == [100, 100]


# -- the store ----------------------------------------------------------------------------------------------------------------


def test_without_the_store_each_process_counts_for_itself(
    make_app: Callable[..., Flask], own_live_store: OwnStore, clock: MovableClock, announced_logs: AnnouncedLogs, strict: None
) -> None:
    announced_logs.allow("store lost", "Rate limit storage unreachable")
    app = make_app(redis_live_url=own_live_store.url)
    ada = person(app, app.extensions["marquee"], clock, "ada", AccountRole.ADMIN)
    own_live_store.stop()
    assert [is_refused(ada.get(BANDWIDTH)) for _ in range(4)] == [False, False, False, True]
