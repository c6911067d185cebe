"""The API's own document: whole, valid, and open to whoever wants to write a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.web import messages, openapi
from controller.web.access import Audience, opens_to
from controller.web.messages import Exchange, exchange
from tests.support.announced_logs import AnnouncedLogs
from tests.support.person import Person
from wire.display import NonceAnswer, SessionQuery
from wire.presenter import Notice

WITHOUT_MESSAGES = {
    "bandwidth_api.days",
    "bandwidth_api.displays",
    "quality_api.table",
    "quality_api.minutes",
    "openapi.openapi",
    "door.webhook",
    "stills_api.keep",
    "stills_api.newest",
}
"""The document itself; tables for spreadsheets; stills, which are bare pictures; the SFU's webhook is LiveKit's message, and
nothing of it is read."""


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/api/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    found: dict[str, Any] = response.get_json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {said["operationId"]: said for methods in document["paths"].values() for said in methods.values()}


def exchanges(app: Flask) -> dict[str, Exchange]:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    return {endpoint: app.view_functions[endpoint].exchange for endpoint in endpoints}  # type: ignore[union-attr]


def test_every_route_of_the_api_is_in_it(document: dict[str, Any], app: Flask) -> None:
    assert set(operations(document)) == set(exchanges(app))


def test_every_route_says_what_it_answers(app: Flask) -> None:
    silent = {name for name, stated in exchanges(app).items() if not (stated.gives or stated.streams)}
    assert silent == WITHOUT_MESSAGES


def test_an_operation_says_who_may_what_it_takes_and_what_it_gives(document: dict[str, Any]) -> None:
    said = operations(document)["admin_api.approve"]
    assert (said["summary"], said["tags"]) == ("Let a display see a session's picture, or change its role.", ["admin"])
    assert said["security"] == [{"person": []}, {"program": []}]
    assert [(one["name"], one["in"]) for one in said["parameters"]] == [("display_id", "path")]
    assert said["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ApproveRequest"}
    assert said["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/DisplayView"}
    assert list(said["responses"]) == ["200", "4XX", "502", "503"]


def test_a_query_is_said_field_by_field(document: dict[str, Any]) -> None:
    said = {one["name"]: one["required"] for one in operations(document)["audit_api.audit"]["parameters"]}
    assert said == {"who": False, "what": False, "target": False, "before": False, "after": False, "limit": False}
    (session,) = operations(document)["admin_api.displays"]["parameters"]
    assert (session["in"], session["required"], session["schema"]["maximum"]) == ("query", True, 1_000_000)


def test_a_route_that_states_no_messages_is_an_error(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.add_url_rule("/api/forgotten", view_func=opens_to(Audience.ANYONE)(lambda: "secret"))
    with pytest.raises(LookupError, match="states no messages"):
        openapi.document(app)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_it(ada: Person, method: str) -> None:
    assert ada.client.open("/api/openapi.json", method=method, json={}).status_code == 405


@pytest.mark.parametrize(
    "use",
    [
        lambda: messages.read(SessionQuery),
        lambda: messages.asked(SessionQuery),
        lambda: messages.answer(Notice(code="a", message="b")),
    ],
    ids=["body", "query", "answer"],
)
def test_a_view_cannot_use_a_message_it_does_not_state(
    make_app: Callable[..., Flask], announced_logs: AnnouncedLogs, use: Any
) -> None:
    app = make_app()
    announced_logs.allow("request failed")
    view = exchange(gives=NonceAnswer)(use)
    app.add_url_rule("/api/other", endpoint="other", view_func=opens_to(Audience.ANYONE)(view))
    assert app.test_client().get("/api/other", json={}).status_code == 500
