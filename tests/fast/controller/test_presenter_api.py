"""What the presenter page asks, and every way of asking it wrongly. A token that is given needs an SFU: see tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules import audit_chain
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.presenting import Claim, Lease
from controller.services import keys
from controller.services.accounts import AccountRole
from controller.services.presenter_lease import HeldLease, SessionTaken
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from wire.display import ViewerReport
from wire.presenter import PresenterStatus

TOKEN = "/api/admin/presenter/livekit-token"
HEARTBEAT = "/api/presenter/v1/heartbeat"
LEASE = "/api/presenter/v1/lease"

WRITES: dict[str, tuple[str, dict[str, Any], int]] = {
    TOKEN: ("POST", {"session_id": 1}, 1_024),
    HEARTBEAT: ("POST", {"session_id": 1, "lease": "nobody's", "phase": "live"}, 4_096),
    LEASE: ("DELETE", {"session_id": 1, "lease": "nobody's"}, 1_024),
}


@pytest.fixture
def held(parts: Parts, clock: MovableClock, paula: Person) -> HeldLease:
    """Paula presents in session 1."""
    return take(parts, clock, "paula", paula.browser_session)


def take(parts: Parts, clock: MovableClock, holder: str, browser_session: str = "elsewhere") -> HeldLease:
    return parts.leases.take(1, Claim(holder, browser_session), last_heard=None, now=clock())


def beat(presenter: Person, held: HeldLease, **changes: Any) -> TestResponse:
    return presenter.post(HEARTBEAT, {"session_id": 1, "lease": held.secret, "phase": "live", **changes})


def status(response: TestResponse) -> PresenterStatus:
    assert response.status_code == 200, response.text
    return PresenterStatus.parse(response.data)


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def picture_of(held: HeldLease, **changes: Any) -> ViewerReport:
    fields = {"presenter_identity": held.lease.identity, "last_frame_age_ms": 40, "frames_presented": 10, **changes}
    return ViewerReport(stage="receiving", **fields)


def approve(admin: Person, display: Device, role: str = "normal") -> None:
    display.join()
    assert admin.decide("approve", display.display_id, role=role).status_code == 200


# -- the lease ----------------------------------------------------------------------------------------------------------------


def test_a_session_that_is_taken_names_its_holder(paula: Person, parts: Parts, clock: MovableClock) -> None:
    held = take(parts, clock, "grace")
    response = paula.post(TOKEN, {"session_id": 1})
    assert refusal(response) == (409, "session_taken")
    assert response.get_json()["details"] == {"holder": "grace", "lease_id": held.lease.lease_id}
    assert parts.leases.current(1) == held.lease


def test_another_tab_of_the_same_person_is_refused(paula: Person, held: HeldLease) -> None:
    assert refusal(paula.post(TOKEN, {"session_id": 1})) == (409, "session_taken")
    assert refusal(paula.post(TOKEN, {"session_id": 1, "lease": "another"})) == (409, "session_taken")
    assert status(beat(paula, held)).holds_lease


def test_who_learned_the_secret_holds_nothing(
    app: Flask, paula: Person, ada: Person, held: HeldLease, parts: Parts, clock: MovableClock
) -> None:
    other_browser = Person(app.test_client(), paula.name, paula.password)
    other_browser.sign_in()
    for thief in (other_browser, ada):
        assert refusal(thief.post(TOKEN, {"session_id": 1, "lease": held.secret})) == (409, "session_taken")
        assert refusal(beat(thief, held)) == (409, "lease_lost")
        assert refusal(thief.delete(LEASE, {"session_id": 1, "lease": held.secret})) == (409, "lease_lost")
    assert parts.leases.current(1) == held.lease


def test_what_others_see_of_a_lease_gives_no_right(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, parts: Parts, clock: MovableClock
) -> None:
    approve(ada, lobby)
    beat(paula, held)
    seen = lobby.beat().to_json() + parts.wall.snapshot(parts.sessions.get(1), clock()).to_json()
    kept = str(parts.stores.state.get(keys.presenter_lease(1))) + str(parts.stores.live.lrange(keys.presenter_reports(1), 0, -1))
    assert held.lease.identity in seen
    assert held.secret not in seen + kept
    response = paula.post(HEARTBEAT, {"session_id": 1, "lease": held.lease.lease_id, "phase": "live"})
    assert refusal(response) == (409, "lease_lost")


def test_heartbeats_keep_the_lease_from_others(paula: Person, ada: Person, held: HeldLease, clock: MovableClock) -> None:
    clock.move(14)
    beat(paula, held)
    clock.move(14)
    assert refusal(ada.post(TOKEN, {"session_id": 1})) == (409, "session_taken")


def test_no_lease_is_held_while_the_sfu_is_away(paula: Person, parts: Parts) -> None:
    for _ in range(2):
        response = paula.post(TOKEN, {"session_id": 1})
        assert refusal(response) == (503, "sfu_unreachable"), "also the second time: the page does not stand in its own way"
        assert response.headers["Retry-After"] == "2"
    assert parts.leases.current(1) is None


def test_the_same_page_renews_its_lease_also_while_the_sfu_is_away(paula: Person, held: HeldLease, parts: Parts) -> None:
    assert refusal(paula.post(TOKEN, {"session_id": 1, "lease": held.secret})) == (503, "sfu_unreachable")
    assert parts.leases.current(1) == held.lease


def test_the_presenter_gives_the_session_back(paula: Person, held: HeldLease, parts: Parts) -> None:
    after = status(paula.delete(LEASE, {"session_id": 1, "lease": held.secret}))
    assert not after.holds_lease
    assert parts.leases.current(1) is None


def test_giving_back_twice_is_refused(paula: Person, held: HeldLease) -> None:
    paula.delete(LEASE, {"session_id": 1, "lease": held.secret})
    assert refusal(paula.delete(LEASE, {"session_id": 1, "lease": held.secret})) == (409, "lease_lost")


def test_nobody_gives_back_the_lease_of_another(paula: Person, held: HeldLease, parts: Parts) -> None:
    assert refusal(paula.delete(LEASE, {"session_id": 1, "lease": "another"})) == (409, "lease_lost")
    assert parts.leases.current(1) == held.lease


def test_a_page_whose_lease_was_taken_hears_so(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    clock.move(16)
    assert take(parts, clock, "grace").lease != held.lease
    assert refusal(beat(paula, held)) == (409, "lease_lost")
    assert parts.window.of_presenter(1) is None


def test_a_heartbeat_after_the_end_is_refused(paula: Person, held: HeldLease) -> None:
    paula.delete(LEASE, {"session_id": 1, "lease": held.secret})
    assert refusal(beat(paula, held)) == (409, "lease_lost")


# -- taking over; the tokens and the rooms, see tests/integration ---------------------------------------------------------------


def test_whoever_names_the_lease_takes_over_and_it_stands_in_the_log(held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    by = Actor(ActorKind.ACCOUNT, "grace")
    taken = parts.leases.take(1, Claim("grace", "elsewhere", None, held.lease.lease_id), last_heard=clock(), now=clock(), by=by)
    assert (taken.lease.holder, taken.replaced) == ("grace", held.lease)
    (line,) = parts.audit_log.oldest_first()
    deed = audit_chain.read(line).deed
    assert (deed.what, deed.by, deed.target) == ("session.taken_over", by, "1")
    assert (deed.before, deed.after) == ({"presenter": "paula"}, {"presenter": "grace"})


def test_who_was_taken_over_hears_by_whom(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    parts.leases.take(1, Claim("grace", "elsewhere", None, held.lease.lease_id), last_heard=clock(), now=clock())
    for response in (beat(paula, held), paula.delete(LEASE, {"session_id": 1, "lease": held.secret})):
        assert refusal(response) == (409, "lease_lost")
        assert response.get_json()["details"] == {"holder": "grace"}
        assert "grace presents in this session now" in response.get_json()["message"]


@pytest.mark.parametrize("named", ["another", "", None])
def test_only_the_very_lease_one_was_told_of_is_taken_over(ada: Person, held: HeldLease, parts: Parts, named: str | None) -> None:
    response = ada.post(TOKEN, {"session_id": 1, "take_over": named})
    assert refusal(response) == (409, "session_taken")
    assert response.get_json()["details"]["lease_id"] == held.lease.lease_id
    assert parts.leases.current(1) == held.lease


def test_nobody_loses_the_session_to_one_whom_the_sfu_does_not_take(ada: Person, held: HeldLease, parts: Parts) -> None:
    response = ada.post(TOKEN, {"session_id": 1, "take_over": held.lease.lease_id})
    assert refusal(response) == (503, "sfu_unreachable")
    assert parts.leases.current(1) == held.lease
    assert parts.audit_log.oldest_first() == []


def test_of_many_who_take_over_at_once_one_does(held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    together = threading.Barrier(6)
    took: list[Lease | None] = []

    def take_over(name: str) -> None:
        claim = Claim(name, "elsewhere", None, held.lease.lease_id)
        together.wait()
        with suppress(SessionTaken):
            took.append(parts.leases.take(1, claim, last_heard=clock(), now=clock()).lease)

    threads = [threading.Thread(target=take_over, args=(f"presenter {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took == [parts.leases.current(1)]


# -- what the presenter hears of the wall -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "protected", "word"),
    [((), 0, "No protected"), (("protected",), 1, "Only one"), (("normal", "protected"), 1, "Only one")],
)
def test_few_protected_displays_are_warned_of(
    app: Flask, paula: Person, ada: Person, held: HeldLease, roles: tuple[str, ...], protected: int, word: str
) -> None:
    for role in roles:
        approve(ada, Device(app.test_client()), role)
    heard = status(beat(paula, held))
    assert heard.protected_approved == protected
    assert heard.warning is not None
    assert (heard.warning.code, heard.warning.message[: len(word)]) == ("few_protected", word)


def test_two_protected_displays_are_enough(paula: Person, ada: Person, held: HeldLease, lobby: Device, hall: Device) -> None:
    for display in (lobby, hall):
        approve(ada, display, "protected")
    assert status(beat(paula, held)).warning is None


def test_showing_counts_displays_that_present_the_picture(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, hall: Device
) -> None:
    for display in (lobby, hall):
        approve(ada, display)
    lobby.beat(picture_of(held))
    hall.beat(ViewerReport(stage="joined"))
    heard = status(beat(paula, held))
    assert (heard.showing, heard.approved) == (1, 2)
    assert {display.name: display.showing for display in heard.displays} == {"lobby": "showing", "hall": "not_showing"}


@pytest.mark.parametrize(
    "changes", [{"presenter_identity": "presenter-other"}, {"last_frame_age_ms": 3_001}, {"last_frame_age_ms": None}], ids=str
)
def test_what_is_not_the_presenters_picture_now_is_not_showing(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, changes: dict[str, Any]
) -> None:
    approve(ada, lobby)
    lobby.beat(picture_of(held, **changes))
    assert status(beat(paula, held)).showing == 0


def test_a_display_not_heard_for_long_is_unknown_and_not_counted(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, clock: MovableClock
) -> None:
    approve(ada, lobby)
    lobby.beat(picture_of(held))
    clock.move(13)
    heard = status(beat(paula, held))
    assert (heard.showing, heard.displays[0].showing, heard.displays[0].liveness) == (0, "unknown", "late")


def test_a_waiting_display_is_not_on_the_wall(paula: Person, held: HeldLease, lobby: Device) -> None:
    lobby.join()
    assert status(beat(paula, held)).displays == []


def test_a_display_is_told_whose_picture_to_show(ada: Person, paula: Person, held: HeldLease, lobby: Device) -> None:
    approve(ada, lobby)
    assert lobby.beat().presenting.presenter_identity == held.lease.identity
    paula.delete(LEASE, {"session_id": 1, "lease": held.secret})
    assert lobby.beat().presenting.presenter_identity is None


def test_a_display_is_told_how_its_presenter_is(
    ada: Person, paula: Person, held: HeldLease, lobby: Device, clock: MovableClock
) -> None:
    approve(ada, lobby)
    assert lobby.beat().presenting.phase == "starting"
    beat(paula, held, phase="paused")
    assert lobby.beat().presenting.phase == "paused"
    clock.move(6)
    assert lobby.beat().presenting.phase == "silent"
    paula.delete(LEASE, {"session_id": 1, "lease": held.secret})
    assert lobby.beat().presenting.phase == "nobody"


def test_the_admin_sees_who_presents_and_how(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    def seen() -> tuple[str | None, str]:
        presenting = parts.wall.snapshot(parts.sessions.get(1), clock()).presenting
        return presenting.presenter_name, presenting.phase

    assert seen() == ("paula", "starting")
    beat(paula, held, sender={"frames_per_second": 15})
    assert seen() == ("paula", "live")
    clock.move(6)
    assert seen() == ("paula", "silent")
    paula.delete(LEASE, {"session_id": 1, "lease": held.secret})
    assert seen() == (None, "nobody")


def test_the_sfu_version_is_what_the_presenters_client_tells(
    paula: Person, held: HeldLease, parts: Parts, clock: MovableClock
) -> None:
    session = parts.sessions.get(1)
    parts.sfu_statuses.keep(1, parts.wall.sfu_status(session, clock()), term=1)
    beat(paula, held, sender={"sfu_version": "1.9.0"})
    assert parts.wall.sfu_status(session, clock()).version == "1.9.0"


# -- refusals -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WRITES)
def test_nobody_presents(client: FlaskClient, parts: Parts, path: str) -> None:
    method, body, _ = WRITES[path]
    assert refusal(client.open(path, method=method, json=body, headers=SAME_ORIGIN)) == (401, "sign_in")
    assert parts.leases.current(1) is None


@pytest.mark.parametrize("path", WRITES)
def test_a_foreign_page_does_not_present(paula: Person, parts: Parts, path: str) -> None:
    method, body, _ = WRITES[path]
    foreign = {"Origin": "http://evil.example.org"}
    assert refusal(paula.client.open(path, method=method, json=body, headers=foreign)) == (403, "foreign_origin")
    assert parts.leases.current(1) is None


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("changes", [{"session_id": "1"}, {"session_id": 0}, {"more": 1}, {"lease": 5}], ids=str)
def test_what_is_not_the_message_is_refused(paula: Person, parts: Parts, path: str, changes: dict[str, Any]) -> None:
    method, body, _ = WRITES[path]
    response = paula.client.open(path, method=method, json={**body, **changes}, headers=SAME_ORIGIN)
    assert refusal(response) == (400, "malformed")
    assert parts.leases.current(1) is None


@pytest.mark.parametrize("path", WRITES)
def test_a_body_that_is_too_large_or_no_json_is_refused(paula: Person, path: str) -> None:
    method, _, limit_bytes = WRITES[path]
    json = {**SAME_ORIGIN, "Content-Type": "application/json"}
    text = {**SAME_ORIGIN, "Content-Type": "text/plain"}
    assert refusal(paula.client.open(path, method=method, data=b" " * (limit_bytes + 1), headers=json)) == (413, "too_large")
    assert refusal(paula.client.open(path, method=method, data=b"{}", headers=text)) == (415, "not_json")


def test_an_unknown_phase_is_refused(paula: Person, held: HeldLease) -> None:
    assert refusal(beat(paula, held, phase="asleep")) == (400, "malformed")


def test_an_unknown_session_is_refused_and_the_known_are_listed(paula: Person) -> None:
    for response in (paula.post(TOKEN, {"session_id": 7}), paula.get("/api/presenter/v1/events?session_id=7")):
        assert refusal(response) == (404, "unknown_session")
        assert "1 (Main stage)" in response.get_json()["message"]


def test_missing_livekit_credentials_are_named_and_no_lease_is_taken(
    make_app: Callable[..., Flask], parts: Parts, clock: MovableClock
) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_URL", "LIVEKIT_API_SECRET"))
    response = person(app, parts, clock, "paula", AccountRole.PRESENTER).post(TOKEN, {"session_id": 1})
    assert refusal(response) == (503, "livekit_not_configured")
    assert "LIVEKIT_URL, LIVEKIT_API_SECRET" in response.get_json()["message"]
    assert parts.leases.current(1) is None


def test_a_display_does_not_present(lobby: Device) -> None:
    lobby.join()
    headers = {**SAME_ORIGIN, "Authorization": f"Bearer {lobby.token}"}
    assert refusal(lobby.client.post(TOKEN, json={"session_id": 1}, headers=headers)) == (401, "bad_api_key")
