"""As many displays wait as may, and another one comes: who is silent gives way, who is heard or dealt with does not."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.waiting import Waiting, gives_way
from controller.services import display_registry, keys
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.display import State

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def waiting(display_id: str, silent_s: float, *, is_dealt_with: bool = False) -> Waiting:
    return Waiting(display_id, NOW - timedelta(seconds=silent_s), is_dealt_with)


@pytest.mark.parametrize(
    ("there", "who"),
    [
        ([], None),
        ([waiting("a", 0), waiting("b", 30)], None),
        ([waiting("a", 31), waiting("b", 32), waiting("c", 5)], "b"),
        ([waiting("b", 40), waiting("a", 40)], "a"),
        ([waiting("a", 86_400, is_dealt_with=True)], None),
        ([waiting("a", 86_400, is_dealt_with=True), waiting("b", 31)], "b"),
    ],
)
def test_the_one_that_is_silent_for_longest_gives_way(there: list[Waiting], who: str | None) -> None:
    found = gives_way(there, NOW)
    assert (found.display_id if found else None) == who


@pytest.fixture
def two_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_registry, "MAX_PENDING", 2)


@pytest.fixture
def full(two_may_wait: None, lobby: Device, hall: Device, clock: MovableClock) -> None:
    """Lobby and hall wait, since a minute; neither was heard again."""
    lobby.join()
    clock.move(1)
    hall.join()
    clock.move(60)


@pytest.fixture
def workshop(client: FlaskClient) -> Device:
    return Device(client, "workshop")


def is_busy(response: TestResponse) -> bool:
    return (response.status_code, response.get_json().get("error")) == (503, "controller_busy")


def waits(parts: Parts) -> set[str]:
    return {record.hostname for record in parts.registry.in_session(1) if record.state is State.PENDING}


def test_a_silent_display_gives_way_and_loses_nothing(full: None, parts: Parts, lobby: Device, workshop: Device) -> None:
    before = parts.registry.get(lobby.display_id)
    assert workshop.join().state is State.PENDING
    assert waits(parts) == {"hall", "workshop"}
    assert parts.registry.find(lobby.display_id) is None
    assert lobby.display_id not in parts.stores.state.hgetall(keys.DISPLAY_INDEX)
    response = lobby.post("heartbeat", lobby.heartbeat())
    assert (response.status_code, response.get_json()["error"]) == (401, "no_session")
    assert lobby.join().state is State.PENDING, "hall is silent too"
    assert parts.registry.get(lobby.display_id).name == before.name
    assert parts.audit_log.length() == 0


def test_a_display_that_gave_way_is_a_new_one_whatever_its_boot(
    full: None, parts: Parts, lobby: Device, workshop: Device
) -> None:
    first_boot, lobby.boot_id = lobby.boot_id, str(uuid.uuid4())
    lobby.join()
    workshop.join()
    assert parts.registry.find(lobby.display_id) is None
    lobby.boot_id = first_boot
    assert lobby.join().state is State.PENDING


def test_who_is_heard_never_gives_way(
    full: None, parts: Parts, lobby: Device, hall: Device, workshop: Device, clock: MovableClock
) -> None:
    for device in (lobby, hall):
        device.beat()
    clock.move(30)
    assert is_busy(workshop.say_hello())
    clock.move(1)
    hall.beat()
    assert workshop.join().state is State.PENDING
    assert waits(parts) == {"hall", "workshop"}


def test_who_beats_is_known_by_the_summaries_when_the_live_store_lost_all(
    full: None, parts: Parts, lobby: Device, hall: Device, workshop: Device, clock: MovableClock
) -> None:
    for device in (lobby, hall):
        device.beat()
        parts.stores.live.delete(keys.display_reports(device.display_id))
    clock.move(30)
    assert is_busy(workshop.say_hello())


@pytest.mark.parametrize("act", ["rename", "move", "pending"])
def test_whom_an_admin_dealt_with_stays(
    two_may_wait: None, parts: Parts, lobby: Device, hall: Device, workshop: Device, ada: Person, clock: MovableClock, act: str
) -> None:
    lobby.join()
    hall.join()
    for device in (lobby, hall):
        if act == "rename":
            ada.decide("rename", device.display_id, name="north wall")
        elif act == "pending":
            ada.decide("reject", device.display_id)
            ada.decide("pending", device.display_id)
        else:
            ada.post("/api/admin/sessions", {"name": "Small stage"})
            ada.decide("move", device.display_id, to_session_id=2)
            ada.decide("move", device.display_id, session_id=2, to_session_id=1)
    clock.move(86_400)
    assert is_busy(workshop.say_hello())
    assert waits(parts) == {"lobby", "hall"}


def test_a_display_that_was_approved_meanwhile_is_not_forgotten(
    full: None, parts: Parts, lobby: Device, workshop: Device, ada: Person, clock: MovableClock
) -> None:
    silent = parts.registry.get(lobby.display_id)
    ada.decide("approve", lobby.display_id, role="normal")
    hallway = dataclasses.replace(silent, display_id=f"{7:026}")
    wait = {"when_full": hallway, "when_refused": hallway, "enrolment_key_id": None, "max_approved": 5, "deed": None}
    parts.registry.arrive(None, hallway, now=clock(), **wait)  # type: ignore[arg-type]
    with pytest.raises(display_registry.RegistryFull):
        parts.registry.arrive(None, dataclasses.replace(hallway, display_id=f"{8:026}"), now=clock(), gives_way=silent, **wait)  # type: ignore[arg-type]
    assert parts.registry.get(lobby.display_id).state is State.APPROVED


def test_more_than_may_wait_never_grow_in_number(
    two_may_wait: None, parts: Parts, lobby: Device, hall: Device, workshop: Device, clock: MovableClock, app: Flask
) -> None:
    devices = [lobby, hall, workshop, *(Device(app.test_client(), f"display {number}") for number in range(10))]
    for device in devices:
        device.say_hello()
        clock.move(20)
        assert len(waits(parts)) <= 2


def test_an_enrolment_key_needs_no_place_to_wait(full: None, parts: Parts, workshop: Device, clock: MovableClock) -> None:
    key = parts.enrolment_keys.create(label="site", max_uses=1, life=timedelta(days=1), now=clock()).key
    assert workshop.join(enrolment_key=key).state is State.APPROVED
    assert waits(parts) == {"lobby", "hall"}
