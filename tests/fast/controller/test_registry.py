"""Sessions, enrolment keys, the registry and the lease on a real store: one step, once, or not at all."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind, Deed
from controller.rules.presenting import Claim
from controller.services import display_registry, keys
from controller.services.decisions import Order
from controller.services.display_registry import ChangedMeanwhile, SessionFull, Telemetry, UnknownDisplay
from controller.services.enrolment import BadEnrolmentKey, BadKey
from controller.services.presenter_lease import LeaseLost, SessionTaken
from controller.services.sessions import Session, UnknownSession
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.admin import DisplayList
from wire.display import PendingReason, Role, State

PAULA = Claim("paula", "browser")
ADA = Actor(ActorKind.ACCOUNT, "ada")
DEED = Deed(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), ADA, "display.tried", "LOBBY", {}, {})


def by_ada(display: Device) -> Order:
    return Order(display.display_id, ADA, DEED.at)


# -- sessions -----------------------------------------------------------------------------------------------------------------


def test_session_1_exists_from_the_first_start(parts: Parts) -> None:
    assert parts.sessions.get(1) == Session(1, "Main stage", 1)
    assert parts.sessions.all() == [Session(1, "Main stage", 1)]


def test_a_renamed_session_keeps_its_name(parts: Parts) -> None:
    parts.stores.state.hset(keys.SESSIONS, "1", '{"name": "Great hall", "epoch": 2}')
    assert parts.sessions.all() == [Session(1, "Great hall", 2)]


def test_sessions_are_listed_by_number(parts: Parts) -> None:
    for number in (10, 9, 2):
        parts.stores.state.hset(keys.SESSIONS, str(number), f'{{"name": "Stage {number}", "epoch": 1}}')
    assert [session.session_id for session in parts.sessions.all()] == [1, 2, 9, 10]
    with pytest.raises(UnknownSession, match=r"1 \(Main stage\), 2 \(Stage 2\)"):
        parts.sessions.get(3)


# -- enrolment keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_recognised_by_its_label(parts: Parts, clock: MovableClock) -> None:
    made = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    known = parts.enrolment_keys.recognise(f" {made.key}\n")
    assert (known.key_id, known.label) == (made.key_id, "first")


def test_a_typing_error_is_told_from_an_unknown_key(parts: Parts, clock: MovableClock) -> None:
    made = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    wrong = made.key[:-1] + ("0" if made.key[-1] != "0" else "1")
    with pytest.raises(BadKey, match="mistyped"):
        parts.enrolment_keys.recognise(wrong)
    parts.stores.state.delete(keys.enrolment_key(made.key_id))
    with pytest.raises(BadKey, match="unknown"):
        parts.enrolment_keys.recognise(made.key)


def test_the_secret_of_a_key_is_not_stored(parts: Parts, clock: MovableClock) -> None:
    made = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    secret = made.key.split("_")[2]
    assert secret not in str(parts.stores.state.hgetall(keys.enrolment_key(made.key_id)))


def test_a_revoked_key_lets_nobody_in(parts: Parts, clock: MovableClock, lobby: Device) -> None:
    made = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    parts.stores.state.hset(keys.enrolment_key(made.key_id), "revoked", 1)
    assert lobby.join(enrolment_key=made.key).reason is PendingReason.ENROLMENT_KEY_REFUSED


def test_a_key_whose_label_has_no_end_is_not_made(parts: Parts, clock: MovableClock) -> None:
    with pytest.raises(BadEnrolmentKey, match="1 to 60 printable characters"):
        parts.enrolment_keys.create(label="first " * 30, max_uses=1, life=timedelta(days=1), now=clock())


def test_a_label_stored_without_a_limit_is_shortened_for_the_dashboard(
    parts: Parts, clock: MovableClock, lobby: Device, ada: Person
) -> None:
    made = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    parts.stores.state.hset(keys.enrolment_key(made.key_id), "label", "x" * 500)
    lobby.join(enrolment_key=made.key)
    (view,) = DisplayList.parse(ada.get("/api/admin/livekit/displays?session_id=1").data).displays
    assert view.decided_by == "enrolment key " + "x" * 106


def test_a_full_session_costs_no_use_of_the_key(make_app: Callable[..., Flask], parts: Parts, clock: MovableClock) -> None:
    app = make_app(session_max_displays=1)
    key = parts.enrolment_keys.create(label="first", max_uses=2, life=timedelta(days=1), now=clock())
    lobby, hall = Device(app.test_client(), "lobby"), Device(app.test_client(), "hall")
    assert lobby.join(enrolment_key=key.key).state is State.APPROVED
    assert hall.join(enrolment_key=key.key).reason is PendingReason.SESSION_FULL
    assert parts.stores.state.hget(keys.enrolment_key(key.key_id), "uses") == "1"


def test_a_lowered_limit_takes_no_place_from_who_has_one(
    make_app: Callable[..., Flask], parts: Parts, lobby: Device, hall: Device
) -> None:
    for display in (lobby, hall):
        display.join()
        parts.decisions.approve(by_ada(display), session_id=1, role=Role.NORMAL)
    lowered: Parts = make_app(session_max_displays=1).extensions["marquee"]
    rebooted = Device(make_app(session_max_displays=1).test_client(), "hall, moved")
    rebooted.key = hall.key
    assert rebooted.join().state is State.APPROVED
    promoted = lowered.decisions.approve(by_ada(hall), session_id=1, role=Role.PROTECTED)
    assert (promoted.role, promoted.hostname) == (Role.PROTECTED, "hall, moved")


def test_moving_into_a_full_session_is_refused(parts: Parts, lobby: Device, hall: Device, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("display not removed from the room yet")
    parts.stores.state.hset(keys.SESSIONS, "2", '{"name": "Side stage", "epoch": 1}')
    for number, display in enumerate((lobby, hall), start=1):
        display.join()
        parts.decisions.approve(by_ada(display), session_id=number, role=Role.NORMAL)
    before = parts.registry.get(lobby.display_id)
    moved = dataclasses.replace(before, session_id=2, revision=before.revision + 1)
    with pytest.raises(SessionFull):
        parts.registry.replace(before, moved, max_approved=1, deed=DEED)
    assert parts.registry.get(lobby.display_id) == before


def test_a_display_turned_away_is_not_let_in_by_a_key(parts: Parts, clock: MovableClock, lobby: Device) -> None:
    lobby.join()
    record = parts.registry.get(lobby.display_id)
    rejected = dataclasses.replace(record, state=State.REJECTED, reason=None, revision=record.revision + 1)
    parts.registry.replace(record, rejected, max_approved=5, deed=DEED)
    key = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    assert lobby.join(enrolment_key=key.key).state is State.REJECTED
    assert parts.stores.state.hget(keys.enrolment_key(key.key_id), "uses") == "0"


# -- the registry -------------------------------------------------------------------------------------------------------------


def test_who_read_an_older_revision_decides_nothing(parts: Parts, lobby: Device) -> None:
    lobby.join()
    seen = parts.registry.get(lobby.display_id)
    parts.decisions.approve(by_ada(lobby), session_id=1, role=Role.NORMAL)
    late = dataclasses.replace(seen, state=State.REJECTED, revision=seen.revision + 1)
    with pytest.raises(ChangedMeanwhile):
        parts.registry.replace(seen, late, max_approved=5, deed=DEED)
    assert parts.registry.get(lobby.display_id).state is State.APPROVED


def test_a_display_that_is_gone_is_not_made_again(parts: Parts, lobby: Device) -> None:
    lobby.join()
    seen = parts.registry.get(lobby.display_id)
    parts.stores.state.delete(keys.display_registry(1))
    with pytest.raises(UnknownDisplay):
        parts.registry.replace(seen, dataclasses.replace(seen, revision=2), max_approved=5, deed=DEED)
    assert parts.registry.find(lobby.display_id) is None


def test_only_so_many_wait_at_once(parts: Parts, lobby: Device, hall: Device) -> None:
    lobby.join()
    record = parts.registry.get(lobby.display_id)
    for number in range(display_registry.MAX_PENDING - 1):
        copy = dataclasses.replace(record, display_id=f"{number:026}")
        parts.registry.arrive(
            None,
            copy,
            when_full=copy,
            when_refused=copy,
            enrolment_key_id=None,
            max_approved=5,
            deed=None,
            now=record.first_seen,
        )
    response = hall.say_hello()
    assert (response.status_code, response.get_json()["error"]) == (503, "controller_busy")
    assert parts.registry.find(hall.display_id) is None
    assert lobby.join().state is State.PENDING, "who waits already is heard"


def test_a_summary_does_not_count_as_a_change(parts: Parts, lobby: Device, clock: MovableClock) -> None:
    lobby.join()
    before = parts.registry.get(lobby.display_id)
    parts.standings.of(lobby.display_id, Telemetry(clock(), {"viewer": {}}))
    assert parts.registry.get(lobby.display_id) == before
    assert parts.registry.in_session(1) == [before]
    assert parts.registry.last_kept(1) == {lobby.display_id: clock()}


def test_a_summary_is_kept_once_a_minute(parts: Parts, lobby: Device, clock: MovableClock) -> None:
    lobby.join()
    began = clock()
    for _ in range(3):
        lobby.beat()
        clock.move(20)
    assert parts.registry.last_kept(1) == {lobby.display_id: began}
    lobby.beat()
    assert parts.registry.last_kept(1) == {lobby.display_id: clock()}


def test_what_a_machine_says_of_itself_is_brought_up_to_date(parts: Parts, lobby: Device) -> None:
    lobby.join()
    lobby.hostname = "renamed"
    after = lobby.join()
    record = parts.registry.get(lobby.display_id)
    assert (record.hostname, record.name, record.revision, after.revision) == ("renamed", "lobby", 2, 2)


# -- the lease ----------------------------------------------------------------------------------------------------------------


def test_of_many_who_click_at_once_one_presents(parts: Parts, clock: MovableClock) -> None:
    names = [f"presenter {number}" for number in range(6)]
    together = threading.Barrier(len(names))
    took: list[str] = []
    refused: list[str] = []

    def take(name: str) -> None:
        together.wait()
        try:
            took.append(parts.leases.take(1, Claim(name, "browser"), last_heard=None, now=clock()).lease.holder)
        except SessionTaken as taken:
            refused.append(taken.details["holder"])

    threads = [threading.Thread(target=take, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == 1
    assert refused == took * 5


def test_a_lease_is_renewed_by_who_holds_it(parts: Parts, clock: MovableClock) -> None:
    held = parts.leases.take(1, PAULA, last_heard=None, now=clock())
    clock.move(60)
    claim = dataclasses.replace(PAULA, secret=held.secret)
    assert parts.leases.take(1, claim, last_heard=None, now=clock()) == held
    assert parts.leases.check(1, claim) == held.lease


def test_a_silent_presenters_lease_can_be_taken_and_is_lost_then(parts: Parts, clock: MovableClock) -> None:
    first = parts.leases.take(1, PAULA, last_heard=None, now=clock())
    clock.move(16)
    second = parts.leases.take(1, Claim("grace", "another"), last_heard=None, now=clock())
    assert parts.leases.current(1) == second.lease
    lost = dataclasses.replace(PAULA, secret=first.secret)
    with pytest.raises(LeaseLost):
        parts.leases.check(1, lost)
    with pytest.raises(LeaseLost):
        parts.leases.release(1, lost, by=DEED.by, now=clock())


def test_a_lease_of_another_version_is_nobodys(parts: Parts, clock: MovableClock) -> None:
    parts.stores.state.set(
        keys.presenter_lease(1), '{"lease_id": "1", "holder": "grace", "taken_at": "2026-11-24T09:00:00+00:00"}'
    )
    assert parts.leases.current(1) is None
    assert parts.leases.take(1, PAULA, last_heard=None, now=clock()).lease.holder == "paula"


def test_sessions_have_leases_of_their_own(parts: Parts, clock: MovableClock) -> None:
    parts.leases.take(1, PAULA, last_heard=None, now=clock())
    assert parts.leases.current(2) is None
