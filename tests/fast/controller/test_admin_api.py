"""What an admin sees and decides, and every way of deciding wrongly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.services import keys
from controller.services.accounts import AccountRole
from controller.services.display_registry import DisplayRecord
from controller.settings import AutoApprove
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from tests.support.samples import Monitor, sample
from wire.admin import DisplayList, DisplayView, SfuStatus
from wire.bandwidth import BandwidthStatus
from wire.display import PendingReason, Role, State

ACTS = ("approve", "reject", "revoke", "pending")
BEFORE = {"approve": [], "reject": [], "revoke": ["approve"], "pending": ["reject"]}
"""What brings a display that just joined to where an act is allowed."""

NOBODY = "0" * 26


def path(act: str, display_id: str) -> str:
    return f"/api/admin/livekit/displays/{display_id}/{act}"


def body(act: str, **changes: Any) -> dict[str, Any]:
    return {"session_id": 1, **({"role": "normal"} if act == "approve" else {}), **changes}


def decide(admin: Person, act: str, display_id: str, **changes: Any) -> TestResponse:
    return admin.post(path(act, display_id), body(act, **changes))


def ready_for(act: str, display: Device, admin: Person) -> None:
    display.join()
    for before in BEFORE[act]:
        assert decide(admin, before, display.display_id).status_code == 200


@pytest.fixture
def no_sfu(announced_logs: AnnouncedLogs) -> None:
    """The SFU is away, so whoever is turned out cannot be removed from the room yet."""
    announced_logs.allow("display not removed from the room yet")


@pytest.fixture
def waiting(lobby: Device) -> Device:
    """The lobby's display, waiting for approval."""
    lobby.join()
    return lobby


def record(parts: Parts, display: Device) -> DisplayRecord:
    return parts.registry.get(display.display_id)


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def make_session(parts: Parts, session_id: int, name: str) -> None:
    parts.stores.state.hset(keys.SESSIONS, str(session_id), json.dumps({"name": name, "epoch": 1}))


# -- what an admin decides ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_an_approved_display_has_its_role_and_who_gave_it(waiting: Device, ada: Person, role: Role) -> None:
    view = DisplayView.parse(decide(ada, "approve", waiting.display_id, role=role.value).data)
    assert (view.state, view.role, view.decided_by, view.reason) == (State.APPROVED, role, "ada", None)


@pytest.mark.parametrize(("first", "then"), [(Role.NORMAL, Role.PROTECTED), (Role.PROTECTED, Role.NORMAL)])
def test_approving_again_changes_the_role(waiting: Device, ada: Person, first: Role, then: Role) -> None:
    decide(ada, "approve", waiting.display_id, role=first.value)
    assert DisplayView.parse(decide(ada, "approve", waiting.display_id, role=then.value).data).role is then
    assert waiting.beat().role is then


@pytest.mark.usefixtures("no_sfu")
@pytest.mark.parametrize(("act", "state"), [("reject", State.REJECTED), ("revoke", State.REVOKED), ("pending", State.PENDING)])
def test_a_display_hears_what_was_decided(lobby: Device, ada: Person, act: str, state: State) -> None:
    ready_for(act, lobby, ada)
    view = DisplayView.parse(decide(ada, act, lobby.display_id).data)
    assert (view.state, view.role) == (state, None)
    assert lobby.beat().state is state


@pytest.mark.usefixtures("no_sfu")
@pytest.mark.parametrize("act", ["reject", "revoke"])
def test_a_display_turned_away_stays_so_when_it_says_hello_again(lobby: Device, ada: Person, act: str) -> None:
    ready_for(act, lobby, ada)
    after = DisplayView.parse(decide(ada, act, lobby.display_id).data).state
    assert lobby.join().state is after


def test_a_new_revision_counts_each_decision(waiting: Device, ada: Person, parts: Parts) -> None:
    before = record(parts, waiting).revision
    view = DisplayView.parse(decide(ada, "approve", waiting.display_id).data)
    assert view.revision == before + 1


@pytest.mark.usefixtures("no_sfu")
def test_approving_into_another_session_moves_the_display(waiting: Device, ada: Person, parts: Parts) -> None:
    make_session(parts, 2, "Side stage")
    assert decide(ada, "approve", waiting.display_id, session_id=2).status_code == 200
    state = waiting.beat()
    assert state.session is not None
    assert (state.session.session_id, state.session.name) == (2, "Side stage")
    assert parts.registry.in_session(1) == []


# -- what an admin sees -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_sfu")
def test_the_list_has_those_who_wait_first(app: Flask, lobby: Device, hall: Device, ada: Person) -> None:
    workshop = Device(app.test_client(), "workshop")
    for display in (lobby, hall, workshop):
        display.join()
    decide(ada, "approve", lobby.display_id)
    decide(ada, "reject", hall.display_id)
    listed = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data)
    assert [view.name for view in listed.displays] == ["workshop", "lobby", "hall"]
    assert (listed.approved, listed.max_displays, listed.auto_approve) == (1, 5, "enrolled")


def test_the_list_says_what_the_machine_is_and_how_it_is(waiting: Device, ada: Person, clock: MovableClock) -> None:
    waiting.beat()
    clock.move(13)
    (view,) = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data).displays
    assert (view.hostname, view.model, view.os, view.address) == ("lobby", "test machine", "Debian", "127.0.0.1")
    assert (view.liveness, view.showing) == ("late", "not_showing")
    assert view.machine is not None


@pytest.mark.usefixtures("no_sfu")
def test_a_waiting_display_says_how_many_others_came_from_its_address(
    app: Flask, lobby: Device, hall: Device, ada: Person, parts: Parts
) -> None:
    workshop, stranger = Device(app.test_client(), "workshop"), Device(app.test_client(), "stranger")
    stranger.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    for display in (lobby, hall, workshop, stranger):
        display.join()
    make_session(parts, 2, "Side stage")
    decide(ada, "approve", hall.display_id, session_id=2)
    decide(ada, "reject", workshop.display_id)
    listed = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data).displays
    assert {view.name: view.same_address for view in listed} == {"lobby": 2, "stranger": 0, "workshop": None}


def test_the_list_of_an_empty_session_is_empty(ada: Person, parts: Parts) -> None:
    make_session(parts, 2, "Side stage")
    assert DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=2").data).displays == []


def test_a_pairing_code_is_for_the_display_alone(waiting: Device, ada: Person) -> None:
    code = waiting.beat().pairing_code
    assert code is not None
    assert code not in ada.get("/api/admin/livekit/displays?session_id=1").text


def test_the_sfu_status_says_when_nobody_looks(ada: Person) -> None:
    status = SfuStatus.parse(ada.get("/api/admin/livekit/status?session_id=1").data)
    assert (status.up, status.observed_at, status.participants) == (False, None, [])
    assert "steward" in status.message


def test_the_sfu_status_is_the_last_observation(ada: Person, parts: Parts, clock: MovableClock) -> None:
    seen = SfuStatus(
        up=True, message="The SFU answers.", version=None, url="ws://sfu", room="r", observed_at=clock(), participants=[]
    )
    parts.sfu_statuses.keep(1, seen, term=1)
    assert SfuStatus.parse(ada.get("/api/admin/livekit/status?session_id=1").data) == seen


def test_the_sfu_status_names_missing_variables(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_API_KEY",))
    ada = person(app, parts, clock, "ada", AccountRole.ADMIN)
    assert "LIVEKIT_API_KEY" in SfuStatus.parse(ada.get("/api/admin/livekit/status?session_id=1").data).message


@pytest.mark.parametrize("who", ["ada", "paula"])
def test_admin_and_presenter_see_the_bandwidth(
    request: pytest.FixtureRequest, parts: Parts, clock: MovableClock, who: str
) -> None:
    asker: Person = request.getfixturevalue(who)
    monitor = Monitor(parts)
    monitor.add(sample(1_000, 2_000, clock() - timedelta(seconds=10)), sample(4_000, 8_000, clock()))
    status = BandwidthStatus.parse(asker.get("/api/admin/bandwidth/status").data)
    assert (status.received_bytes, status.sent_bytes, status.used_bytes) == (3_000, 6_000, 9_000)
    assert (status.state, status.interface, status.date) == ("ok", "eth0", "2026-11-24")


def test_bandwidth_without_a_sample_is_unknown(ada: Person) -> None:
    status = BandwidthStatus.parse(ada.get("/api/admin/bandwidth/status").data)
    assert (status.state, status.last_sample_age_s) == ("unknown", None)


def test_bandwidth_whose_monitor_fell_silent_is_unknown(ada: Person, parts: Parts, clock: MovableClock) -> None:
    Monitor(parts).add(sample(1, 1, clock()))
    clock.move(60)
    status = BandwidthStatus.parse(ada.get("/api/admin/bandwidth/status").data)
    assert (status.state, status.last_sample_age_s) == ("unknown", 60.0)
    assert "monitor" in status.message


# -- refusals -----------------------------------------------------------------------------------------------------------------

READS = ("/api/admin/livekit/displays", "/api/admin/livekit/status", "/api/admin/events")


@pytest.mark.parametrize("act", ACTS)
def test_nobody_decides_nothing(waiting: Device, client: FlaskClient, parts: Parts, act: str) -> None:
    before = record(parts, waiting)
    response = client.post(path(act, waiting.display_id), json=body(act), headers=SAME_ORIGIN)
    assert refusal(response) == (401, "sign_in")
    assert record(parts, waiting) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_presenter_decides_nothing(waiting: Device, paula: Person, parts: Parts, act: str) -> None:
    before = record(parts, waiting)
    assert refusal(decide(paula, act, waiting.display_id)) == (403, "wrong_role")
    assert record(parts, waiting) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_display_decides_nothing(waiting: Device, parts: Parts, act: str) -> None:
    before = record(parts, waiting)
    headers = {**SAME_ORIGIN, "Authorization": f"Bearer {waiting.token}"}
    response = waiting.client.post(path(act, waiting.display_id), json=body(act), headers=headers)
    assert refusal(response) == (401, "bad_api_key")
    assert record(parts, waiting) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example.org"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example.org", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "http://localhost/"},
    ],
    ids=str,
)
def test_a_foreign_page_decides_nothing(waiting: Device, ada: Person, parts: Parts, headers: dict[str, str]) -> None:
    before = record(parts, waiting)
    for act in ACTS:
        response = ada.client.post(path(act, waiting.display_id), json=body(act), headers=headers)
        assert refusal(response) == (403, "foreign_origin"), act
    assert record(parts, waiting) == before


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
def test_either_header_of_an_own_page_is_enough(waiting: Device, ada: Person, headers: dict[str, str]) -> None:
    response = ada.client.post(path("approve", waiting.display_id), json=body("approve"), headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("act", ACTS)
def test_an_unknown_session_is_refused_and_the_known_are_listed(waiting: Device, ada: Person, parts: Parts, act: str) -> None:
    before = record(parts, waiting)
    response = decide(ada, act, waiting.display_id, session_id=7)
    assert refusal(response) == (404, "unknown_session")
    assert "1 (Main stage)" in response.get_json()["message"]
    assert record(parts, waiting) == before


@pytest.mark.usefixtures("no_sfu")
@pytest.mark.parametrize("act", ["reject", "revoke", "pending"])
def test_a_display_of_another_session_is_refused_and_says_where_it_is(lobby: Device, ada: Person, parts: Parts, act: str) -> None:
    make_session(parts, 2, "Side stage")
    ready_for(act, lobby, ada)
    before = record(parts, lobby)
    response = decide(ada, act, lobby.display_id, session_id=2)
    assert refusal(response) == (404, "unknown_display")
    assert "in session 1" in response.get_json()["message"]
    assert record(parts, lobby) == before


@pytest.mark.parametrize("display_id", [NOBODY, "nonsense", "%20"])
def test_an_unknown_display_is_refused(ada: Person, parts: Parts, display_id: str) -> None:
    for act in ACTS:
        assert refusal(decide(ada, act, display_id)) == (404, "unknown_display"), act
    assert parts.registry.in_session(1) == []


@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (b"", "application/json", (400, "malformed")),
        (b"{", "application/json", (400, "malformed")),
        (b"[]", "application/json", (400, "malformed")),
        (b'{"session_id": 1, "role": "normal", "more": 1}', "application/json", (400, "malformed")),
        (b'{"session_id": "1", "role": "normal"}', "application/json", (400, "malformed")),
        (b'{"role": "normal"}', "application/json", (400, "malformed")),
        (b'{"session_id": 1, "session_id": 1, "role": "normal"}', "application/json", (400, "malformed")),
        (b'{"session_id": 1, "role": "king"}', "application/json", (400, "malformed")),
        (b"session_id=1&role=normal", "application/x-www-form-urlencoded", (415, "not_json")),
        (b"{}", "text/plain", (415, "not_json")),
        (b" " * 1_025, "application/json", (413, "too_large")),
    ],
)
def test_what_is_no_decision_is_refused(
    waiting: Device, ada: Person, parts: Parts, raw: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    before = record(parts, waiting)
    headers = {**SAME_ORIGIN, "Content-Type": content_type}
    for act in ACTS:
        assert refusal(ada.client.post(path(act, waiting.display_id), data=raw, headers=headers)) == expected, act
    assert record(parts, waiting) == before


def test_an_approval_names_the_role(waiting: Device, ada: Person) -> None:
    response = ada.post(path("approve", waiting.display_id), {"session_id": 1})
    assert refusal(response) == (400, "malformed")
    assert "role" in response.get_json()["message"]


@pytest.mark.usefixtures("no_sfu")
@pytest.mark.parametrize("act", ["reject", "revoke", "pending"])
def test_deciding_twice_is_refused_and_says_what_is_possible(lobby: Device, ada: Person, parts: Parts, act: str) -> None:
    ready_for(act, lobby, ada)
    assert decide(ada, act, lobby.display_id).status_code == 200
    before = record(parts, lobby)
    response = decide(ada, act, lobby.display_id)
    assert refusal(response) == (409, "not_allowed")
    assert "possible now" in response.get_json()["message"]
    assert record(parts, lobby) == before


def test_an_approval_over_the_limit_is_refused(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(session_max_displays=1)
    ada, lobby, hall = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client()), Device(app.test_client())
    for display in (lobby, hall):
        display.join()
    decide(ada, "approve", lobby.display_id)
    response = decide(ada, "approve", hall.display_id)
    assert refusal(response) == (409, "session_full")
    assert "SESSION_MAX_DISPLAYS" in response.get_json()["message"]
    assert record(parts, hall).state is State.PENDING
    assert decide(ada, "approve", lobby.display_id, role="protected").status_code == 200, "a promotion takes no second place"


@pytest.mark.usefixtures("no_sfu")
def test_a_revoked_display_makes_room(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(session_max_displays=1)
    ada, lobby, hall = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client()), Device(app.test_client())
    for display in (lobby, hall):
        display.join()
    decide(ada, "approve", lobby.display_id)
    decide(ada, "revoke", lobby.display_id)
    assert decide(ada, "approve", hall.display_id).status_code == 200


@pytest.mark.usefixtures("no_sfu")
def test_of_many_admins_at_once_exactly_one_decides(app: Flask, parts: Parts, clock: MovableClock, waiting: Device) -> None:
    admins = [person(app, parts, clock, f"admin-{number}", AccountRole.ADMIN) for number in range(6)]
    together = threading.Barrier(len(admins))
    responses: list[TestResponse] = []

    def act(admin: Person, what: str) -> None:
        together.wait()
        responses.append(decide(admin, what, waiting.display_id))

    pairs = [(admin, "approve" if number == 0 else "reject") for number, admin in enumerate(admins)]
    threads = [threading.Thread(target=act, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [response for response in responses if response.status_code == 200]
    lost = {refusal(response) for response in responses if response is not won}
    assert lost <= {(409, "changed_meanwhile"), (409, "not_allowed")}
    assert record(parts, waiting).state is DisplayView.parse(won.data).state
    assert record(parts, waiting).revision == 2


@pytest.mark.usefixtures("no_sfu")
@pytest.mark.parametrize("act", ACTS)
def test_a_stale_page_decides_nothing_and_hears_what_the_display_is(lobby: Device, ada: Person, parts: Parts, act: str) -> None:
    ready_for(act, lobby, ada)
    seen = record(parts, lobby).revision
    lobby.hostname = "changed meanwhile"
    lobby.join()
    before = record(parts, lobby)
    response = decide(ada, act, lobby.display_id, revision=seen)
    assert refusal(response) == (409, "changed_meanwhile")
    present = DisplayView.parse(json.dumps(response.get_json()["details"]).encode())
    assert (present.revision, present.hostname, present.state) == (seen + 1, "changed meanwhile", before.state)
    assert record(parts, lobby) == before
    assert decide(ada, act, lobby.display_id, revision=before.revision).status_code == 200


@pytest.mark.parametrize("revision", [-1, 1.5, "1", True])
def test_what_is_no_revision_is_refused(waiting: Device, ada: Person, revision: object) -> None:
    assert refusal(decide(ada, "approve", waiting.display_id, revision=revision)) == (400, "malformed")


@pytest.mark.parametrize("route", READS)
def test_nobody_and_no_presenter_reads_what_is_the_admins(client: FlaskClient, paula: Person, route: str) -> None:
    assert refusal(client.get(f"{route}?session_id=1")) == (401, "sign_in")
    assert refusal(paula.get(f"{route}?session_id=1")) == (403, "wrong_role")


@pytest.mark.parametrize("route", READS)
@pytest.mark.parametrize("asked", ["", "?session_id=", "?session_id=one", "?session_id=0", "?session_id=-1", "?session_id=٣"])
def test_a_read_names_its_session(ada: Person, route: str, asked: str) -> None:
    assert refusal(ada.get(route + asked)) == (400, "malformed")


@pytest.mark.parametrize("route", READS)
def test_a_read_of_an_unknown_session_lists_the_known(ada: Person, route: str) -> None:
    response = ada.get(f"{route}?session_id=7")
    assert refusal(response) == (404, "unknown_session")
    assert "1 (Main stage)" in response.get_json()["message"]


def test_nobody_sees_the_bandwidth(client: FlaskClient) -> None:
    assert refusal(client.get("/api/admin/bandwidth/status")) == (401, "sign_in")


def test_the_automatic_approval_over_the_limit_waits_and_says_why(make_app: Callable[..., Flask], ada: Person) -> None:
    app = make_app(auto_approve=AutoApprove.ALL)
    for number in range(6):
        last = Device(app.test_client(), f"display-{number}").join()
    assert last.reason is PendingReason.SESSION_FULL
    listed = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data)
    assert (listed.approved, listed.displays[0].name, listed.displays[0].reason) == (5, "display-5", PendingReason.SESSION_FULL)
