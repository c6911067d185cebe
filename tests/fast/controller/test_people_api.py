"""People: what an admin does about accounts, what everybody does about their own, and what follows at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services.accounts import AccountRole
from tests.support.controller_app import MovableClock, person
from tests.support.person import SAME_ORIGIN, Person
from wire.people import AccountList, AccountView, ShownPassword, SignInList

ACCOUNTS = "/api/admin/accounts"
OWN = "/api/account/v1"
TOKEN = "/api/admin/presenter/livekit-token"


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def put(asker: Person, path: str, body: dict[str, Any]) -> TestResponse:
    return asker.client.put(path, json=body, headers=SAME_ORIGIN)


def listed(asker: Person) -> dict[str, AccountView]:
    return {found.name: found for found in AccountList.parse(asker.get(ACCOUNTS).data).accounts}


def presents(asker: Person, parts: Parts, clock: MovableClock) -> bool:
    """Take the session's lease, as the presenter page does."""
    return parts.leases.take(1, Claim(asker.name, asker.browser_session), last_heard=None, now=clock()) is not None


# -- accounts -----------------------------------------------------------------------------------------------------------------


def test_a_new_person_signs_in_with_the_password_that_was_shown(ada: Person, app: Flask) -> None:
    response = ada.post(ACCOUNTS, {"name": "paula", "role": "presenter"})
    assert response.status_code == 200, response.text
    shown = ShownPassword.parse(response.data)
    assert Person(app.test_client(), "paula", shown.password).sign_in().location == "/present"
    assert shown.password not in ada.get(ACCOUNTS).text


def test_everybody_is_listed_with_their_sign_ins(ada: Person, paula: Person) -> None:
    found = listed(ada)
    assert [(view.name, view.role, view.sessions) for view in found.values()] == [
        ("ada", "admin", None),
        ("paula", "presenter", None),
    ]
    assert [sign_in.is_this for sign_in in found["ada"].sign_ins] == [True]
    assert [(sign_in.is_this, sign_in.address) for sign_in in found["paula"].sign_ins] == [(False, "127.0.0.1")]


def test_a_name_is_given_once(ada: Person) -> None:
    assert refusal(ada.post(ACCOUNTS, {"name": "ada", "role": "presenter"})) == (409, "account_exists")
    assert listed(ada)["ada"].role == "admin"


@pytest.mark.parametrize("name", ["", " x", "x" * 61, "a/b", ".."])
def test_a_name_that_cannot_be_used_is_refused(ada: Person, name: str) -> None:
    assert refusal(ada.post(ACCOUNTS, {"name": name, "role": "admin"})) == (400, "bad_account")


@pytest.mark.parametrize(
    "body", [{}, {"name": "x"}, {"name": "x", "role": "king"}, {"name": "x", "role": "admin", "sessions": 1}]
)
def test_what_is_no_account_is_refused(ada: Person, body: dict[str, Any]) -> None:
    assert refusal(ada.post(ACCOUNTS, body)) == (400, "malformed")
    assert list(listed(ada)) == ["ada"]


def test_sessions_must_be_there(ada: Person) -> None:
    assert refusal(ada.post(ACCOUNTS, {"name": "x", "role": "presenter", "sessions": [7]})) == (404, "unknown_session")


def test_another_role_counts_at_once_and_signs_out(ada: Person, paula: Person) -> None:
    assert paula.get("/present").status_code == 200
    response = put(ada, f"{ACCOUNTS}/paula", {"role": "admin"})
    assert AccountView.parse(response.data).role == "admin"
    assert paula.get("/present").location == "/login?next=/present"
    assert paula.sign_in().location == "/"


def test_a_reset_password_signs_out_and_replaces_the_old_one(ada: Person, paula: Person, app: Flask) -> None:
    shown = ShownPassword.parse(ada.post(f"{ACCOUNTS}/paula/password", {}).data)
    assert paula.get("/present").status_code == 302
    assert paula.sign_in().status_code == 401
    assert Person(app.test_client(), "paula", shown.password).sign_in().status_code == 302


def test_who_is_removed_is_out_at_once(ada: Person, paula: Person) -> None:
    response = ada.delete(f"{ACCOUNTS}/paula", {})
    assert [view.name for view in AccountList.parse(response.data).accounts] == ["ada"]
    assert refusal(paula.post(TOKEN, {"session_id": 1})) == (401, "sign_in")
    assert paula.sign_in().status_code == 401


def test_the_last_admin_stays(ada: Person) -> None:
    assert refusal(ada.delete(f"{ACCOUNTS}/ada", {})) == (409, "last_admin")
    assert refusal(put(ada, f"{ACCOUNTS}/ada", {"role": "presenter"})) == (409, "last_admin")
    assert ada.get(ACCOUNTS).status_code == 200


def test_an_admin_who_removes_themselves_is_out(ada: Person, app: Flask, parts: Parts, clock: MovableClock) -> None:
    person(app, parts, clock, "grace", AccountRole.ADMIN)
    assert ada.delete(f"{ACCOUNTS}/ada", {}).status_code == 200
    assert refusal(ada.get(ACCOUNTS)) == (401, "sign_in")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{ACCOUNTS}/nobody", {"role": "admin"}),
        ("DELETE", f"{ACCOUNTS}/nobody", {}),
        ("POST", f"{ACCOUNTS}/nobody/password", {}),
    ],
)
def test_what_is_done_to_nobody_is_refused(ada: Person, method: str, path: str, body: dict[str, Any]) -> None:
    assert refusal(ada.client.open(path, method=method, json=body, headers=SAME_ORIGIN)) == (404, "unknown_account")


WRITES = [
    ("POST", ACCOUNTS, {"name": "x", "role": "admin"}),
    ("PUT", f"{ACCOUNTS}/ada", {"role": "presenter"}),
    ("DELETE", f"{ACCOUNTS}/ada", {}),
    ("POST", f"{ACCOUNTS}/ada/password", {}),
    ("DELETE", f"{ACCOUNTS}/ada/sign-ins/0", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_presenter_decides_about_nobody(ada: Person, paula: Person, method: str, path: str, body: dict[str, Any]) -> None:
    assert refusal(paula.client.open(path, method=method, json=body, headers=SAME_ORIGIN)) == (403, "wrong_role")
    assert refusal(paula.get(ACCOUNTS)) == (403, "wrong_role")


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_foreign_page_decides_about_nobody(ada: Person, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"Origin": "http://evil.example.org"}
    assert refusal(ada.client.open(path, method=method, json=body, headers=headers)) == (403, "foreign_origin")


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_what_an_address_says_is_not_said_again(ada: Person, method: str, path: str, body: dict[str, Any]) -> None:
    response = ada.client.open(path, method=method, json={**body, "more": 1}, headers=SAME_ORIGIN)
    assert refusal(response) == (400, "malformed")


# -- sessions a presenter may present in --------------------------------------------------------------------------------------


def test_a_limited_presenter_presents_nowhere_else(ada: Person, app: Flask, parts: Parts, clock: MovableClock) -> None:
    parts.stores.state.hset("sessions", "2", '{"name": "Small stage", "epoch": 1}')
    shown = ShownPassword.parse(ada.post(ACCOUNTS, {"name": "pete", "role": "presenter", "sessions": [2]}).data)
    pete = Person(app.test_client(), "pete", shown.password)
    pete.sign_in()
    assert refusal(pete.post(TOKEN, {"session_id": 1})) == (403, "wrong_session")
    assert refusal(pete.get("/api/presenter/v1/events?session_id=1")) == (403, "wrong_session")
    assert refusal(pete.post(TOKEN, {"session_id": 2})) == (503, "sfu_unreachable")
    page = pete.get("/present").text
    assert "Small stage" in page
    assert "Main stage" not in page


# -- what ends with a right ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", f"{ACCOUNTS}/paula", {}),
        ("PUT", f"{ACCOUNTS}/paula", {"role": "presenter", "sessions": []}),
        ("POST", f"{ACCOUNTS}/paula/password", {}),
    ],
)
def test_who_loses_their_right_presents_no_more(
    ada: Person, paula: Person, parts: Parts, clock: MovableClock, method: str, path: str, body: dict[str, Any]
) -> None:
    assert presents(paula, parts, clock)
    assert ada.client.open(path, method=method, json=body, headers=SAME_ORIGIN).status_code == 200
    assert parts.leases.current(1) is None


def test_others_go_on_presenting(ada: Person, paula: Person, parts: Parts, clock: MovableClock) -> None:
    assert presents(ada, parts, clock)
    ada.delete(f"{ACCOUNTS}/paula", {})
    assert parts.leases.current(1) is not None


# -- sign-ins -----------------------------------------------------------------------------------------------------------------


def elsewhere(app: Flask, whose: Person, browser: str = "Mozilla/5.0 (X11; Linux) Firefox/140.0") -> Person:
    """The same person in another browser."""
    other = Person(app.test_client(), whose.name, whose.password)
    other.client.environ_base["HTTP_USER_AGENT"] = browser
    assert other.sign_in().status_code == 302
    return other


def test_one_sees_and_ends_ones_own_sign_ins(paula: Person, app: Flask, clock: MovableClock) -> None:
    clock.move(60)
    other = elsewhere(app, paula)
    seen = SignInList.parse(paula.get(f"{OWN}/sign-ins").data).sign_ins
    assert (seen[0].is_this, seen[0].browser) == (False, "Firefox on Linux")
    left = paula.delete(f"{OWN}/sign-ins/{seen[0].sign_in_id}", {})
    assert [view.is_this for view in SignInList.parse(left.data).sign_ins] == [True]
    assert other.get("/present").status_code == 302
    assert refusal(paula.delete(f"{OWN}/sign-ins/{seen[0].sign_in_id}", {})) == (404, "unknown_sign_in")


def test_an_admin_ends_somebodys_sign_in_and_what_it_presented(
    ada: Person, paula: Person, parts: Parts, clock: MovableClock
) -> None:
    assert presents(paula, parts, clock)
    (view,) = listed(ada)["paula"].sign_ins
    response = ada.delete(f"{ACCOUNTS}/paula/sign-ins/{view.sign_in_id}", {})
    assert SignInList.parse(response.data).sign_ins == []
    assert paula.get("/present").status_code == 302
    assert parts.leases.current(1) is None


def test_nobody_ends_a_sign_in_of_somebody_else_as_their_own(ada: Person, paula: Person) -> None:
    (view,) = listed(ada)["ada"].sign_ins
    assert refusal(paula.delete(f"{OWN}/sign-ins/{view.sign_in_id}", {})) == (404, "unknown_sign_in")
    assert ada.get(ACCOUNTS).status_code == 200


def test_signing_in_again_leaves_the_old_token_worthless(paula: Person) -> None:
    cookie = paula.client.get_cookie("marquee")
    assert cookie is not None
    paula.sign_in()
    paula.client.set_cookie("marquee", cookie.value)
    assert paula.get("/present").status_code == 302


# -- one's own password -------------------------------------------------------------------------------------------------------

NEW = "another horse battery"


def test_ones_own_password_is_changed_and_other_browsers_are_signed_out(paula: Person, app: Flask) -> None:
    other = elsewhere(app, paula)
    response = put(paula, f"{OWN}/password", {"current": paula.password, "new": NEW})
    assert response.status_code == 200, response.text
    assert paula.get("/present").status_code == 200
    assert other.get("/present").status_code == 302
    assert other.sign_in().status_code == 401
    assert Person(app.test_client(), "paula", NEW).sign_in().status_code == 302


def test_the_present_password_is_needed(paula: Person) -> None:
    assert refusal(put(paula, f"{OWN}/password", {"current": "guess guess guess", "new": NEW})) == (403, "wrong_password")
    assert paula.get("/present").status_code == 200
    assert paula.sign_in().status_code == 302


@pytest.mark.parametrize("new", ["short", "x" * 129, "password1234", "paula"])
def test_a_password_that_cannot_be_used_changes_nothing(paula: Person, new: str) -> None:
    assert refusal(put(paula, f"{OWN}/password", {"current": paula.password, "new": new})) == (400, "bad_account")
    assert paula.sign_in().status_code == 302


@pytest.mark.parametrize("body", [{}, {"new": NEW}, {"current": "x", "new": 5}, {"current": "x", "new": "x" * 1_001}])
def test_what_is_no_change_of_password_is_refused(paula: Person, body: dict[str, Any]) -> None:
    assert refusal(put(paula, f"{OWN}/password", body)) == (400, "malformed")


def test_guessing_the_present_password_is_throttled(paula: Person) -> None:
    for _ in range(5):
        put(paula, f"{OWN}/password", {"current": "guess guess guess", "new": NEW})
    response = put(paula, f"{OWN}/password", {"current": paula.password, "new": NEW})
    assert refusal(response) == (429, "too_many_requests")
    assert response.headers["Retry-After"] == "30"
