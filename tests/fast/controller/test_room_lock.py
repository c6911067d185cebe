"""Locking a room while the SFU is away, and every way of asking for it wrongly. With one that answers: tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules import audit_chain
from controller.services import push
from controller.services.accounts import AccountRole
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.person import SAME_ORIGIN, Person
from wire.admin import LockedRoom

LOCK = "/api/admin/sessions/1/lock"


@pytest.fixture
def away(announced_logs: AnnouncedLogs) -> None:
    """The SFU of these tests does not answer."""
    announced_logs.allow("room not ended yet")


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def test_the_session_has_another_room_at_once_also_while_the_sfu_is_away(ada: Person, parts: Parts, away: None) -> None:
    response = ada.post(LOCK, {})
    assert LockedRoom.parse(response.data) == LockedRoom(session_id=1, room="marquee-1-2", is_ended=False)
    assert parts.rooms.room_name(parts.sessions.get(1)) == "marquee-1-2"
    (line,) = parts.audit_log.oldest_first()
    deed = audit_chain.read(line).deed
    assert (deed.what, deed.by.name, deed.target) == ("session.locked", "ada", "1")
    assert (deed.before, deed.after) == ({"epoch": 1}, {"epoch": 2})


def test_locking_twice_gives_two_rooms(ada: Person, away: None) -> None:
    assert [LockedRoom.parse(ada.post(LOCK, {}).data).room for _ in range(2)] == ["marquee-1-2", "marquee-1-3"]


def test_of_many_who_lock_at_once_each_gets_a_room_of_its_own_or_hears_of_the_other(
    ada: Person, app: Flask, parts: Parts, clock: MovableClock, away: None
) -> None:
    admins = [ada, *(person(app, parts, clock, f"admin {number}", AccountRole.ADMIN) for number in range(3))]
    together = threading.Barrier(len(admins))
    answers: list[TestResponse] = []

    def lock(admin: Person) -> None:
        together.wait()
        answers.append(admin.post(LOCK, {}))

    threads = [threading.Thread(target=lock, args=(admin,)) for admin in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rooms = [LockedRoom.parse(answer.data).room for answer in answers if answer.status_code == 200]
    assert len(rooms) == len(set(rooms)) == parts.sessions.get(1).epoch - 1
    assert {refusal(answer) for answer in answers if answer.status_code != 200} <= {(409, "changed_meanwhile")}


def test_whoever_watches_and_the_steward_hear_of_it(ada: Person, parts: Parts, away: None) -> None:
    for topic in (push.ROOMS, push.session_topic(1), push.presenting_topic(1)):
        with parts.push.listen(topic) as wake:
            parts.push.tell(topic)
            assert wake.wait(5)
            wake.clear()
            ada.post(LOCK, {})
            assert wake.wait(5), topic


def test_nobody_but_an_admin_locks(client: FlaskClient, paula: Person, ada: Person, parts: Parts) -> None:
    assert refusal(client.post(LOCK, json={}, headers=SAME_ORIGIN)) == (401, "sign_in")
    assert refusal(paula.post(LOCK, {})) == (403, "wrong_role")
    assert refusal(ada.client.post(LOCK, json={}, headers={"Origin": "http://evil.example.org"})) == (403, "foreign_origin")
    assert parts.sessions.get(1).epoch == 1


def test_what_is_not_the_message_or_no_session_is_refused(ada: Person, parts: Parts) -> None:
    assert refusal(ada.post(LOCK, {"room": "marquee-1-1"})) == (400, "malformed")
    assert refusal(ada.post("/api/admin/sessions/7/lock", {})) == (404, "unknown_session")
    assert refusal(ada.post("/api/admin/sessions/0/lock", {})) == (404, "unknown_session")
    assert parts.sessions.get(1).epoch == 1


def test_without_livekit_there_is_no_room_to_lock(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_URL",))
    assert refusal(person(app, parts, clock, "ada", AccountRole.ADMIN).post(LOCK, {})) == (503, "livekit_not_configured")
    assert parts.sessions.get(1).epoch == 1
