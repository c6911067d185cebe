"""Renaming a display, moving it, and putting it in the place of an old one; and every way of doing so wrongly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import BEGINNING, walk
from controller.services import keys
from controller.services.accounts import AccountRole
from controller.settings import RequirePairingCode
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from wire.admin import DisplayView
from wire.display import Role, State

ACTS = ("rename", "move", "replace")
BODIES: dict[str, dict[str, Any]] = {
    "rename": {"session_id": 1, "name": "Lobby, left"},
    "move": {"session_id": 1, "to_session_id": 2},
    "replace": {"session_id": 1, "replaces": "0" * 26},
}


@pytest.fixture(autouse=True)
def no_sfu(announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("display not removed from the room yet")


@pytest.fixture(autouse=True)
def side_stage(parts: Parts) -> None:
    """There is a session 2."""
    parts.stores.state.hset(keys.SESSIONS, "2", json.dumps({"name": "Side stage", "epoch": 1}))


@pytest.fixture
def waiting(lobby: Device) -> Device:
    lobby.join()
    return lobby


@pytest.fixture
def approved(hall: Device, ada: Person) -> Device:
    """The hall's display, protected."""
    hall.join()
    assert ada.decide("approve", hall.display_id, role="protected").status_code == 200
    return hall


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def view(response: TestResponse) -> DisplayView:
    assert response.status_code == 200, response.text
    return DisplayView.parse(response.data)


def last_record(parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(parts.audit_log.newest_first()))
    return found


def everything(parts: Parts) -> list[Any]:
    """The registry and the audit log, as they are."""
    return [parts.registry.in_session(1), parts.registry.in_session(2), parts.audit_log.head()]


# -- renaming -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Lobby, left", "大厅", "x" * 60])
def test_a_renamed_display_is_called_so_everywhere_and_stays_so(waiting: Device, ada: Person, parts: Parts, name: str) -> None:
    assert view(ada.decide("rename", waiting.display_id, name=name)).name == name
    assert (waiting.beat().name, waiting.join().name) == (name, name)
    record = last_record(parts)
    assert (record["what"], record["before"]["name"], record["after"]["name"]) == ("display.renamed", "lobby", name)


def test_a_new_name_is_brought_into_one_line(waiting: Device, ada: Person) -> None:
    assert view(ada.decide("rename", waiting.display_id, name=" Bühne\n2\x1b ")).name == "Bühne 2"


def test_a_rename_changes_nothing_else(approved: Device, ada: Person) -> None:
    renamed = view(ada.decide("rename", approved.display_id, name="Great hall"))
    assert (renamed.state, renamed.role, renamed.decided_by, renamed.revision) == (State.APPROVED, Role.PROTECTED, "ada", 3)


@pytest.mark.parametrize("name", ["", " ", "\n", "x" * 61, "x" + " " * 60, 7, None])
def test_what_is_no_name_is_refused(waiting: Device, ada: Person, parts: Parts, name: object) -> None:
    before = everything(parts)
    response = ada.decide("rename", waiting.display_id, name=name)
    assert refusal(response) == (400, "malformed")
    assert "name" in response.get_json()["message"]
    assert everything(parts) == before


# -- moving -------------------------------------------------------------------------------------------------------------------


def test_an_approved_display_moves_with_its_role(approved: Device, ada: Person, parts: Parts) -> None:
    moved = view(ada.decide("move", approved.display_id, to_session_id=2))
    assert (moved.session_id, moved.state, moved.role) == (2, State.APPROVED, Role.PROTECTED)
    session = approved.beat().session
    assert session is not None
    assert session.name == "Side stage"
    assert parts.registry.in_session(1) == []
    record = last_record(parts)
    assert (record["what"], record["before"]["session"], record["after"]["session"]) == ("display.moved", 1, 2)


def test_a_waiting_display_moves_and_waits_there(waiting: Device, ada: Person) -> None:
    assert view(ada.decide("move", waiting.display_id, to_session_id=2)).state is State.PENDING


def test_a_move_to_where_it_is_or_to_nowhere_is_refused(waiting: Device, ada: Person, parts: Parts) -> None:
    before = everything(parts)
    assert refusal(ada.decide("move", waiting.display_id, to_session_id=1)) == (409, "not_allowed")
    assert refusal(ada.decide("move", waiting.display_id, to_session_id=7)) == (404, "unknown_session")
    assert everything(parts) == before


def test_a_move_into_a_full_session_is_refused(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(session_max_displays=1)
    ada, lobby, hall = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client()), Device(app.test_client())
    for display, session_id in ((lobby, 1), (hall, 2)):
        display.join()
        ada.decide("approve", display.display_id, role="normal", session_id=session_id)
    before = everything(parts)
    assert refusal(ada.decide("move", lobby.display_id, to_session_id=2)) == (409, "session_full")
    assert everything(parts) == before


def test_a_display_turned_away_is_not_moved(waiting: Device, ada: Person) -> None:
    ada.decide("reject", waiting.display_id)
    assert refusal(ada.decide("move", waiting.display_id, to_session_id=2)) == (409, "not_allowed")


# -- replacing ----------------------------------------------------------------------------------------------------------------


def test_a_display_takes_the_place_of_the_one_it_replaces(waiting: Device, approved: Device, ada: Person, parts: Parts) -> None:
    ada.decide("rename", approved.display_id, name="Great hall")
    ada.decide("move", approved.display_id, to_session_id=2)
    after = view(ada.decide("replace", waiting.display_id, replaces=approved.display_id))
    assert (after.name, after.role, after.session_id, after.state) == ("Great hall", Role.PROTECTED, 2, State.APPROVED)
    assert waiting.beat().state is State.APPROVED
    assert parts.registry.in_session(1) == []
    record = last_record(parts)
    assert (record["what"], record["target"]) == ("display.replaced", waiting.display_id)
    assert (record["after"]["replaces"], record["before"]["name"]) == (approved.display_id, "lobby")


def test_the_key_of_a_replaced_display_is_revoked_for_good(waiting: Device, approved: Device, ada: Person) -> None:
    ada.decide("replace", waiting.display_id, replaces=approved.display_id)
    assert approved.beat().state is State.REVOKED
    assert approved.join().state is State.REVOKED
    assert approved.post("livekit-token").status_code == 403


def test_a_display_let_in_by_its_key_may_replace_too(approved: Device, lobby: Device, ada: Person) -> None:
    lobby.join()
    ada.decide("approve", lobby.display_id, role="normal")
    assert view(ada.decide("replace", lobby.display_id, replaces=approved.display_id)).role is Role.PROTECTED


def test_replacing_a_protected_display_needs_the_code_where_approving_one_does(
    make_app: Callable[..., Flask], parts: Parts, clock: MovableClock
) -> None:
    app = make_app(require_pairing_code=RequirePairingCode.PROTECTED)
    ada, lobby, hall = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client()), Device(app.test_client())
    for display in (lobby, hall):
        display.join()
    code = hall.beat().pairing_code
    assert ada.decide("approve", hall.display_id, role="protected", pairing_code=code).status_code == 200
    before = everything(parts)
    response = ada.decide("replace", lobby.display_id, replaces=hall.display_id)
    assert refusal(response) == (409, "pairing_code_required")
    assert everything(parts) == before
    code = lobby.beat().pairing_code
    replaced = ada.decide("replace", lobby.display_id, replaces=hall.display_id, pairing_code=code)
    assert view(replaced).role is Role.PROTECTED


def test_a_replacement_takes_no_second_place(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(session_max_displays=1)
    ada, lobby, hall = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client()), Device(app.test_client())
    for display in (lobby, hall):
        display.join()
    ada.decide("approve", hall.display_id, role="normal")
    assert view(ada.decide("replace", lobby.display_id, replaces=hall.display_id)).state is State.APPROVED


def test_only_another_approved_display_is_replaced(
    app: Flask, waiting: Device, approved: Device, ada: Person, parts: Parts
) -> None:
    second = Device(app.test_client(), "workshop")
    second.join()
    before = everything(parts)
    for old in (second, waiting):
        response = ada.decide("replace", waiting.display_id, replaces=old.display_id)
        assert refusal(response) == (409, "not_allowed")
    assert refusal(ada.decide("replace", approved.display_id, replaces=approved.display_id)) == (409, "not_allowed")
    assert refusal(ada.decide("replace", waiting.display_id, replaces="0" * 26)) == (404, "unknown_display")
    assert refusal(ada.decide("replace", waiting.display_id, replaces="nonsense")) == (400, "malformed")
    assert everything(parts) == before


def test_replacing_twice_is_refused(waiting: Device, approved: Device, ada: Person) -> None:
    assert ada.decide("replace", waiting.display_id, replaces=approved.display_id).status_code == 200
    assert refusal(ada.decide("replace", waiting.display_id, replaces=approved.display_id)) == (409, "not_allowed")


def test_of_many_who_replace_the_same_display_one_does(app: Flask, parts: Parts, approved: Device, clock: MovableClock) -> None:
    admins = [person(app, parts, clock, f"admin-{number}", AccountRole.ADMIN) for number in range(5)]
    displays = [Device(app.test_client(), f"new-{number}") for number in range(5)]
    for display in displays:
        display.join()
    barrier = threading.Barrier(5)
    answers: list[int] = []

    def act(admin: Person, display: Device) -> None:
        barrier.wait()
        answers.append(admin.decide("replace", display.display_id, replaces=approved.display_id).status_code)

    threads = [threading.Thread(target=act, args=pair) for pair in zip(admins, displays, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409, 409]
    assert [record.role for record in parts.registry.in_session(1) if record.state is State.APPROVED] == [Role.PROTECTED]
    assert walk(parts.audit_log.oldest_first(), BEGINNING) == parts.audit_log.head()
    assert parts.audit_log.length() == 2


# -- refusals that all three have ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ACTS)
def test_only_an_admin_from_an_own_page_does_it(
    waiting: Device, client: FlaskClient, ada: Person, paula: Person, parts: Parts, act: str
) -> None:
    before, path = everything(parts), f"/api/admin/livekit/displays/{waiting.display_id}/{act}"
    bearer = {**SAME_ORIGIN, "Authorization": f"Bearer {waiting.token}"}
    assert refusal(client.post(path, json=BODIES[act], headers=SAME_ORIGIN)) == (401, "sign_in")
    assert refusal(client.post(path, json=BODIES[act], headers=bearer)) == (401, "bad_api_key")
    assert refusal(paula.post(path, BODIES[act])) == (403, "wrong_role")
    evil = {"Origin": "http://evil.example.org"}
    assert refusal(ada.client.post(path, json=BODIES[act], headers=evil)) == (403, "foreign_origin")
    assert everything(parts) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (b"", "application/json", (400, "malformed")),
        (b"{}", "application/json", (400, "malformed")),
        (b'{"session_id": 1, "more": 1}', "application/json", (400, "malformed")),
        (b"session_id=1", "application/x-www-form-urlencoded", (415, "not_json")),
        (b" " * 1_025, "application/json", (413, "too_large")),
    ],
)
def test_what_is_no_request_is_refused(
    waiting: Device, ada: Person, parts: Parts, act: str, raw: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    before, path = everything(parts), f"/api/admin/livekit/displays/{waiting.display_id}/{act}"
    response = ada.client.post(path, data=raw, headers={**SAME_ORIGIN, "Content-Type": content_type})
    assert refusal(response) == expected
    assert everything(parts) == before


@pytest.mark.parametrize("act", ACTS)
def test_unknown_displays_and_sessions_are_refused(waiting: Device, ada: Person, parts: Parts, act: str) -> None:
    before = everything(parts)
    assert refusal(ada.decide(act, "0" * 26, **BODIES[act])) == (404, "unknown_display")
    assert refusal(ada.decide(act, waiting.display_id, **{**BODIES[act], "session_id": 7})) == (404, "unknown_session")
    response = ada.decide(act, waiting.display_id, **{**BODIES[act], "session_id": 2})
    assert refusal(response) == (404, "unknown_display")
    assert "in session 1" in response.get_json()["message"]
    assert everything(parts) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_stale_page_is_refused_and_shown_the_present(
    waiting: Device, approved: Device, ada: Person, parts: Parts, act: str
) -> None:
    before, body = everything(parts), {**BODIES[act], **({"replaces": approved.display_id} if act == "replace" else {})}
    response = ada.decide(act, waiting.display_id, **body, revision=7)
    assert refusal(response) == (409, "changed_meanwhile")
    assert DisplayView.parse(json.dumps(response.get_json()["details"]).encode()).revision == 1
    assert everything(parts) == before
    assert ada.decide(act, waiting.display_id, **body, revision=1).status_code == 200
