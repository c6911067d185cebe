"""Asking a display to do something: told once, answered once, seen by whoever asked; and every way of doing so wrongly."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.commands import LIVES
from controller.services.accounts import AccountRole
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import Person
from tests.support.round_trips import round_trips
from wire.admin import DisplayList, DisplayView
from wire.command import Command

DONE = b'{"outcome": "done"}'


@pytest.fixture
def heard(lobby: Device) -> Device:
    """A display that waits and is heard."""
    lobby.join()
    lobby.beat()
    return lobby


def ask(asker: Person, device: Device, kind: str = "identify", **body: object) -> TestResponse:
    return asker.decide("commands", device.display_id, kind=kind, **body)


def answer(device: Device, command_id: str, body: bytes = DONE) -> TestResponse:
    return device.post(f"commands/{command_id}/result", body)


def told(device: Device) -> Command:
    """The command that the display hears of with its heartbeat."""
    command = device.beat().command
    assert command is not None
    return command


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def seen(ada: Person, device: Device) -> str | None:
    """What an admin sees of the last command."""
    views = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data).displays
    command = next(view.command for view in views if view.display_id == device.display_id)
    return command.outcome if command else None


@pytest.mark.parametrize("kind", ["identify", "reload", "restart"])
def test_a_display_is_told_until_it_answers_and_the_admin_sees_what_became_of_it(heard: Device, ada: Person, kind: str) -> None:
    assert heard.beat().command is None
    given = DisplayView.parse(ask(ada, heard, kind).data).command
    assert given is not None
    assert (given.kind, given.by, given.outcome) == (kind, "ada", "waiting")
    command = told(heard)
    assert (command.kind, told(heard)) == (kind, command), "lost on the way, it comes again"
    assert answer(heard, command.command_id).status_code == 200
    assert heard.beat().command is None
    assert seen(ada, heard) == "done"


def test_what_failed_is_said(heard: Device, ada: Person) -> None:
    ask(ada, heard)
    assert answer(heard, told(heard).command_id, b'{"outcome": "failed"}').status_code == 200
    assert seen(ada, heard) == "failed"


def test_it_comes_with_the_event_stream_too_and_costs_a_heartbeat_nothing(heard: Device, ada: Person, parts: Parts) -> None:
    with round_trips() as before:
        heard.beat()
    ask(ada, heard)
    with round_trips() as after:
        command = told(heard)
    assert len(after) == len(before)
    assert parts.display_states.state(parts.standings.of(heard.display_id), parts.clock()).command == command


def test_what_is_asked_stands_in_the_audit_log(heard: Device, ada: Person) -> None:
    ask(ada, heard, "restart")
    record = ada.get("/api/admin/audit?what=display.commanded").get_json()["entries"][0]
    assert (record["who"], record["target"], record["after"]["command"]) == ("ada", heard.display_id, "restart")


def test_one_at_a_time(heard: Device, ada: Person) -> None:
    ask(ada, heard)
    assert refusal(ask(ada, heard, "reload")) == (409, "command_waits")
    answer(heard, told(heard).command_id)
    assert ask(ada, heard, "reload").status_code == 200


def test_of_two_at_the_same_moment_one_is_given(
    heard: Device, app: Flask, parts: Parts, ada: Person, clock: MovableClock
) -> None:
    admins = [ada, person(app, parts, clock, "grace", AccountRole.ADMIN)]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda who=who: answers.append(ask(who, heard).status_code)) for who in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]


def test_what_was_asked_too_long_ago_is_not_told_any_more(heard: Device, ada: Person, clock: MovableClock) -> None:
    ask(ada, heard)
    command = told(heard)
    clock.move(LIVES.total_seconds())
    assert heard.beat().command is None
    assert seen(ada, heard) == "unheard"
    assert refusal(answer(heard, command.command_id)) == (409, "command_over")
    assert ask(ada, heard).status_code == 200


def test_the_first_answer_counts_and_may_come_again(heard: Device, ada: Person, clock: MovableClock) -> None:
    ask(ada, heard)
    command = told(heard)
    assert answer(heard, command.command_id).status_code == 200
    assert answer(heard, command.command_id).status_code == 200, "what it was answered was lost on the way"
    assert refusal(answer(heard, command.command_id, b'{"outcome": "failed"}')) == (409, "command_over")
    assert seen(ada, heard) == "done"
    clock.move(LIVES.total_seconds())
    assert refusal(answer(heard, command.command_id)) == (409, "command_over")


def test_nobody_answers_for_another_display(heard: Device, hall: Device, ada: Person) -> None:
    hall.join()
    ask(ada, heard)
    command = told(heard)
    assert refusal(answer(hall, command.command_id)) == (404, "unknown_command")
    assert refusal(answer(heard, "f" * 16)) == (404, "unknown_command")
    assert seen(ada, heard) == "waiting"


@pytest.mark.parametrize("body", [b"{}", b'{"outcome": "perhaps"}', b'{"outcome": "done", "more": 1}', b"[]"])
def test_what_is_no_answer_is_refused(heard: Device, ada: Person, body: bytes) -> None:
    ask(ada, heard)
    assert refusal(answer(heard, told(heard).command_id, body)) == (400, "malformed")


@pytest.mark.parametrize("body", [{}, {"kind": "explode"}, {"kind": "identify", "more": 1}])
def test_what_is_no_command_is_refused(heard: Device, ada: Person, body: dict[str, object]) -> None:
    assert refusal(ada.decide("commands", heard.display_id, **body)) == (400, "malformed")
    assert heard.beat().command is None


def test_a_display_that_is_not_heard_is_not_asked(heard: Device, ada: Person, clock: MovableClock) -> None:
    clock.move(timedelta(minutes=1).total_seconds())
    assert refusal(ask(ada, heard)) == (409, "not_heard")


def test_an_unknown_display_and_one_of_another_session_are_not_asked(heard: Device, ada: Person) -> None:
    assert refusal(ada.decide("commands", "0" * 26, kind="identify")) == (404, "unknown_display")
    response = ada.post(f"/api/admin/livekit/displays/{heard.display_id}/commands", {"session_id": 9, "kind": "identify"})
    assert refusal(response) == (404, "unknown_session")


def test_presenters_and_pages_from_elsewhere_ask_nothing(heard: Device, ada: Person, paula: Person) -> None:
    assert refusal(ask(paula, heard)) == (403, "wrong_role")
    foreign = {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    path = f"/api/admin/livekit/displays/{heard.display_id}/commands"
    response = ada.client.post(path, json={"session_id": 1, "kind": "identify"}, headers=foreign)
    assert refusal(response) == (403, "foreign_origin")
    assert heard.beat().command is None
