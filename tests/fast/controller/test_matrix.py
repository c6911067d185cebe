"""Everybody on every route with every method: let in, or refused as the table says.

The table is `ROUTES` of test_access.py, which names every route there is; what it does not name must be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import pytest
import redis
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import AccountRole
from controller.web.access import READING, Audience, Door
from tests.fast.controller.test_access import ROUTES, path_of
from tests.support.announced_logs import AnnouncedLogs
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person

ADA = Actor(ActorKind.ACCOUNT, "ada")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NOWHERE = ("/nowhere", "/api/nowhere", "/api/admin", "/internal/livekit", "/static")
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
"""Nobody here asks from the controller's own machine; for the proxy, which does, see test_door.py."""


class Answer(StrEnum):
    """What becomes of a request at the door."""

    LET_IN = "let in"
    SIGN_IN = "to the sign-in form, or 401 where no page was asked for"
    STRANGER = "401"
    FORBIDDEN = "403"
    IN_PERSON = "403, or to the sign-in form where a page was asked for"
    """No program's, whatever its key."""
    NOT_SIGNED = "415"
    """It is no webhook; see test_door.py for those that are and bear a wrong signature."""


class Kind(StrEnum):
    """What somebody is to the door."""

    NOBODY = "nobody"
    DISPLAY = "display"
    PRESENTER = "presenter"
    ADMIN = "admin"
    PRESENTERS_KEY = "presenter's API key"
    ADMINS_KEY = "admin's API key"
    NO_KEY = "API key that is none any more"


LET_IN, SIGN_IN, STRANGER, FORBIDDEN, IN_PERSON, NOT_SIGNED = Answer
GRID: dict[Audience, tuple[Answer, ...]] = {
    # nobody, display, presenter, admin, presenter's key, admin's key, no key
    Audience.ANYONE: (LET_IN,) * 7,
    Audience.DISPLAY: (STRANGER, LET_IN, STRANGER, STRANGER, STRANGER, STRANGER, STRANGER),
    Audience.PRESENTER: (SIGN_IN, SIGN_IN, LET_IN, LET_IN, LET_IN, LET_IN, SIGN_IN),
    Audience.ADMIN: (SIGN_IN, SIGN_IN, FORBIDDEN, LET_IN, FORBIDDEN, LET_IN, SIGN_IN),
    Audience.PRESENTER_IN_PERSON: (SIGN_IN, SIGN_IN, LET_IN, LET_IN, IN_PERSON, IN_PERSON, SIGN_IN),
    Audience.ADMIN_IN_PERSON: (SIGN_IN, SIGN_IN, FORBIDDEN, LET_IN, IN_PERSON, IN_PERSON, SIGN_IN),
    Audience.LOOPBACK: (FORBIDDEN,) * 7,
    Audience.SFU: (NOT_SIGNED,) * 7,
    Audience.OPERATOR: (FORBIDDEN, STRANGER, FORBIDDEN, FORBIDDEN, LET_IN, LET_IN, STRANGER),
}


@dataclass(frozen=True)
class Caller:
    """Somebody, and what they show."""

    kind: Kind
    headers: dict[str, str]


@pytest.fixture
def cast(app: Flask, parts: Parts, ada: Person, paula: Person, announced_logs: AnnouncedLogs) -> dict[str, Caller]:
    """Everybody, by name."""
    announced_logs.allow("display not removed from the room yet")
    return {
        "anonymous": Caller(Kind.NOBODY, {}),
        "pending": a_display(app),
        "normal": a_display(app, ada, ("approve", {"role": "normal"})),
        "protected": a_display(app, ada, ("approve", {"role": "protected"})),
        "rejected": a_display(app, ada, ("reject", {})),
        "revoked": a_display(app, ada, ("approve", {"role": "normal"}), ("revoke", {})),
        "presenter": Caller(Kind.PRESENTER, cookie_of(paula)),
        "admin": Caller(Kind.ADMIN, cookie_of(ada)),
        "presenter's API key": Caller(Kind.PRESENTERS_KEY, an_api_key(parts, AccountRole.PRESENTER)),
        "admin's API key": Caller(Kind.ADMINS_KEY, an_api_key(parts, AccountRole.ADMIN)),
        "revoked API key": Caller(Kind.NO_KEY, an_api_key(parts, AccountRole.ADMIN, is_revoked=True)),
    }


def a_display(app: Flask, admin: Person | None = None, *acts: tuple[str, dict[str, str]]) -> Caller:
    """A display with a session token, after an admin's acts."""
    device = Device(app.test_client())
    device.join()
    for act, body in acts:
        assert admin is not None
        assert admin.decide(act, device.display_id, **body).status_code == 200
    return Caller(Kind.DISPLAY, {"Authorization": f"Bearer {device.token}"})


def an_api_key(parts: Parts, role: AccountRole, *, is_revoked: bool = False) -> dict[str, str]:
    """What a program sends. The key has been used, so that what is kept of its last use stays."""
    now = parts.clock()
    key, text = parts.api_keys.create(f"{role.value} {is_revoked}", role, life=timedelta(days=1), by=ADA, now=now)
    assert parts.api_keys.account_of(text, now) is not None
    if is_revoked:
        parts.api_keys.revoke(key.key_id, by=ADA, now=now)
    return {"Authorization": f"Bearer {text}"}


def cookie_of(person: Person) -> dict[str, str]:
    """What a page of the controller sends for whoever is signed in."""
    cookie = person.client.get_cookie("marquee")
    assert cookie is not None
    return {**SAME_ORIGIN, "Cookie": f"marquee={cookie.value}"}


@pytest.fixture
def threshold(make_app: Callable[..., Flask]) -> FlaskClient:
    """The application as far as its door: whoever is let in hears so, and no view is reached."""
    app = make_app()
    app.before_request(lambda: LET_IN.value if request.endpoint else None)
    return app.test_client(use_cookies=False)


def door_of(method: str, rule: str) -> Door | None:
    """What is demanded there; None where the method is not served. HEAD is served with GET, and OPTIONS with anything."""
    if method == "OPTIONS":
        return next(door for (_, found), door in ROUTES.items() if found == rule)
    return ROUTES.get(("GET" if method == "HEAD" else method, rule))


def expected(kind: Kind, method: str, rule: str) -> str:
    """What the table says becomes of it."""
    if rule in NOWHERE:
        return "404"
    door = door_of(method, rule)
    if door is None:
        return "405"
    answer = GRID[door.audience][list(Kind).index(kind)]
    if answer in (SIGN_IN, IN_PERSON):
        is_page = method == "GET" and not rule.startswith("/api/")
        return "/login" if is_page else "401" if answer is SIGN_IN else "403"
    return answer.value


def table(cast: dict[str, Caller]) -> dict[tuple[str, str, str], str]:
    """What becomes of everybody with every method on every rule, and on what is none."""
    rules = [*dict.fromkeys(rule for _, rule in ROUTES), *NOWHERE]
    return {
        (name, method, rule): expected(caller.kind, method, rule)
        for name, caller in cast.items()
        for rule in rules
        for method in METHODS
    }


def ask(client: FlaskClient, caller: Caller, method: str, rule: str) -> TestResponse:
    return client.open(path_of(rule), method=method, json={}, headers=caller.headers, environ_base=ELSEWHERE)


def seen(response: TestResponse) -> str:
    """What became of it."""
    if response.status_code == 200:
        return LET_IN.value
    if response.status_code == 302:
        return (response.location or "").partition("?")[0]
    return str(response.status_code)


def test_everybody_is_let_in_where_the_table_says_and_who_is_not_changes_nothing(
    app: Flask, parts: Parts, threshold: FlaskClient, cast: dict[str, Caller]
) -> None:
    wanted, whole, before = table(cast), app.test_client(use_cookies=False), everything(parts)
    answers = {
        (name, method, rule): seen(ask(threshold if answer == LET_IN.value else whole, cast[name], method, rule))
        for (name, method, rule), answer in wanted.items()
    }
    assert answers == wanted
    assert everything(parts) == before


def everything(parts: Parts) -> dict[str, bytes]:
    """All that the state store holds."""
    with redis.Redis.from_url(parts.settings.redis_url) as store:
        return {key.decode(): store.dump(key) for key in store.scan_iter()}


FOREIGN = {
    "no word of where from": {},
    "another site": {"Origin": "http://evil.example.org", "Sec-Fetch-Site": "cross-site"},
    "another site, in an old browser": {"Origin": "http://evil.example.org"},
    "another host of the site": {"Origin": "http://cms.localhost", "Sec-Fetch-Site": "same-site"},
    "a sandboxed page": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "another port": {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-site"},
    "a lie about the site": {"Origin": "http://evil.example.org", "Sec-Fetch-Site": "same-origin"},
}
WRITES_OF_PEOPLE = [
    route
    for route, door in ROUTES.items()
    if route[0] not in READING and (GRID[door.audience][0] is SIGN_IN or route[1] in ("/login", "/logout"))
]


@pytest.mark.parametrize("where_from", FOREIGN)
def test_no_write_is_taken_from_a_foreign_page(app: Flask, parts: Parts, cast: dict[str, Caller], where_from: str) -> None:
    led_here = Caller(Kind.ADMIN, {"Cookie": cast["admin"].headers["Cookie"], **FOREIGN[where_from]})
    client, before = app.test_client(use_cookies=False), everything(parts)
    answers = {route: seen(ask(client, led_here, *route)) for route in WRITES_OF_PEOPLE}
    assert answers == dict.fromkeys(WRITES_OF_PEOPLE, "403")
    assert everything(parts) == before


@pytest.mark.parametrize(("name", "status"), [("pending", 403), ("rejected", 403), ("revoked", 403), ("normal", 503)])
def test_a_session_token_alone_opens_no_room(app: Flask, cast: dict[str, Caller], name: str, status: int) -> None:
    """The door lets every display in that has a key; the room is for the approved, and here no SFU answers them."""
    response = ask(app.test_client(), cast[name], "POST", "/api/device/v1/livekit-token")
    assert response.status_code == status
