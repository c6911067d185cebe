"""The steward's look at an SFU that is away; with one that answers, see tests/integration."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from controller.parts import Parts, utc_now
from controller.rules.presenting import Claim
from controller.services import keys, push
from controller.services.presenter_lease import HeldLease
from controller.services.push import presenting_topic
from controller.steward import LOOKS_EVERY_S, Steward
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from tests.support.stewards import steward_in_office


def test_an_sfu_that_is_away_is_said_once_and_shown(parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the SFU at http://127.0.0.1:9 does not answer")
    steward, session = steward_in_office(parts), parts.sessions.get(1)
    for _ in range(3):
        assert steward.look_at(session, clock()) is not None
    seen = parts.wall.sfu_status(session, clock())
    assert (seen.up, seen.room, seen.observed_at) == (False, "marquee-1-1", clock())
    assert "does not answer" in seen.message
    assert len(announced_logs.lines) == 1


@pytest.fixture
def held(parts: Parts, clock: MovableClock, paula: Person) -> HeldLease:
    """Paula presents in session 1, and was heard last a quarter of a minute and a second ago."""
    held = parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())
    clock.move(16)
    return held


def beat(presenter: Person, held: HeldLease) -> int:
    message = {"session_id": 1, "lease": held.secret, "phase": "live"}
    return presenter.post("/api/presenter/v1/heartbeat", message).status_code


def told(parts: Parts, lobby: Device) -> str | None:
    """Who presents, as the lobby's display is told."""
    return parts.display_states.state(parts.standings.of(lobby.display_id), parts.clock()).presenting.presenter_name


@pytest.fixture
def approved(lobby: Device, ada: Person) -> Device:
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    return lobby


def test_nobody_presents_once_the_presenter_is_neither_heard_nor_in_the_room(
    parts: Parts, clock: MovableClock, held: HeldLease, approved: Device
) -> None:
    assert told(parts, approved) == held.lease.holder
    with parts.push.listen(presenting_topic(1)) as hint:
        steward_in_office(parts).end_abandoned_lease(parts.sessions.get(1), {approved.display_id}, clock())
        assert hint.wait(5), "no hint came"
    assert told(parts, approved) is None
    assert parts.wall.snapshot(parts.sessions.get(1), clock()).presenting.phase == "nobody"


def test_who_is_in_the_room_still_presents_however_long_silent(
    parts: Parts, clock: MovableClock, held: HeldLease, approved: Device
) -> None:
    clock.move(3_600)
    steward_in_office(parts).end_abandoned_lease(parts.sessions.get(1), {held.lease.identity}, clock())
    assert told(parts, approved) == "paula"


def test_who_is_heard_still_presents_while_out_of_the_room(
    parts: Parts, clock: MovableClock, held: HeldLease, approved: Device, paula: Person
) -> None:
    assert beat(paula, held) == 200
    steward_in_office(parts).end_abandoned_lease(parts.sessions.get(1), set(), clock())
    assert told(parts, approved) == "paula"


def test_a_page_that_was_away_presents_again_as_before(
    parts: Parts, clock: MovableClock, held: HeldLease, approved: Device, paula: Person
) -> None:
    steward_in_office(parts).end_abandoned_lease(parts.sessions.get(1), set(), clock())
    clock.move(60)
    assert beat(paula, held) == 200
    assert told(parts, approved) == "paula"
    assert parts.leases.current(1) == held.lease


def test_a_page_that_was_away_stays_out_when_another_took_its_place(
    parts: Parts, clock: MovableClock, held: HeldLease, approved: Device, paula: Person
) -> None:
    steward_in_office(parts).end_abandoned_lease(parts.sessions.get(1), set(), clock())
    parts.leases.take(1, Claim("grace", "another"), last_heard=None, now=clock())
    assert beat(paula, held) == 409
    assert told(parts, approved) == "grace"


def test_a_hint_of_the_sfu_makes_it_look_at_once_and_the_word_to_stop_ends_it(
    parts: Parts, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("the SFU at http://127.0.0.1:9 does not answer")
    looks: queue.SimpleQueue[float] = queue.SimpleQueue()

    def clock() -> datetime:
        looks.put(time.monotonic())
        return utc_now()

    stop = threading.Event()
    running = threading.Thread(target=Steward(replace(parts, clock=clock)).run, args=(stop,))
    running.start()
    looks.get(timeout=5)
    looks.get(timeout=5)  # the subscription begins with a hint
    asked = time.monotonic()
    parts.push.tell(push.ROOMS)
    assert looks.get(timeout=5) - asked < LOOKS_EVERY_S / 2
    stop.set()
    running.join(1)
    assert not running.is_alive()


def test_without_livekit_there_is_nothing_to_see(
    make_app: Callable[..., Flask], clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("LiveKit is not set up: set LIVEKIT_URL")
    parts: Parts = make_app(livekit=None, missing_livekit=("LIVEKIT_URL",)).extensions["marquee"]
    assert steward_in_office(parts).look_at(parts.sessions.get(1), clock()) is None
    assert parts.sfu_statuses.last(1) is None


def test_an_observation_is_forgotten_after_half_a_minute(
    parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("does not answer")
    steward_in_office(parts).look_at(parts.sessions.get(1), clock())
    assert 0 < parts.stores.live.ttl(keys.sfu_status(1)) <= 30
