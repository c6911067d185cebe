"""Every route, who it answers, and how much it takes: one table. A route that is not in it fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.web.access import READING, Audience, Door
from tests.support.person import SAME_ORIGIN

ANYONE, DISPLAY, PRESENTER, ADMIN = Audience.ANYONE, Audience.DISPLAY, Audience.PRESENTER, Audience.ADMIN
PRESENTER_IN_PERSON, ADMIN_IN_PERSON = Audience.PRESENTER_IN_PERSON, Audience.ADMIN_IN_PERSON
PROGRAMS = (Audience.LOOPBACK, Audience.SFU, Audience.OPERATOR)
"""They show neither cookie nor session token; see test_door.py and test_metrics.py."""

ROUTES: dict[tuple[str, str], Door] = {
    ("GET", "/"): Door(PRESENTER_IN_PERSON, 0),
    ("GET", "/present"): Door(PRESENTER_IN_PERSON, 0),
    ("GET", "/audit"): Door(ADMIN_IN_PERSON, 0),
    ("GET", "/enrolment-keys"): Door(ADMIN_IN_PERSON, 0),
    ("GET", "/api/admin/enrolment-keys"): Door(ADMIN_IN_PERSON, 0),
    ("POST", "/api/admin/enrolment-keys"): Door(ADMIN_IN_PERSON, 1_024),
    ("DELETE", "/api/admin/enrolment-keys/<key_id>"): Door(ADMIN_IN_PERSON, 256),
    ("GET", "/people"): Door(ADMIN_IN_PERSON, 0),
    ("GET", "/sessions"): Door(ADMIN_IN_PERSON, 0),
    ("GET", "/account"): Door(PRESENTER_IN_PERSON, 0),
    ("GET", "/login"): Door(ANYONE, 0),
    ("POST", "/login"): Door(ANYONE, 4_096),
    ("POST", "/logout"): Door(ANYONE, 1_024),
    ("GET", "/static/<path:name>"): Door(ANYONE, 0),
    ("GET", "/present/<any(js, css):kind>/<path:name>"): Door(ANYONE, 0),
    ("GET", "/joining/<string:name>.js"): Door(ANYONE, 0),
    ("GET", "/healthz"): Door(ANYONE, 0),
    ("GET", "/readyz"): Door(ANYONE, 0),
    ("GET", "/metrics"): Door(Audience.OPERATOR, 0),
    ("POST", "/api/device/v1/nonce"): Door(ANYONE, 256),
    ("POST", "/api/device/v1/hello"): Door(ANYONE, 8_192),
    ("POST", "/api/device/v1/heartbeat"): Door(DISPLAY, 16_384),
    ("POST", "/api/device/v1/livekit-token"): Door(DISPLAY, 256),
    ("POST", "/api/device/v1/commands/<command_id>/result"): Door(DISPLAY, 256),
    ("GET", "/api/device/v1/events"): Door(DISPLAY, 0),
    ("GET", "/api/device/v1/still"): Door(DISPLAY, 0),
    ("POST", "/api/admin/presenter/livekit-token"): Door(PRESENTER_IN_PERSON, 1_024),
    ("POST", "/api/presenter/v1/heartbeat"): Door(PRESENTER_IN_PERSON, 4_096),
    ("POST", "/api/presenter/v1/still"): Door(PRESENTER_IN_PERSON, 100_000),
    ("DELETE", "/api/presenter/v1/lease"): Door(PRESENTER_IN_PERSON, 1_024),
    ("GET", "/api/presenter/v1/events"): Door(PRESENTER_IN_PERSON, 0),
    ("PUT", "/api/account/v1/password"): Door(PRESENTER_IN_PERSON, 4_096),
    ("GET", "/api/account/v1/sign-ins"): Door(PRESENTER_IN_PERSON, 0),
    ("DELETE", "/api/account/v1/sign-ins/<sign_in_id>"): Door(PRESENTER_IN_PERSON, 256),
    ("GET", "/api/admin/accounts"): Door(ADMIN_IN_PERSON, 0),
    ("POST", "/api/admin/accounts"): Door(ADMIN_IN_PERSON, 4_096),
    ("PUT", "/api/admin/accounts/<name>"): Door(ADMIN_IN_PERSON, 4_096),
    ("DELETE", "/api/admin/accounts/<name>"): Door(ADMIN_IN_PERSON, 256),
    ("POST", "/api/admin/accounts/<name>/password"): Door(ADMIN_IN_PERSON, 256),
    ("DELETE", "/api/admin/accounts/<name>/sign-ins/<sign_in_id>"): Door(ADMIN_IN_PERSON, 256),
    ("GET", "/api/admin/api-keys"): Door(ADMIN_IN_PERSON, 0),
    ("POST", "/api/admin/api-keys"): Door(ADMIN_IN_PERSON, 1_024),
    ("DELETE", "/api/admin/api-keys/<key_id>"): Door(ADMIN_IN_PERSON, 256),
    ("GET", "/api/admin/livekit/displays"): Door(ADMIN, 0),
    ("POST", "/api/admin/livekit/displays/<display_id>/approve"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/reject"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/revoke"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/pending"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/rename"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/move"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/replace"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/resolve"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/displays/<display_id>/commands"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/livekit/pairing-code"): Door(ADMIN, 256),
    ("GET", "/api/admin/sessions"): Door(ADMIN, 0),
    ("POST", "/api/admin/sessions"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/sessions/<int:session_id>/rename"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/sessions/<int:session_id>/archive"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/sessions/<int:session_id>/unarchive"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/sessions/<int:session_id>/lock"): Door(ADMIN, 1_024),
    ("POST", "/api/admin/state/accept"): Door(ADMIN_IN_PERSON, 1_024),
    ("GET", "/api/admin/audit"): Door(ADMIN, 0),
    ("GET", "/api/admin/livekit/status"): Door(ADMIN, 0),
    ("GET", "/api/admin/quality/log"): Door(ADMIN, 0),
    ("GET", "/api/admin/quality/log.csv"): Door(ADMIN, 0),
    ("GET", "/api/admin/quality/minutes.csv"): Door(ADMIN, 0),
    ("GET", "/api/admin/bandwidth/status"): Door(PRESENTER, 0),
    ("GET", "/api/admin/bandwidth/displays.csv"): Door(ADMIN, 0),
    ("POST", "/api/admin/bandwidth/lift"): Door(ADMIN, 256),
    ("DELETE", "/api/admin/bandwidth/lift"): Door(ADMIN, 256),
    ("GET", "/api/admin/bandwidth/history"): Door(PRESENTER, 0),
    ("GET", "/api/admin/bandwidth/days.csv"): Door(PRESENTER, 0),
    ("GET", "/api/admin/events"): Door(ADMIN, 0),
    ("GET", "/internal/livekit/admit"): Door(Audience.LOOPBACK, 0),
    ("GET", "/api/openapi.json"): Door(ANYONE, 0),
    ("POST", "/api/livekit/webhook"): Door(Audience.SFU, 65_536),
}

EXAMPLES = {
    "<path:name>": "js/VENDOR.md",
    "<any(js, css):kind>": "js",
    "<display_id>": "0" * 26,
    "<command_id>": "0" * 16,
    "<int:session_id>": "1",
    "<name>": "paula",
    "<sign_in_id>": "0" * 16,
    "<key_id>": "0" * 8,
}

CLOSED = [route for route, door in ROUTES.items() if door.audience not in (ANYONE, *PROGRAMS)]
WRITES = [route for route in ROUTES if route[0] not in READING]


def path_of(rule: str) -> str:
    for placeholder, example in EXAMPLES.items():
        rule = rule.replace(placeholder, example)
    return rule


def routes_of(app: Flask) -> dict[tuple[str, str], Door | None]:
    return {
        (method, rule.rule): getattr(app.view_functions[rule.endpoint], "door", None)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_table_is_what_the_app_serves(app: Flask) -> None:
    assert routes_of(app) == ROUTES


@pytest.mark.parametrize(("method", "rule"), CLOSED)
def test_nobody_gets_past_a_closed_door(client: FlaskClient, method: str, rule: str) -> None:
    response = client.open(path_of(rule), method=method, json={}, headers=SAME_ORIGIN)
    if rule.startswith("/api/"):
        assert response.status_code == 401
        assert response.get_json()["error"] == ("no_session" if ROUTES[method, rule].audience is DISPLAY else "sign_in")
    else:
        assert (response.status_code, response.location) == (302, f"/login?next={path_of(rule)}")


@pytest.mark.parametrize(("method", "rule"), [route for route in CLOSED if route[0] == "GET"])
def test_nobody_gets_past_a_closed_door_by_asking_for_headers_only(client: FlaskClient, method: str, rule: str) -> None:
    assert client.head(path_of(rule)).status_code == 401


@pytest.mark.parametrize(("method", "rule"), WRITES)
def test_a_body_over_the_limit_is_refused_before_it_is_read(client: FlaskClient, method: str, rule: str) -> None:
    body = b"x" * (ROUTES[method, rule].max_body_bytes + 1)
    response = client.open(path_of(rule), method=method, data=body, headers=SAME_ORIGIN, content_type="application/json")
    assert response.status_code == 413
    if rule.startswith("/api/"):
        assert response.get_json()["error"] == "too_large"


@pytest.mark.parametrize(("method", "rule"), WRITES)
def test_a_body_of_unknown_length_is_refused(client: FlaskClient, method: str, rule: str) -> None:
    headers = {**SAME_ORIGIN, "Transfer-Encoding": "chunked"}
    assert client.open(path_of(rule), method=method, headers=headers).status_code == 411


def test_a_view_that_states_nothing_answers_nobody(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.add_url_rule("/api/forgotten", view_func=lambda: "secret")
    response = app.test_client().get("/api/forgotten")
    assert (response.status_code, response.get_json()["error"]) == (403, "closed")


@pytest.mark.parametrize("path", ["/login", "/api/device/v1/nonce"])
def test_a_host_that_is_none_is_refused(client: FlaskClient, path: str) -> None:
    response = client.post(path, headers={**SAME_ORIGIN, "Host": "."})
    assert (response.status_code, response.get_json()["error"]) == (400, "bad_request")
