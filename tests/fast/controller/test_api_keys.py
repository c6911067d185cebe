"""API keys: what a program may do with one, and what it may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services import keys
from controller.services.accounts import Account, AccountRole
from controller.services.api_keys import ApiKey, BadApiKey
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.admin import DisplayView
from wire.people import ApiKeyList, ShownApiKey

ADA = Actor(ActorKind.ACCOUNT, "ada")

KEYS = "/api/admin/api-keys"
DISPLAYS = "/api/admin/livekit/displays?session_id=1"
BANDWIDTH = "/api/admin/bandwidth/status"
DAY_S = 86_400
BODY = {"label": "lights", "role": "admin", "days": 30}


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def make(parts: Parts, clock: MovableClock, role: AccountRole = AccountRole.ADMIN, days: int = 30) -> tuple[ApiKey, str]:
    return parts.api_keys.create("lights", role, life=timedelta(days=days), by=ADA, now=clock())


class Program:
    """A script that shows a key, and whatever cookie it happens to have."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, body: dict[str, object]) -> TestResponse:
        return self.client.post(path, json=body, headers=self.headers)


# -- the key itself -----------------------------------------------------------------------------------------------------------


def test_a_key_is_good_for_its_role_until_it_expires(parts: Parts, clock: MovableClock) -> None:
    _, text = make(parts, clock, AccountRole.PRESENTER)
    assert parts.api_keys.account_of(text, clock()) == Account("API key lights", AccountRole.PRESENTER)
    clock.move(30 * DAY_S - 1)
    assert parts.api_keys.account_of(text, clock()) is not None
    clock.move(1)
    assert parts.api_keys.account_of(text, clock()) is None
    assert parts.api_keys.all(clock()) == []
    assert parts.stores.state.hgetall(keys.API_KEYS) == {}, "it is forgotten"


def test_a_key_is_stored_hashed(parts: Parts, clock: MovableClock) -> None:
    key, text = make(parts, clock)
    secret = text.split("_")[2]
    assert len(secret) == 48
    assert secret not in str(parts.stores.state.hget(keys.API_KEYS, key.key_id))
    assert secret not in repr(key)


def test_every_wrong_letter_is_noticed(parts: Parts, clock: MovableClock) -> None:
    _, text = make(parts, clock)
    for place in range(len(text)):
        wrong = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        assert parts.api_keys.account_of(wrong, clock()) is None


@pytest.mark.parametrize("text", ["", "mak1", "mak1___", "mek1_0_0_0", "mak1_ä_ö_ü", "x" * 10_000, "mak1_00000000_" + "0" * 48])
def test_what_is_no_key_is_none(parts: Parts, clock: MovableClock, text: str) -> None:
    assert parts.api_keys.account_of(text, clock()) is None


@pytest.mark.parametrize(("label", "days"), [("", 1), (" x", 1), ("x" * 61, 1), ("a\nb", 1), ("x", 0), ("x", -1), ("x", 401)])
def test_a_key_without_a_label_or_an_end_is_not_made(parts: Parts, clock: MovableClock, label: str, days: int) -> None:
    with pytest.raises(BadApiKey):
        parts.api_keys.create(label, AccountRole.ADMIN, life=timedelta(days=days), by=ADA, now=clock())


def test_use_is_noted_to_a_minute(parts: Parts, clock: MovableClock) -> None:
    _, text = make(parts, clock)
    assert parts.api_keys.all(clock())[0].last_used_at is None
    parts.api_keys.account_of(text, clock())
    first = clock()
    clock.move(59)
    parts.api_keys.account_of(text, clock())
    assert parts.api_keys.all(clock())[0].last_used_at == first
    clock.move(1)
    parts.api_keys.account_of(text, clock())
    assert parts.api_keys.all(clock())[0].last_used_at == clock()


# -- what a program may do ----------------------------------------------------------------------------------------------------


def test_a_program_needs_neither_cookie_nor_origin(app: Flask, parts: Parts, lobby: Device, clock: MovableClock) -> None:
    lobby.join()
    program = Program(app.test_client(), make(parts, clock)[1])
    assert program.get(DISPLAYS).status_code == 200
    path = f"/api/admin/livekit/displays/{lobby.display_id}/approve"
    response = program.post(path, {"session_id": 1, "role": "normal"})
    assert response.status_code == 200, response.text
    assert DisplayView.parse(response.data).decided_by == "API key lights"


def test_a_presenters_key_does_what_presenters_may(app: Flask, parts: Parts, clock: MovableClock) -> None:
    program = Program(app.test_client(), make(parts, clock, AccountRole.PRESENTER)[1])
    assert program.get(BANDWIDTH).status_code == 200
    assert refusal(program.get(DISPLAYS)) == (403, "wrong_role")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/admin/presenter/livekit-token"),
        ("POST", "/api/presenter/v1/heartbeat"),
        ("DELETE", "/api/presenter/v1/lease"),
        ("GET", "/api/presenter/v1/events?session_id=1"),
        ("GET", "/api/admin/accounts"),
        ("POST", "/api/admin/accounts"),
        ("GET", KEYS),
        ("POST", KEYS),
        ("PUT", "/api/account/v1/password"),
    ],
)
def test_what_is_for_people_is_no_programs(app: Flask, parts: Parts, clock: MovableClock, method: str, path: str) -> None:
    program = Program(app.test_client(), make(parts, clock)[1])
    assert refusal(program.client.open(path, method=method, json={}, headers=program.headers)) == (403, "in_person")


@pytest.mark.parametrize("path", ["/", "/present"])
def test_pages_are_for_people(app: Flask, parts: Parts, clock: MovableClock, path: str) -> None:
    assert Program(app.test_client(), make(parts, clock)[1]).get(path).location == f"/login?next={path}"


def test_a_key_is_no_display(app: Flask, parts: Parts, clock: MovableClock) -> None:
    program = Program(app.test_client(), make(parts, clock)[1])
    assert refusal(program.post("/api/device/v1/heartbeat", {})) == (401, "no_session")


def test_a_cookie_beside_a_key_counts_for_nothing(ada: Person, parts: Parts, clock: MovableClock) -> None:
    assert refusal(Program(ada.client, "mak1_nonsense").get(DISPLAYS)) == (401, "bad_api_key")
    _, presenters = make(parts, clock, AccountRole.PRESENTER)
    assert refusal(Program(ada.client, presenters).get(DISPLAYS)) == (403, "wrong_role")


def test_another_kind_of_authorization_is_no_key(ada: Person) -> None:
    response = ada.client.get(DISPLAYS, headers={"Authorization": "Basic YWRhOmFkYQ=="})
    assert response.status_code == 200, "a proxy's own sign-in stands in the way of nobody"


# -- made, listed, revoked ----------------------------------------------------------------------------------------------------


def test_an_admin_makes_lists_and_revokes_a_key(ada: Person, app: Flask) -> None:
    response = ada.post(KEYS, BODY)
    assert response.status_code == 200, response.text
    shown = ShownApiKey.parse(response.data)
    program = Program(app.test_client(), shown.key)
    assert program.get(DISPLAYS).status_code == 200
    (listed,) = ApiKeyList.parse(ada.get(KEYS).data).keys
    assert (listed.key_id, listed.label, listed.role, listed.made_by) == (shown.key_id, "lights", "admin", "ada")
    assert listed.last_used_at is not None
    assert shown.key not in ada.get(KEYS).text
    assert ApiKeyList.parse(ada.delete(f"{KEYS}/{shown.key_id}", {}).data).keys == []
    assert refusal(program.get(DISPLAYS)) == (401, "bad_api_key")
    assert refusal(ada.delete(f"{KEYS}/{shown.key_id}", {})) == (404, "unknown_api_key")


def test_a_presenter_makes_no_key(paula: Person) -> None:
    assert refusal(paula.post(KEYS, BODY)) == (403, "wrong_role")
    assert refusal(paula.get(KEYS)) == (403, "wrong_role")


@pytest.mark.parametrize(
    "changes", [{"days": 0}, {"days": 401}, {"days": None}, {"role": "king"}, {"label": 5}, {"more": 1}, {"days": "30"}]
)
def test_what_is_no_wish_for_a_key_is_refused(ada: Person, changes: dict[str, object]) -> None:
    assert refusal(ada.post(KEYS, {**BODY, **changes})) == (400, "malformed")


def test_a_label_that_cannot_be_used_is_refused(ada: Person) -> None:
    assert refusal(ada.post(KEYS, {**BODY, "label": " "})) == (400, "bad_api_key")
    assert ApiKeyList.parse(ada.get(KEYS).data).keys == []


def test_a_foreign_page_makes_no_key(ada: Person) -> None:
    response = ada.client.post(KEYS, json=BODY, headers={"Origin": "http://evil.example.org"})
    assert refusal(response) == (403, "foreign_origin")
