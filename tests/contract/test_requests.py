"""Requests made from the API's own description, by each audience on every route: right ones and wrong ones.

No answer is a fault of the controller, each is as the description says, and whatever is refused leaves no record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode, checks

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind, Head, read
from controller.rules.audit_codes import AuditCode
from controller.services.accounts import AccountRole
from controller.web.access import Audience
from tests.support.announced_logs import AnnouncedLogs
from tests.support.cases import Cases
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from wire.display import State

Operation = APIOperation[Any, Any, Any, Any]

ANSWERED_AS_SAID = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]

HOW_TRIED = {
    "max-stream-events": 1,
    "generation": {"with-security-parameters": False},
    "checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}},
}

TOLD_OF_REFUSALS = {AuditCode.SIGN_IN_THROTTLED.value}
"""What a refusal may leave in the audit log: that a password was guessed at too often."""

SHARE_OF_CLOSED = 8
"""Where everything must be refused, a case in eight is enough."""


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, and whom the doors open to that they may go through."""

    client: FlaskClient
    audiences: set[Audience]
    headers: dict[str, str]

    def may(self, operation: Operation) -> bool:
        """Whether the operation says that it is for them."""
        return Audience(operation.definition.raw["tags"][0]) in self.audiences


def nobody(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    del parts, clock
    return Asker(app.test_client(), {Audience.ANYONE}, {})


def waiting_display(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    del parts, clock
    return _display(app, None)


def approved_display(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    return _display(app, parts.enrolment_keys.create(label="hall", max_uses=1, life=timedelta(days=1), now=clock()).key)


def presenter(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    audiences = {Audience.ANYONE, Audience.PRESENTER, Audience.PRESENTER_IN_PERSON}
    return Asker(_signed_in(app, parts, clock, AccountRole.PRESENTER), audiences, SAME_ORIGIN)


def admin(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    audiences = set(Audience) - {Audience.DISPLAY, Audience.LOOPBACK, Audience.SFU, Audience.OPERATOR}
    return Asker(_signed_in(app, parts, clock, AccountRole.ADMIN), audiences, SAME_ORIGIN)


def presenters_program(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    return Asker(app.test_client(), {Audience.ANYONE, Audience.PRESENTER}, _key(parts, clock, AccountRole.PRESENTER))


def admins_program(app: Flask, parts: Parts, clock: MovableClock) -> Asker:
    return Asker(app.test_client(), {Audience.ANYONE, Audience.PRESENTER, Audience.ADMIN}, _key(parts, clock, AccountRole.ADMIN))


def _display(app: Flask, enrolment_key: str | None) -> Asker:
    device = Device(app.test_client(), "hall")
    assert device.join(enrolment_key=enrolment_key).state is (State.APPROVED if enrolment_key else State.PENDING)
    return Asker(device.client, {Audience.ANYONE, Audience.DISPLAY}, {"Authorization": f"Bearer {device.token}"})


def _signed_in(app: Flask, parts: Parts, clock: MovableClock, role: AccountRole) -> FlaskClient:
    parts.accounts.add("casey", role, "correct horse battery", now=clock())
    person = Person(app.test_client(), "casey", "correct horse battery")
    assert person.sign_in().status_code == 302
    return person.client


def _key(parts: Parts, clock: MovableClock, role: AccountRole) -> dict[str, str]:
    _, key = parts.api_keys.create("lights", role, life=timedelta(days=1), by=Actor(ActorKind.ACCOUNT, "ada"), now=clock())
    return {"Authorization": f"Bearer {key}"}


ASKERS = [nobody, waiting_display, approved_display, presenter, admin, presenters_program, admins_program]


def test_the_description_is_valid_openapi(client: FlaskClient) -> None:
    schemathesis.openapi.from_dict(client.get("/api/openapi.json").get_json()).validate()


@pytest.mark.parametrize("who", ASKERS, ids=lambda who: who.__name__)
def test_whatever_is_asked_is_answered_as_the_description_says(
    app: Flask,
    parts: Parts,
    clock: MovableClock,
    lobby: Device,
    cases: Cases,
    subtests: pytest.Subtests,
    announced_logs: AnnouncedLogs,
    who: Callable[[Flask, Parts, MovableClock], Asker],
) -> None:
    announced_logs.allow("not removed from the room yet", "room not ended yet")
    lobby.join()
    asker = who(app, parts, clock)
    known = {"session_id": 1, "display_id": lobby.display_id, "name": "casey"}

    def recorded_since(head: Head) -> set[str]:
        records = map(read, parts.audit_log.snapshot(newest=10)[0])
        return {record.deed.what for record in records if record.head.sequence > head.sequence}

    def check(case: Case[Any]) -> None:
        head = parts.audit_log.head()
        response = case.call(session=cast(Any, asker.client), headers=asker.headers)
        case.validate_response(response, checks=ANSWERED_AS_SAID, headers=asker.headers)
        if not asker.may(case.operation):
            assert 400 <= response.status_code < 500, f"{response.status_code} for somebody whom it does not open to"
        assert response.status_code < 400 or recorded_since(head) <= TOLD_OF_REFUSALS, "refused, and recorded all the same"

    for operation in operations(app):
        wanted = None if asker.may(operation) else max(1, cases.wanted // SHARE_OF_CLOSED)
        with subtests.test(operation.label):
            cases.try_all(f"{who.__name__}, right requests", right(operation, known), check, wanted=wanted)
        if operation.path_parameters or operation.query or operation.headers or operation.body:
            with subtests.test(operation.label + ", wrong"):
                cases.try_all(f"{who.__name__}, wrong requests", wrong(operation, known), check, wanted=wanted)


def operations(app: Flask) -> list[Operation]:
    """Every operation of the API."""
    config = schemathesis.Config.from_dict(HOW_TRIED)
    schema: BaseSchema = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)
    return [cast(Operation, found.ok()) for found in schema.get_all_operations()]  # type: ignore[union-attr]


def right(operation: Operation, known: dict[str, Any]) -> SearchStrategy[Case[Any]]:
    """Requests as they should be; every other one names what there is."""
    drawn = operation.as_strategy(GenerationMode.POSITIVE)
    return one_of(drawn, drawn.map(lambda case: _about(case, known)))


def wrong(operation: Operation, known: dict[str, Any]) -> SearchStrategy[Case[Any]]:
    """Requests as they should not be; every other one with a wrong body is about what there is."""
    drawn = operation.as_strategy(GenerationMode.NEGATIVE).filter(leaves_nothing_empty)
    if not operation.body:
        return drawn
    path = {parameter.name: known[parameter.name] for parameter in operation.path_parameters if parameter.name in known}
    return one_of(drawn, operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=path or None))


def leaves_nothing_empty(case: Case[Any]) -> bool:
    """Whether no field of the query is empty: that is as if it were left out, and nothing wrong."""
    return "" not in (case.query or {}).values()


def _about(case: Case[Any], known: dict[str, Any]) -> Case[Any]:
    for fields in (case.path_parameters, case.query, case.body):
        if isinstance(fields, dict):
            fields.update({name: value for name, value in known.items() if name in fields})
    return case
