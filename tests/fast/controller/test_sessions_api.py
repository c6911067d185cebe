"""Making, renaming and archiving sessions, bringing them back, and every way of doing so wrongly."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import BEGINNING, Actor, ActorKind, walk
from controller.rules.presenting import Claim
from controller.services.accounts import AccountRole
from controller.services.sessions import SessionChanged, UnknownSession
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from tests.support.stewards import term_of_office
from wire.admin import SessionList, SessionView

ROOT = "/api/admin/sessions"
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "make": (ROOT, {"name": "Side stage"}),
    "rename": (f"{ROOT}/2/rename", {"name": "Great hall"}),
    "archive": (f"{ROOT}/2/archive", {}),
    "unarchive": (f"{ROOT}/2/unarchive", {}),
}


@pytest.fixture
def side_stage(ada: Person) -> SessionView:
    """Session 2."""
    return view(ada.post(ROOT, {"name": "Side stage"}))


def view(response: TestResponse) -> SessionView:
    assert response.status_code == 200, response.text
    return SessionView.parse(response.data)


def listed(admin: Person) -> list[tuple[int, str]]:
    found = SessionList.parse(admin.get(ROOT).data).sessions
    return [(session.session_id, session.name) for session in found]


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def last_record(parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(parts.audit_log.newest_first()))
    return found


# -- what an admin does -------------------------------------------------------------------------------------------------------


def test_a_session_that_is_made_is_there(ada: Person, parts: Parts, side_stage: SessionView) -> None:
    assert side_stage.session_id == 2
    assert listed(ada) == [(1, "Main stage"), (2, "Side stage")]
    record = last_record(parts)
    assert (record["who"], record["what"], record["target"], record["after"]) == (
        "ada",
        "session.made",
        "2",
        {"name": "Side stage"},
    )
    assert ada.get("/?session_id=2").status_code == 200


def test_displays_and_records_hear_the_new_name(ada: Person, lobby: Device, parts: Parts) -> None:
    lobby.join()
    ada.decide("approve", lobby.display_id, role="normal")
    assert view(ada.post(f"{ROOT}/1/rename", {"name": "Great hall"})).name == "Great hall"
    session = lobby.beat().session
    assert session is not None
    assert session.name == "Great hall"
    record = last_record(parts)
    assert (record["what"], record["before"], record["after"]) == (
        "session.renamed",
        {"name": "Main stage"},
        {"name": "Great hall"},
    )


def test_an_archived_session_is_gone_and_its_number_never_given_again(ada: Person, parts: Parts, side_stage: SessionView) -> None:
    assert view(ada.post(f"{ROOT}/2/archive", {})) == side_stage
    assert last_record(parts)["what"] == "session.archived"
    assert listed(ada) == [(1, "Main stage")]
    assert ada.get("/?session_id=2").status_code == 404
    assert view(ada.post(ROOT, {"name": "Third stage"})).session_id == 3


def test_the_first_session_may_go_when_there_is_another(ada: Person, lobby: Device, side_stage: SessionView) -> None:
    assert ada.post(f"{ROOT}/1/archive", {}).status_code == 200
    assert listed(ada) == [(2, "Side stage")]
    assert "Side stage" in ada.get("/").text
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal", session_id=2).status_code == 200, (
        "who is new waits in session 2"
    )


@pytest.mark.parametrize("act", ["reject", "revoke"])
def test_a_display_turned_away_does_not_keep_its_session(
    ada: Person, lobby: Device, side_stage: SessionView, act: str, announced_logs: Any
) -> None:
    announced_logs.allow("display not removed from the room yet")
    lobby.join()
    if act == "revoke":
        ada.decide("approve", lobby.display_id, role="normal")
    ada.decide(act, lobby.display_id)
    assert ada.post(f"{ROOT}/1/archive", {}).status_code == 200
    assert lobby.join().state.value == {"reject": "rejected", "revoke": "revoked"}[act]


def test_a_session_that_is_brought_back_is_the_same_with_another_room(ada: Person, parts: Parts, side_stage: SessionView) -> None:
    room = parts.sessions.get(2).epoch
    ada.post(f"{ROOT}/2/archive", {})
    assert SessionList.parse(ada.get(ROOT).data).archived == [side_stage]
    assert view(ada.post(f"{ROOT}/2/unarchive", {})) == side_stage
    assert (listed(ada), SessionList.parse(ada.get(ROOT).data).archived) == ([(1, "Main stage"), (2, "Side stage")], [])
    assert parts.sessions.get(2).epoch > room
    record = last_record(parts)
    assert (record["who"], record["what"], record["target"], record["after"]) == (
        "ada",
        "session.unarchived",
        "2",
        {"name": "Side stage"},
    )


def test_a_display_turned_away_in_an_archived_session_can_wait_again_once_it_is_back(
    ada: Person, lobby: Device, side_stage: SessionView
) -> None:
    lobby.join()
    ada.decide("reject", lobby.display_id)
    ada.post(f"{ROOT}/1/archive", {})
    assert refusal(ada.decide("pending", lobby.display_id)) == (404, "unknown_session")
    ada.post(f"{ROOT}/1/unarchive", {})
    assert ada.decide("pending", lobby.display_id).status_code == 200
    assert lobby.join().state.value == "pending"


# -- refusals -----------------------------------------------------------------------------------------------------------------


def test_the_only_session_is_not_archived(ada: Person) -> None:
    response = ada.post(f"{ROOT}/1/archive", {})
    assert refusal(response) == (409, "session_in_use")
    assert "make another one first" in response.get_json()["message"]
    assert listed(ada) == [(1, "Main stage")]


@pytest.mark.parametrize("approved", [True, False])
def test_a_session_with_displays_is_not_archived(
    ada: Person, lobby: Device, parts: Parts, side_stage: SessionView, approved: bool
) -> None:
    lobby.join()
    if approved:
        ada.decide("approve", lobby.display_id, role="normal")
    head = parts.audit_log.head()
    response = ada.post(f"{ROOT}/1/archive", {})
    assert refusal(response) == (409, "session_in_use")
    assert "move them to another session" in response.get_json()["message"]
    assert (listed(ada), parts.audit_log.head()) == ([(1, "Main stage"), (2, "Side stage")], head)


def test_a_session_in_which_somebody_presents_is_not_archived(
    ada: Person, parts: Parts, clock: MovableClock, side_stage: SessionView
) -> None:
    held = parts.leases.take(2, Claim("paula", "browser"), last_heard=None, now=clock())
    assert refusal(ada.post(f"{ROOT}/2/archive", {})) == (409, "session_in_use")
    parts.leases.vacate(2, held.lease, term=term_of_office(parts))
    assert ada.post(f"{ROOT}/2/archive", {}).status_code == 200


@pytest.mark.parametrize("act", ["rename", "archive"])
def test_an_unknown_session_is_refused_and_the_known_are_listed(ada: Person, act: str) -> None:
    response = ada.post(f"{ROOT}/7/{act}", ACTS[act][1])
    assert refusal(response) == (404, "unknown_session")
    assert "1 (Main stage)" in response.get_json()["message"]
    for number in ("0", "-1", "one", "%20"):
        assert ada.post(f"{ROOT}/{number}/{act}", ACTS[act][1]).status_code == 404


def test_archiving_twice_is_refused(ada: Person, side_stage: SessionView) -> None:
    assert ada.post(f"{ROOT}/2/archive", {}).status_code == 200
    assert refusal(ada.post(f"{ROOT}/2/archive", {})) == (404, "unknown_session")


def test_an_archived_session_is_named_to_whoever_asks_for_it(ada: Person, side_stage: SessionView) -> None:
    ada.post(f"{ROOT}/2/archive", {})
    response = ada.post(f"{ROOT}/2/rename", {"name": "Great hall"})
    assert refusal(response) == (404, "unknown_session")
    assert response.get_json()["message"] == "Side stage is archived; known sessions: 1 (Main stage)"


def test_only_what_is_archived_is_brought_back_and_only_once(ada: Person, parts: Parts, side_stage: SessionView) -> None:
    assert refusal(ada.post(f"{ROOT}/7/unarchive", {})) == (404, "unknown_session")
    assert refusal(ada.post(f"{ROOT}/2/unarchive", {})) == (404, "unknown_session")
    ada.post(f"{ROOT}/2/archive", {})
    response = ada.post(f"{ROOT}/1/unarchive", {})
    assert response.get_json()["message"] == "there is no archived session 1; archived sessions: 2 (Side stage)"
    assert ada.post(f"{ROOT}/2/unarchive", {}).status_code == 200
    head = parts.audit_log.head()
    assert refusal(ada.post(f"{ROOT}/2/unarchive", {})) == (404, "unknown_session")
    assert (listed(ada), parts.audit_log.head()) == ([(1, "Main stage"), (2, "Side stage")], head)


@pytest.mark.parametrize("act", ACTS)
def test_only_an_admin_from_an_own_page_does_it(
    client: FlaskClient, ada: Person, paula: Person, parts: Parts, side_stage: SessionView, act: str
) -> None:
    path, body = ACTS[act]
    before = (listed(ada), parts.audit_log.head())
    assert refusal(client.post(path, json=body, headers=SAME_ORIGIN)) == (401, "sign_in")
    assert refusal(paula.post(path, body)) == (403, "wrong_role")
    evil = {"Origin": "http://evil.example.org"}
    assert refusal(ada.client.post(path, json=body, headers=evil)) == (403, "foreign_origin")
    assert (listed(ada), parts.audit_log.head()) == before


def test_only_an_admin_reads_the_sessions(client: FlaskClient, paula: Person) -> None:
    assert refusal(client.get(ROOT)) == (401, "sign_in")
    assert refusal(paula.get(ROOT)) == (403, "wrong_role")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (b"", "application/json", (400, "malformed")),
        (b'{"name": "a", "more": 1}', "application/json", (400, "malformed")),
        (b'{"name": " "}', "application/json", (400, "malformed")),
        (b'{"name": 7}', "application/json", (400, "malformed")),
        (b"name=a", "application/x-www-form-urlencoded", (415, "not_json")),
        (b" " * 1_025, "application/json", (413, "too_large")),
    ],
)
def test_what_is_no_request_is_refused(
    ada: Person, side_stage: SessionView, act: str, raw: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    before = listed(ada)
    response = ada.client.post(ACTS[act][0], data=raw, headers={**SAME_ORIGIN, "Content-Type": content_type})
    assert refusal(response) == expected
    assert listed(ada) == before


# -- many at once -------------------------------------------------------------------------------------------------------------


def test_sessions_made_at_once_have_numbers_of_their_own(parts: Parts, clock: MovableClock) -> None:
    parts.sessions.all()
    barrier = threading.Barrier(6)
    made: list[int] = []
    late: list[str] = []

    def make(name: str) -> None:
        barrier.wait()
        try:
            made.append(parts.sessions.make(name, by=Actor(ActorKind.ACCOUNT, name), at=clock()).session_id)
        except SessionChanged as changed:
            late.append(str(changed))

    threads = [threading.Thread(target=make, args=(f"admin-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made
    assert len(made) == len(set(made)) == len(parts.sessions.all()) - 1
    assert len(made) + len(late) == 6
    assert walk(parts.audit_log.oldest_first(), BEGINNING) == parts.audit_log.head()
    assert parts.audit_log.length() == len(made)


def test_a_session_brought_back_by_many_at_once_comes_back_once(
    parts: Parts, clock: MovableClock, side_stage: SessionView
) -> None:
    by = Actor(ActorKind.ACCOUNT, "ada")
    parts.sessions.archive(2, by=by, at=clock())
    head = parts.audit_log.head()
    barrier = threading.Barrier(6)
    refused: list[type[Exception]] = []

    def unarchive() -> None:
        barrier.wait()
        try:
            parts.sessions.unarchive(2, by=by, at=clock())
        except (SessionChanged, UnknownSession) as error:
            refused.append(type(error))

    threads = [threading.Thread(target=unarchive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), parts.sessions.archived()) == (5, [])
    assert parts.audit_log.head().sequence == head.sequence + 1


def test_a_display_is_never_approved_into_a_session_that_goes_at_that_moment(
    app: Flask, ada: Person, parts: Parts, clock: MovableClock
) -> None:
    grace = person(app, parts, clock, "grace", AccountRole.ADMIN)
    for number in range(8):
        session_id = view(ada.post(ROOT, {"name": f"Stage {number}"})).session_id
        display = Device(app.test_client(), f"display-{number}")
        display.join()
        barrier = threading.Barrier(2)
        answers: dict[str, int] = {}

        def approve(display: Device = display, session_id: int = session_id) -> None:
            barrier.wait()  # noqa: B023 - the threads end within the turn
            answers["approve"] = ada.decide("approve", display.display_id, role="normal", session_id=session_id).status_code  # noqa: B023

        def archive(session_id: int = session_id) -> None:
            barrier.wait()  # noqa: B023
            answers["archive"] = grace.post(f"{ROOT}/{session_id}/archive", {}).status_code  # noqa: B023

        threads = [threading.Thread(target=approve), threading.Thread(target=archive)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers.values()) in ([200, 404], [200, 409]), answers
        is_there = session_id in {session.session_id for session in parts.sessions.all()}
        assert is_there == (parts.registry.get(display.display_id).session_id == session_id) == (answers["approve"] == 200)
