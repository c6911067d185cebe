"""Reading the audit log as an admin: by program and on the page, and every way of asking wrongly."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind, Deed
from controller.services import keys
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.audit import AuditList

ROUTES = ("/api/admin/audit", "/audit")


@pytest.fixture
def history(parts: Parts, lobby: Device, hall: Device, ada: Person, announced_logs: AnnouncedLogs) -> tuple[Device, Device]:
    """Ada approved lobby and hall, renamed the hall, made a session, revoked the lobby: records 1 to 5; 6 is the controller's."""
    announced_logs.allow("display not removed from the room yet")
    for display in (lobby, hall):
        display.join()
        ada.decide("approve", display.display_id, role="normal")
    ada.decide("rename", hall.display_id, name="Great hall")
    ada.post("/api/admin/sessions", {"name": "Side stage"})
    ada.decide("revoke", lobby.display_id)
    parts.audit_log.keep(Deed(parts.clock(), Actor(ActorKind.SYSTEM, "steward"), "display.tried", "<b>", {}, {}))
    return lobby, hall


def asked(admin: Person, query: str = "") -> AuditList:
    response = admin.get(f"/api/admin/audit{query}")
    assert response.status_code == 200, response.text
    return AuditList.parse(response.data)


def sequences(admin: Person, query: str = "") -> list[int]:
    return [entry.sequence for entry in asked(admin, query).entries]


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def test_an_empty_log_is_an_empty_list(ada: Person) -> None:
    assert (asked(ada).entries, asked(ada).more, asked(ada).head_sequence) == ([], False, 0)
    assert "No record that is kept fits" in ada.get("/audit").text


def test_records_come_newest_first_with_all_they_say(history: tuple[Device, Device], ada: Person, parts: Parts) -> None:
    found = asked(ada)
    assert [entry.what for entry in found.entries] == [
        "display.tried",
        "display.revoked",
        "session.made",
        "display.renamed",
        "display.approved",
        "display.approved",
    ]
    revoked = found.entries[1]
    assert (revoked.by, revoked.who, revoked.address, revoked.target) == ("account", "ada", "127.0.0.1", history[0].display_id)
    assert (revoked.before["state"], revoked.after["state"]) == ("approved", "revoked")
    assert (found.head_sequence, found.head_hash) == (6, parts.audit_log.head().hash)
    assert found.trouble is None


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?who=ADA", [5, 4, 3, 2, 1]),
        ("?who=nobody", []),
        ("?what=display.approved", [2, 1]),
        ("?what=session.", [4]),
        ("?target=great", [3]),
        ("?target=lobby&what=display.", [5, 1]),
        ("?before=3", [2, 1]),
        ("?after=4", [6, 5]),
        ("?after=1&before=4", [3, 2]),
        ("?limit=2", [6, 5]),
        ("?who=ada&before=5&limit=1", [4]),
        ("?who=&what=&target=&before=&after=&limit=", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_records_are_found_by_what_is_asked(ada: Person, query: str, expected: list[int]) -> None:
    assert sequences(ada, query) == expected


def test_a_display_is_found_by_its_id(history: tuple[Device, Device], ada: Person) -> None:
    assert sequences(ada, f"?target={history[1].display_id}") == [3, 2]


@pytest.mark.usefixtures("history")
def test_whether_there_are_more_is_said(ada: Person) -> None:
    assert asked(ada, "?limit=5").more
    assert not asked(ada, "?limit=6").more
    assert not asked(ada, "?limit=2&who=ada&before=3").more
    assert asked(ada, "?limit=5").next_before == 2
    assert asked(ada, "?limit=6").next_before is None


@pytest.mark.usefixtures("history")
def test_a_record_that_was_changed_is_said_and_the_rest_shown(ada: Person, parts: Parts) -> None:
    lines = parts.audit_log.oldest_first()
    lines[1] = lines[1].replace('"who":"ada"', '"who":"eve"')
    parts.stores.state.delete(keys.AUDIT_LOG)
    parts.stores.state.register_script("return redis.call('RPUSH', KEYS[1], unpack(ARGV))")(keys=[keys.AUDIT_LOG], args=lines)
    found = asked(ada)
    assert [entry.sequence for entry in found.entries] == [6, 5, 4, 3, 1]
    assert found.trouble == "the record before record 3 was changed: its hash does not fit what it says"
    assert "The log is not whole" in ada.get("/audit").text


# -- the page -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("history")
def test_the_page_tells_what_changed_and_keeps_the_filter(ada: Person) -> None:
    text = ada.get("/audit?who=ada&what=display.renamed&target=hall").text
    assert len(re.findall(r'<tr role="row">', text)) == 2, "the head and one record"
    assert "hall → Great hall" in text
    assert 'name="who" value="ada"' in text
    assert re.search(r'value="display.renamed" selected', text)


@pytest.mark.usefixtures("history")
def test_the_page_shows_what_it_is_told_as_text(ada: Person) -> None:
    assert "&lt;b&gt;" in ada.get("/audit").text
    assert "&lt;i&gt;" in ada.get("/audit?who=<i>").text


def test_older_records_are_a_link_away(ada: Person, parts: Parts, clock: MovableClock) -> None:
    for number in range(51):
        parts.audit_log.keep(Deed(clock(), Actor(ActorKind.ACCOUNT, "ada"), "display.tried", str(number), {}, {}))
    link = re.search(r'<a href="([^"]+)">Older records', ada.get("/audit?who=ada").text)
    assert link is not None
    older = ada.get(html.unescape(link[1])).text
    assert 'data-label="No.">1</td>' in older
    assert "Older records" not in older


def test_only_admins_see_the_link(ada: Person, paula: Person) -> None:
    assert 'href="/audit"' in ada.get("/").text
    assert 'href="/audit"' not in paula.get("/present").text


# -- refusals -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("query", ["?limit=0", "?limit=-1", "?limit=many", "?limit=201"])
def test_what_is_no_limit_is_refused_in_words(ada: Person, query: str) -> None:
    response = ada.get("/api/admin/audit" + query)
    assert refusal(response) == (400, "malformed")
    assert "limit: Input should be" in response.get_json()["message"]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "query",
    [
        "?before=0",
        "?before=1e3",
        "?before=٣",
        "?after=1.5",
        "?after=" + "9" * 5_000,
        "?who=" + "x" * 121,
        "?whom=ada",
        "?before=1&before=2",
    ],
    ids=lambda query: query[:14],
)
def test_what_is_no_question_is_refused_in_words(ada: Person, route: str, query: str) -> None:
    response = ada.get(route + query)
    assert response.status_code == 400
    assert query[1:].split("=")[0] + ": " in response.text


def test_nobody_and_no_presenter_and_no_display_reads_the_log(client: FlaskClient, paula: Person, lobby: Device) -> None:
    lobby.join()
    assert refusal(client.get("/api/admin/audit")) == (401, "sign_in")
    assert refusal(paula.get("/api/admin/audit")) == (403, "wrong_role")
    bearer: dict[str, Any] = {"Authorization": f"Bearer {lobby.token}"}
    assert lobby.client.get("/api/admin/audit", headers=bearer).status_code == 401
    assert client.get("/audit").location == "/login?next=/audit"
    assert paula.get("/audit").status_code == 403


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_the_log_by_asking(ada: Person, parts: Parts, route: str, method: str) -> None:
    head = parts.audit_log.head()
    assert ada.client.open(route, method=method, json={}).status_code == 405
    assert parts.audit_log.head() == head


def test_signing_in_leads_back_to_the_log(ada: Person, client: FlaskClient) -> None:
    form = {"name": "ada", "password": ada.password, "next": "/audit"}
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/login", data=form, headers=headers).location == "/audit"


def test_an_entry_is_what_its_record_says(history: tuple[Device, Device], ada: Person, parts: Parts) -> None:
    line = json.loads(parts.audit_log.oldest_first()[0])
    entry = asked(ada, "?before=2").entries[0]
    assert (entry.request, entry.hash, entry.address) == (line["request"], line["hash"], line["from"])
