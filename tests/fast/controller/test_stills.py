"""Stills: who may send one, who may take it, when, and that none outlives the picture it is of."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.presenting import Claim
from controller.rules.stills import NotAStill, check_still, wanted_every_ms
from controller.services import keys
from controller.services.accounts import AccountRole
from controller.services.presenter_lease import HeldLease
from controller.services.stills import KEPT_S
from controller.web.stills_api import STILLS_OF_DISPLAY
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.own_stores import OwnStore
from tests.support.person import SAME_ORIGIN, Person
from tests.support.pictures import chromiums_webp, webp
from wire.display import MAX_STILL_BYTES, DisplayState, StillsReport, ViewerReport
from wire.presenter import PresenterStatus

STILL = "/api/presenter/v1/still"
HEARTBEAT = "/api/presenter/v1/heartbeat"
NEEDS = ViewerReport(stills=StillsReport())


@pytest.fixture
def held(parts: Parts, clock: MovableClock, paula: Person) -> HeldLease:
    """Paula presents in session 1, live."""
    return present(parts, clock, paula)


def present(parts: Parts, clock: MovableClock, presenter: Person) -> HeldLease:
    held = parts.leases.take(1, Claim(presenter.name, presenter.browser_session), last_heard=None, now=clock())
    beat(presenter, held)
    return held


def beat(presenter: Person, held: HeldLease, phase: str = "live") -> PresenterStatus:
    response = presenter.post(HEARTBEAT, {"session_id": 1, "lease": held.secret, "phase": phase})
    assert response.status_code == 200, response.text
    return PresenterStatus.parse(response.data)


def send(
    presenter: Person, lease: str, picture: bytes, *, kind: str = "image/webp", origin: dict[str, str] = SAME_ORIGIN, **asked: Any
) -> TestResponse:
    query = {"session_id": 1, "taken_ms": 5_000, "age_ms": 120, **asked}
    headers = {"X-Lease": lease, "Content-Type": kind, **origin}
    return presenter.client.post(STILL, query_string=query, data=picture, headers=headers)


def sent(presenter: Person, held: HeldLease, picture: bytes | None = None, **asked: Any) -> None:
    response = send(presenter, held.secret, webp() if picture is None else picture, **asked)
    assert response.status_code == 204, response.text


def take(display: Device, etag: str | None = None) -> TestResponse:
    conditions = {"If-None-Match": etag} if etag else {}
    headers = {"Authorization": f"Bearer {display.token}", **conditions}
    return display.client.get("/api/device/v1/still", headers=headers)


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def join(admin: Person, display: Device, viewer: ViewerReport | None = NEEDS) -> DisplayState:
    """An approved display, that asks for stills unless it says otherwise."""
    display.join()
    assert admin.decide("approve", display.display_id, role="protected").status_code == 200
    return display.beat(viewer)


# -- the whole way --------------------------------------------------------------------------------------------------------------


def test_a_display_that_has_no_moving_picture_gets_a_still(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, clock: MovableClock
) -> None:
    assert beat(paula, held).still_every_ms is None
    assert join(ada, lobby).newest_still is None
    assert beat(paula, held).still_every_ms == 3_000
    picture = webp(1280, 720)
    sent(paula, held, picture, taken_ms=7_000, age_ms=300)
    assert lobby.beat(NEEDS).newest_still == 7_000
    clock.move(1.5)
    taken = take(lobby)
    assert (taken.status_code, taken.mimetype, taken.data) == (200, "image/webp", picture)
    assert taken.headers["X-Still-Age-Ms"] == "1800"
    assert taken.headers["Age"] == "1"


def test_stills_are_wanted_as_often_as_the_fastest_link_of_those_in_need_carries_them(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, hall: Device
) -> None:
    join(ada, lobby, ViewerReport(stills=StillsReport(interval_ms=8_000)))
    join(ada, hall, ViewerReport())
    assert beat(paula, held).still_every_ms == 8_000
    hall.beat(ViewerReport(stills=StillsReport(interval_ms=4_000)))
    assert beat(paula, held).still_every_ms == 4_000


def test_nobody_wants_stills_whose_display_fell_silent_or_sees_again(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, hall: Device, clock: MovableClock
) -> None:
    join(ada, lobby)
    join(ada, hall)
    lobby.beat(ViewerReport())
    assert lobby.beat(ViewerReport()).newest_still is None
    clock.move(13)
    assert beat(paula, held).still_every_ms is None


def test_an_unchanged_picture_costs_nothing(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, clock: MovableClock
) -> None:
    join(ada, lobby)
    sent(paula, held, taken_ms=1)
    etag = take(lobby).headers["ETag"]
    clock.move(3)
    sent(paula, held, taken_ms=2, age_ms=200)
    again = take(lobby, etag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["X-Still-Age-Ms"] == "200", "and it is known how fresh it is"
    sent(paula, held, webp(shade=200), taken_ms=3)
    assert take(lobby, etag).status_code == 200


def test_a_display_is_told_of_stills_at_once(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, parts: Parts, clock: MovableClock
) -> None:
    join(ada, lobby)
    told = parts.display_states.state(parts.standings.of(lobby.display_id), clock())
    assert (told.newest_still, told.stills_off) == (None, False)
    sent(paula, held, taken_ms=9)
    assert parts.display_states.state(parts.standings.of(lobby.display_id), clock()).newest_still == 9


def test_the_presenter_sees_on_which_screens_stills_stand(paula: Person, ada: Person, held: HeldLease, lobby: Device) -> None:
    join(ada, lobby)
    assert [display.has_stills for display in beat(paula, held).displays] == [False]
    lobby.beat(ViewerReport(stills=StillsReport(age_ms=900)))
    assert [(display.has_stills, display.showing) for display in beat(paula, held).displays] == [(True, "not_showing")]


# -- who may send ---------------------------------------------------------------------------------------------------------------


def test_only_the_page_that_presents_sends_stills(paula: Person, ada: Person, held: HeldLease, lobby: Device) -> None:
    assert refusal(send(ada, held.secret, webp())) == (409, "lease_lost")
    assert refusal(send(paula, held.lease.lease_id, webp())) == (409, "lease_lost")
    assert refusal(send(paula, "", webp())) == (409, "lease_lost")
    assert refusal(send(paula, held.secret, webp(), session_id=2)) == (409, "lease_lost")
    assert refusal(send(paula, held.secret, webp(), origin={"Origin": "http://elsewhere"})) == (403, "foreign_origin")
    lobby.join()
    assert refusal(lobby.post("still")) == (405, "method_not_allowed")


@pytest.mark.parametrize("phase", ["starting", "paused", "reconnecting"])
def test_no_still_is_taken_of_a_picture_that_is_not_live(paula: Person, held: HeldLease, phase: str) -> None:
    beat(paula, held, phase)
    assert refusal(send(paula, held.secret, webp())) == (409, "not_live")


def test_a_still_twice_or_an_older_one_is_refused_and_the_newer_stays(
    paula: Person, ada: Person, held: HeldLease, lobby: Device
) -> None:
    join(ada, lobby)
    newer = webp(shade=10)
    sent(paula, held, newer, taken_ms=2)
    for taken_ms in (2, 1):
        assert refusal(send(paula, held.secret, webp(), taken_ms=taken_ms)) == (409, "still_outdated")
    assert take(lobby).data == newer


@pytest.mark.parametrize(
    "wrong", [{"taken_ms": -1}, {"taken_ms": ""}, {"age_ms": 60_001}, {"age_ms": "soon"}, {"session_id": 0}, {"more": 1}], ids=str
)
def test_a_malformed_question_is_named(paula: Person, held: HeldLease, wrong: dict[str, Any]) -> None:
    assert refusal(send(paula, held.secret, webp(), **wrong)) == (400, "malformed")


@pytest.mark.parametrize("kind", ["image/png", "application/json", "text/html", ""])
def test_what_does_not_say_that_it_is_webp_is_refused(paula: Person, held: HeldLease, kind: str) -> None:
    assert refusal(send(paula, held.secret, webp(), kind=kind)) == (415, "not_webp")


def test_what_is_larger_than_a_still_is_refused_unread(paula: Person, held: HeldLease) -> None:
    assert refusal(send(paula, held.secret, bytes(MAX_STILL_BYTES + 1))) == (413, "too_large")


def png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(40)


def huge() -> bytes:
    """A picture whose head says that it is the largest that WebP knows."""
    picture = bytearray(webp())
    picture[26:30] = b"\xff\x3f\xff\x3f"
    return bytes(picture)


def huge_canvas() -> bytes:
    picture = bytearray(chromiums_webp(64, 36))
    picture[24:27] = b"\xff\xff\xff"
    return bytes(picture)


def moving() -> bytes:
    made = BytesIO()
    frames = [Image.new("RGB", (64, 36), (shade, 0, 0)) for shade in (10, 200)]
    frames[0].save(made, "WEBP", save_all=True, append_images=frames[1:])
    return made.getvalue()


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "no WebP"),
        (png(), "no WebP"),
        (webp(lossless=True), "no plain lossy WebP"),
        (webp(exif=b"made at home"), "no plain lossy WebP"),
        (moving(), "no plain lossy WebP"),
        (webp()[:-1], "not whole"),
        (webp() + b"<script>", "not whole"),
        (webp()[:20], "not whole"),
        (webp()[:23] + b"\0\0\0" + webp()[26:], "key frame"),
        (huge(), "16383 x 16383"),
        (huge_canvas(), "16777216 x 36"),
        (webp(1921, 8), "1921 x 8"),
    ],
    ids=["empty", "png", "lossless", "exif", "moving", "cut", "longer", "head", "no key frame", "bomb", "canvas", "too wide"],
)
def test_what_is_no_still_is_refused_in_words(paula: Person, held: HeldLease, picture: bytes, words: str) -> None:
    response = send(paula, held.secret, picture)
    assert refusal(response) == (400, "not_a_still")
    assert words in response.get_json()["message"]
    with pytest.raises(NotAStill):
        check_still(picture)


def test_a_picture_of_the_captures_size_is_a_still() -> None:
    check_still(webp(1920, 1080))
    check_still(chromiums_webp(1920, 1080))


@given(st.binary(max_size=200).map(lambda rest: b"RIFF" + (len(rest) + 4).to_bytes(4, "little") + b"WEBP" + rest))
def test_no_bytes_make_the_check_fail(picture: bytes) -> None:
    with pytest.raises(NotAStill):
        check_still(picture)


# -- who may take ---------------------------------------------------------------------------------------------------------------


def test_only_an_approved_display_that_needs_stills_takes_them(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, hall: Device, clock: MovableClock
) -> None:
    sent(paula, held)
    assert refusal(take(lobby)) == (401, "no_session")
    lobby.join()
    lobby.beat(NEEDS)
    assert refusal(take(lobby)) == (403, "not_approved")
    assert lobby.beat(NEEDS).newest_still is None
    join(ada, hall, ViewerReport())
    assert refusal(take(hall)) == (403, "stills_not_needed")
    hall.beat(NEEDS)
    assert take(hall).status_code == 200
    clock.move(13)
    assert refusal(take(hall)) == (403, "stills_not_needed"), "its report is old by now"


def test_a_revoked_display_takes_no_more(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    join(ada, lobby)
    sent(paula, held)
    assert ada.decide("revoke", lobby.display_id).status_code == 200
    assert refusal(take(lobby)) == (403, "not_approved")
    assert lobby.beat(NEEDS).newest_still is None


def test_where_there_are_stills_the_dashboard_says_nothing_of_them(ada: Person) -> None:
    assert "Single pictures are off" not in ada.get("/").text


def test_a_display_of_another_session_takes_nothing_of_this_one(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    join(ada, lobby)
    sent(paula, held)
    assert ada.post("/api/admin/sessions", {"name": "Hall"}).status_code == 200
    assert ada.decide("move", lobby.display_id, to_session_id=2).status_code == 200
    assert lobby.beat(NEEDS).newest_still is None
    assert refusal(take(lobby)) == (404, "no_still")


def test_a_display_takes_no_more_than_its_share(paula: Person, ada: Person, held: HeldLease, lobby: Device) -> None:
    join(ada, lobby)
    sent(paula, held)
    answers = [take(lobby).status_code for _ in range(STILLS_OF_DISPLAY.amount + 1)]
    assert answers == [200] * STILLS_OF_DISPLAY.amount + [429]
    assert STILLS_OF_DISPLAY.amount * MAX_STILL_BYTES * 8 / 60 <= 0.1 * 4_000_000


# -- how long it stays ----------------------------------------------------------------------------------------------------------


def pause(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    del parts, clock
    beat(paula, held, "paused")


def stop(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    del parts, clock
    assert paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": held.secret}).status_code == 200


def lose_the_right(paula: Person, held: HeldLease, parts: Parts, clock: MovableClock) -> None:
    del held
    parts.people.remove(paula.name, by=Actor(ActorKind.SYSTEM, "test"), now=clock())


@pytest.mark.parametrize("end", [pause, stop, lose_the_right])
def test_the_still_goes_when_presenting_ends(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, parts: Parts, clock: MovableClock, end: Callable[..., None]
) -> None:
    join(ada, lobby)
    sent(paula, held)
    assert parts.stores.live.hgetall(keys.still(1)) != {}
    end(paula, held, parts, clock)
    assert parts.stores.live.hgetall(keys.still(1)) == {}
    assert refusal(take(lobby)) == (404, "no_still")


def test_nobody_sees_a_still_of_whoever_presented_before(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, parts: Parts, clock: MovableClock
) -> None:
    join(ada, lobby)
    sent(paula, held)
    taken = parts.leases.take(1, Claim("ada", ada.browser_session, None, held.lease.lease_id), last_heard=clock(), now=clock())
    beat(ada, taken)
    assert refusal(take(lobby)) == (404, "no_still")
    assert lobby.beat(NEEDS).newest_still is None
    sent(ada, taken, taken_ms=1)
    assert take(lobby).status_code == 200


def test_the_still_of_a_presenter_who_is_not_heard_is_not_shown_and_expires(
    paula: Person, ada: Person, held: HeldLease, lobby: Device, parts: Parts, clock: MovableClock
) -> None:
    join(ada, lobby)
    sent(paula, held)
    clock.move(6)
    lobby.beat(NEEDS)
    assert refusal(take(lobby)) == (404, "no_still")
    assert 0 < parts.stores.live.ttl(keys.still(1)) <= KEPT_S


def test_stills_are_never_in_the_state_store(paula: Person, held: HeldLease, parts: Parts) -> None:
    sent(paula, held)
    assert parts.stores.state.hgetall(keys.still(1)) == {}


@pytest.fixture
def one_store(make_app: Callable[..., Flask], own_state_store: OwnStore, clock: MovableClock) -> Flask:
    """A controller without a live store of its own."""
    del clock
    return make_app(redis_url=own_state_store.url, redis_live_url=own_state_store.url)


def test_without_a_live_store_there_are_no_stills_and_everybody_is_told(one_store: Flask, clock: MovableClock) -> None:
    parts: Parts = one_store.extensions["marquee"]
    ada, paula = (person(one_store, parts, clock, name, AccountRole.ADMIN) for name in ("ada", "paula"))
    lobby = Device(one_store.test_client(), "lobby")
    held = present(parts, clock, paula)
    told = join(ada, lobby)
    assert (told.stills_off, told.newest_still) == (True, None)
    assert beat(paula, held).still_every_ms is None
    assert "Single pictures are off" in ada.get("/").text
    response = send(paula, held.secret, webp())
    assert refusal(response) == (503, "stills_off")
    assert "REDIS_LIVE_URL" in response.get_json()["message"]
    assert refusal(take(lobby)) == (503, "stills_off")
    assert parts.stores.state.hgetall(keys.still(1)) == {}


def test_a_live_store_that_is_away_costs_a_still_and_nothing_else(
    make_app: Callable[..., Flask], state_store: str, own_live_store: OwnStore, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("store lost", "hint not sent", "Rate limit storage unreachable", "still not removed")
    app = make_app(redis_url=state_store, redis_live_url=own_live_store.url)
    parts: Parts = app.extensions["marquee"]
    paula = person(app, parts, clock, "paula", AccountRole.PRESENTER)
    held = present(parts, clock, paula)
    own_live_store.kill()
    assert refusal(send(paula, held.secret, webp())) == (503, "store_unavailable")
    parts.stills.drop(1)


def test_nobody_in_need_wants_nothing() -> None:
    assert wanted_every_ms([ViewerReport()]) is None
    assert wanted_every_ms([]) is None
