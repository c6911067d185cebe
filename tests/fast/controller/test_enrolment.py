"""Enrolment keys: made, listed and revoked by an admin; counted with the registration; never more than they say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.services import keys
from controller.settings import AutoApprove
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from wire.display import PendingReason, Role, State
from wire.enrolment import EnrolmentKeyList, EnrolmentKeyView, ShownEnrolmentKey

PATH = "/api/admin/enrolment-keys"
STAGE_2 = '{"name": "Great hall", "epoch": 1}'


def make(admin: Person, **changes: object) -> TestResponse:
    return admin.post(PATH, {"label": "lobby screens", "session_id": 1, **changes})


def made(admin: Person, **changes: object) -> ShownEnrolmentKey:
    return ShownEnrolmentKey.parse(make(admin, **changes).data)


def only(admin: Person) -> EnrolmentKeyView:
    (found,) = EnrolmentKeyList.parse(admin.get(PATH).data).keys
    return found


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


@pytest.fixture
def second_session(parts: Parts) -> int:
    """The number of another session."""
    parts.sessions.all()
    parts.stores.state.hset(keys.SESSIONS, "2", STAGE_2)
    return 2


# -- made, listed, revoked ----------------------------------------------------------------------------------------------------


def test_a_key_is_good_for_one_display_and_a_week_unless_said_otherwise(ada: Person, clock: MovableClock) -> None:
    shown = made(ada)
    assert shown.expires_at == clock() + timedelta(days=7)
    assert shown.variables == f"KIOSK_ENROLMENT_KEY={shown.key} CONTROLLER_URL=http://localhost"
    listed = only(ada)
    assert (listed.max_uses, listed.uses, listed.lets_in, listed.made_by) == (1, 0, True, "ada")


def test_the_secret_is_shown_once_and_kept_nowhere(ada: Person, parts: Parts) -> None:
    shown = made(ada)
    secret = shown.key.split("_")[2]
    stored = parts.stores.state.hgetall(keys.enrolment_key(shown.key_id))
    log = list(parts.audit_log.newest_first())
    assert not any(secret in text for text in (ada.get(PATH).text, ada.get("/enrolment-keys").text, str(stored), str(log)))


def test_the_list_names_who_came_by_a_key(ada: Person, lobby: Device, hall: Device) -> None:
    shown = made(ada, uses=2)
    hall.join()
    lobby.join(enrolment_key=shown.key)
    assert (only(ada).uses, only(ada).displays) == (1, ["lobby"])


def test_a_revoked_key_lets_nobody_in_and_who_came_by_it_stays(ada: Person, lobby: Device, hall: Device) -> None:
    shown = made(ada, uses=2)
    lobby.join(enrolment_key=shown.key)
    assert ada.delete(f"{PATH}/{shown.key_id}", {}).status_code == 200
    assert hall.join(enrolment_key=shown.key).reason is PendingReason.ENROLMENT_KEY_REFUSED
    assert lobby.beat().state is State.APPROVED
    assert (only(ada).is_revoked, only(ada).lets_in) == (True, False)
    assert refusal(ada.delete(f"{PATH}/{shown.key_id}", {})) == (404, "unknown_enrolment_key"), "twice"


def test_making_and_revoking_are_recorded(ada: Person, parts: Parts) -> None:
    shown = made(ada)
    ada.delete(f"{PATH}/{shown.key_id}", {})
    newest = list(parts.audit_log.newest_first())[:2]
    assert ["enrolment_key.revoked" in newest[0], "enrolment_key.made" in newest[1]] == [True, True]


def test_a_key_that_an_older_version_made_is_still_good(ada: Person, parts: Parts, lobby: Device) -> None:
    shown = made(ada)
    client = parts.stores.state
    client.hdel(keys.enrolment_key(shown.key_id), "session_id")
    client.hdel(keys.enrolment_key(shown.key_id), "made_by")
    assert (only(ada).session_id, only(ada).made_by) == (None, "")
    assert lobby.join(enrolment_key=shown.key).state is State.APPROVED


# -- refused ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        *({"uses": 0}, {"uses": 51}, {"uses": "2"}, {"days": 0}, {"days": 91}),
        *({"label": 5}, {"label": "x" * 121}, {"session_id": 0}, {"role": "protected"}),
    ],
)
def test_a_malformed_wish_makes_no_key(ada: Person, changes: dict[str, object]) -> None:
    assert refusal(make(ada, **changes)) == (400, "malformed")
    assert EnrolmentKeyList.parse(ada.get(PATH).data).keys == []


@pytest.mark.parametrize("label", ["", " lobby", "x" * 61, "a\nb"])
def test_a_label_that_cannot_be_used_makes_no_key(ada: Person, label: str) -> None:
    assert refusal(make(ada, label=label)) == (400, "bad_enrolment_key")


def test_an_unknown_session_makes_no_key(ada: Person) -> None:
    assert refusal(make(ada, session_id=7)) == (404, "unknown_session")
    assert refusal(ada.delete(f"{PATH}/ffffffff", {})) == (404, "unknown_enrolment_key")


def test_only_admins_in_person_make_keys(client: FlaskClient, paula: Person, ada: Person, parts: Parts) -> None:
    body = {"label": "lobby screens", "session_id": 1}
    assert refusal(client.post(PATH, json=body, headers=SAME_ORIGIN)) == (401, "sign_in")
    assert refusal(make(paula)) == (403, "wrong_role")
    assert refusal(ada.client.post(PATH, json=body, headers={"Origin": "http://evil.example.org"})) == (403, "foreign_origin")
    assert client.get("/enrolment-keys").location == "/login?next=/enrolment-keys"
    assert paula.get("/enrolment-keys").status_code == 403
    assert parts.enrolment_keys.all() == []


# -- displays that come by a key ----------------------------------------------------------------------------------------------


def test_the_session_of_the_key_is_the_session_of_the_display(
    ada: Person, lobby: Device, hall: Device, second_session: int
) -> None:
    key = made(ada, session_id=second_session, uses=2).key
    state = lobby.join(enrolment_key=key)
    assert (state.role, state.session and state.session.session_id) == (Role.NORMAL, 2)
    assert hall.join().state is State.PENDING, "it waits in the first session"
    moved = hall.join(enrolment_key=key)
    assert moved.session is not None
    assert moved.session.session_id == 2


def test_a_key_that_lets_nobody_in_any_more_decides_no_session(
    ada: Person, lobby: Device, hall: Device, second_session: int, parts: Parts
) -> None:
    key = made(ada, session_id=second_session, uses=1).key
    lobby.join(enrolment_key=key)
    assert hall.join(enrolment_key=key).reason is PendingReason.ENROLMENT_KEY_REFUSED
    assert parts.registry.get(hall.display_id).session_id == 1


def test_a_key_of_an_archived_session_lets_nobody_in(ada: Person, lobby: Device, second_session: int, parts: Parts) -> None:
    key = made(ada, session_id=second_session).key
    parts.stores.state.hdel(keys.SESSIONS, str(second_session))
    assert lobby.join(enrolment_key=key).reason is PendingReason.ENROLMENT_KEY_REFUSED
    assert ada.get("/enrolment-keys").status_code == 200


def test_an_expired_key_lets_nobody_in(ada: Person, lobby: Device, hall: Device, clock: MovableClock) -> None:
    key = made(ada, uses=2, days=1).key
    clock.move(86_400 - 1)
    assert lobby.join(enrolment_key=key).state is State.APPROVED
    clock.move(1)
    assert hall.join(enrolment_key=key).reason is PendingReason.ENROLMENT_KEY_REFUSED


def test_a_retry_of_the_same_machine_costs_no_second_use(ada: Person, lobby: Device) -> None:
    key = made(ada, uses=2).key
    for _ in range(5):
        assert lobby.join(enrolment_key=key).state is State.APPROVED
    assert only(ada).uses == 1


@pytest.mark.parametrize("auto_approve", [AutoApprove.NONE, AutoApprove.ALL])
def test_where_keys_count_for_nothing_none_is_spent(
    make_app: Callable[..., Flask], ada: Person, auto_approve: AutoApprove
) -> None:
    key = made(ada).key
    Device(make_app(auto_approve=auto_approve).test_client()).join(enrolment_key=key)
    assert only(ada).uses == 0


def test_of_many_at_once_a_key_for_one_lets_in_exactly_one(app: Flask, ada: Person) -> None:
    key = made(ada).key
    displays = [Device(app.test_client(), f"hall {number}") for number in range(16)]
    bodies = [display.hello_body(enrolment_key=key) for display in displays]
    headers = [display.signed_headers(body, display.nonce()) for display, body in zip(displays, bodies, strict=True)]
    states: list[str] = []
    ready = threading.Barrier(16)

    def say_hello(display: Device, body: bytes, signed: dict[str, str]) -> None:
        ready.wait()
        response = display.client.post("/api/device/v1/hello", data=body, headers=signed)
        states.append(response.get_json()["display"]["state"])

    threads = [threading.Thread(target=say_hello, args=each) for each in zip(displays, bodies, headers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["approved"] + ["pending"] * 15
    assert (only(ada).uses, len(only(ada).displays)) == (1, 1)


def test_one_machine_many_times_at_once_costs_one_use(ada: Person, lobby: Device, parts: Parts) -> None:
    key = made(ada, uses=5).key
    bodies = [lobby.hello_body(enrolment_key=key) for _ in range(8)]
    headers = [lobby.signed_headers(body, lobby.nonce()) for body in bodies]
    statuses: list[int] = []

    def say_hello(body: bytes, signed: dict[str, str]) -> None:
        client = lobby.client.application.test_client()
        statuses.append(client.post("/api/device/v1/hello", data=body, headers=signed).status_code)

    threads = [threading.Thread(target=say_hello, args=each) for each in zip(bodies, headers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}, "done, or told to try again"
    assert (only(ada).uses, len(parts.registry.in_session(1))) == (1, 1)
