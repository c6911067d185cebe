"""A heartbeat: what it costs, and that a late one brings nothing back."""

from __future__ import annotations

import pytest

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services import keys
from controller.services.device_sessions import DeviceSession, NoDeviceSession
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import BOOT_ID, Device
from tests.support.person import Person
from tests.support.round_trips import round_trips
from wire.display import Heartbeat, State

WHO_ASKS = 1
HOW_OFTEN = 1
HOW_IT_STANDS = 1
THAT_IT_LIVES = 1
PAIRING_CODE = 1
QUALITY = 4
"""What holds, who is approved, and the reports of the presenter and of those displays."""


def test_a_heartbeat_asks_the_stores_four_times(lobby: Device, ada: Person) -> None:
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    lobby.beat()
    with round_trips() as sent:
        lobby.beat()
    assert len(sent) == WHO_ASKS + HOW_OFTEN + HOW_IT_STANDS + THAT_IT_LIVES, sent


def test_a_waiting_displays_heartbeat_asks_for_its_code_too(lobby: Device) -> None:
    lobby.join()
    lobby.beat()
    with round_trips() as sent:
        lobby.beat()
    assert len(sent) == WHO_ASKS + HOW_OFTEN + HOW_IT_STANDS + THAT_IT_LIVES + PAIRING_CODE, sent


def test_a_late_heartbeat_of_a_session_that_was_ended_is_not_kept(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    lobby.join()
    late = DeviceSession(lobby.display_id, lobby.run_id, BOOT_ID)
    parts.device_sessions.end_all(lobby.display_id)
    with pytest.raises(NoDeviceSession):
        parts.window.beat(late, 1, Heartbeat(run_id=lobby.run_id, sequence=1), clock())
    assert parts.window.of_displays([lobby.display_id]) == {}


def test_a_late_heartbeat_brings_no_removed_display_back(lobby: Device, parts: Parts) -> None:
    lobby.join()
    lobby.beat()
    parts.stores.state.hdel(keys.DISPLAY_INDEX, lobby.display_id)
    parts.stores.state.hdel(keys.display_registry(1), lobby.display_id, f"{lobby.display_id}:telemetry")
    response = lobby.post("heartbeat", lobby.heartbeat())
    assert (response.status_code, response.get_json()["error"]) == (401, "no_session")
    assert parts.stores.state.hgetall(keys.display_registry(1)) == {}


def test_the_summary_of_a_moved_display_goes_where_it_is(
    lobby: Device, ada: Person, parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    lobby.join()
    lobby.beat()
    assert ada.post("/api/admin/sessions", {"name": "Hall"}).status_code == 200
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    assert ada.decide("move", lobby.display_id, to_session_id=2).status_code == 200
    clock.move(60)
    assert lobby.beat().state is State.APPROVED
    assert parts.registry.last_kept(1) == {}
    assert parts.registry.last_kept(2) == {lobby.display_id: clock()}


def test_while_somebody_presents_the_quality_guard_asks_four_times_more(
    lobby: Device, ada: Person, parts: Parts, clock: MovableClock
) -> None:
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    parts.leases.take(1, Claim("paula", "her browser"), last_heard=None, now=clock())
    lobby.beat()
    with round_trips() as sent:
        lobby.beat()
    assert len(sent) == WHO_ASKS + HOW_OFTEN + HOW_IT_STANDS + THAT_IT_LIVES + QUALITY, sent
