"""The quality guard at work: asked by heartbeats and the steward, told to displays and presenter, logged once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from controller.parts import Parts
from controller.rules.guard_policy import GuardPolicy
from controller.rules.presenting import Claim
from controller.rules.quality_guard import Change, Decision
from controller.services import keys
from controller.services.presenter_lease import HeldLease
from controller.services.quality_guard import QualityGuard
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from tests.support.stewards import steward_in_office
from wire.display import DisplayState, Reception, ViewerReport
from wire.presenter import PresenterHeartbeat, PresenterStatus, SenderLimits, SenderReport


@pytest.fixture
def held(parts: Parts, clock: MovableClock, paula: Person) -> HeldLease:
    """Paula presents in session 1."""
    return parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())


def approved(display: Device, ada: Person, role: str = "normal") -> Device:
    display.join()
    assert ada.decide("approve", display.display_id, role=role).status_code == 200
    return display


def present(parts: Parts, held: HeldLease, clock: MovableClock) -> None:
    sender = SenderReport(sent_bps=4_000_000, frames_per_second=15)
    heartbeat = PresenterHeartbeat(session_id=1, lease=held.secret, phase="live", sender=sender)
    parts.window.keep_presenter(heartbeat, held.lease, clock())


def received(seconds: int, loss: float) -> ViewerReport:
    """What a display has received after so many seconds of the whole picture."""
    packets = 450 * seconds
    reception = Reception(
        track_age_ms=1000 * seconds,
        received_bytes=int(500_000 * seconds * (1 - loss)),
        packets_received=int(packets * (1 - loss)),
        packets_lost=int(packets * loss),
        frames_decoded=15 * seconds,
    )
    return ViewerReport(stage="receiving", reception=reception)


@pytest.fixture
def live_through(parts: Parts, held: HeldLease, clock: MovableClock) -> Callable[..., list[DisplayState]]:
    """Seconds in which paula presents and a display reports each second: what it was told."""

    def live(display: Device, seconds: int, *, loss: float = 0.0) -> list[DisplayState]:
        told = []
        for second in range(1, seconds + 1):
            present(parts, held, clock)
            told.append(display.beat(received(second, loss)))
            clock.move(1)
        return told

    return live


def test_a_lossy_normal_display_is_told_to_take_its_base_layer(
    lobby: Device, ada: Person, live_through: Callable[..., list[DisplayState]]
) -> None:
    told = live_through(approved(lobby, ada), 6, loss=0.1)
    assert [state.step for state in told][:2] == ["full", "full"]
    assert told[-1].step == "base"


def test_where_a_look_takes_long_the_next_ones_rest(parts: Parts, held: HeldLease, clock: MovableClock) -> None:
    """A clock that goes on by a tenth of a second with each glance at it: so long takes each look."""
    glances = itertools.count(0, 0.1)
    window = Mock(wraps=parts.window)
    guard = QualityGuard(GuardPolicy(), parts.registry, window, parts.quality_decisions, parts.push, clock=lambda: next(glances))
    for _ in range(40):
        guard.look_at(1, held.lease, parts.budget_decisions.in_force(), clock())
    assert 9 <= window.recent.call_count <= 11, "a look, and then four times as long none"


def test_a_clean_display_is_told_nothing_new(
    lobby: Device, ada: Person, parts: Parts, live_through: Callable[..., list[DisplayState]]
) -> None:
    assert {state.step for state in live_through(approved(lobby, ada), 6)} == {"full"}
    assert parts.quality_decisions.log(1) == []


def test_a_protected_display_is_never_told_a_step_and_its_trouble_is_an_alarm(
    lobby: Device, ada: Person, paula: Person, held: HeldLease, live_through: Callable[..., list[DisplayState]]
) -> None:
    told = live_through(approved(lobby, ada, "protected"), 6, loss=0.1)
    assert {state.step for state in told} == {"full"}
    status = beat(paula, held)
    assert [(alarm.display_name, alarm.cause) for alarm in status.alarms] == [("lobby", "display_link")]
    assert status.alarms[0].message.startswith("lost 10 % for ")
    assert status.limits == SenderLimits()


def test_the_presenter_hears_of_limits_steps_and_reasons(
    lobby: Device, ada: Person, paula: Person, held: HeldLease, live_through: Callable[..., list[DisplayState]]
) -> None:
    live_through(approved(lobby, ada), 6, loss=0.6)
    status = beat(paula, held)
    assert status.limits.max_bitrate_bps < 4_000_000
    assert status.limits_reason == "the only display's link carries no more"
    assert [(display.name, display.step) for display in status.displays] == [("lobby", "stills")]
    assert status.displays[0].step_reason.endswith("while the presenter sent 4.0 Mbit/s")


def test_what_changed_is_logged_with_its_reason_and_once(
    lobby: Device, ada: Person, parts: Parts, live_through: Callable[..., list[DisplayState]]
) -> None:
    live_through(approved(lobby, ada), 6, loss=0.1)
    steps = [entry.change for entry in parts.quality_decisions.log(1) if entry.change.display_id == lobby.display_id]
    assert [change.what for change in steps] == ["base layer"]
    assert steps[0].why.startswith("lost 10 % for ")


def test_another_presenter_or_none_begins_with_the_whole_picture(
    lobby: Device,
    ada: Person,
    paula: Person,
    parts: Parts,
    clock: MovableClock,
    held: HeldLease,
    live_through: Callable[..., list[DisplayState]],
) -> None:
    live_through(approved(lobby, ada), 6, loss=0.1)
    assert paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": held.secret}).status_code == 200
    assert lobby.beat().step == "full"
    steward_in_office(parts).guard_quality(parts.sessions.get(1), clock())
    assert parts.quality_decisions.last(1).decision == Decision()


def test_the_steward_notices_that_a_protected_display_fell_silent(
    lobby: Device,
    ada: Person,
    parts: Parts,
    clock: MovableClock,
    held: HeldLease,
    live_through: Callable[..., list[DisplayState]],
) -> None:
    live_through(approved(lobby, ada, "protected"), 3)
    for _ in range(14):
        present(parts, held, clock)
        clock.move(1)
    steward_in_office(parts).guard_quality(parts.sessions.get(1), clock())
    (entry,) = parts.quality_decisions.log(1)
    assert entry.change == Change(lobby.display_id, "alarm: was not heard for 12 s", "likely the display's own link")


def test_of_many_who_look_at_once_one_decides(parts: Parts, clock: MovableClock) -> None:
    before = parts.quality_decisions.last(1)
    after = replace(before.decision, lease_id="paula")
    change = Change(None, "at most 3.75 Mbit/s", "for a test")
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: parts.quality_decisions.replace(1, before, after, (change,), clock()), range(8)))
    assert sum(kept) == 1
    assert len(parts.quality_decisions.log(1)) == 1
    assert parts.quality_decisions.last(1).decision == after


def test_a_decision_and_its_log_expire(parts: Parts, clock: MovableClock) -> None:
    kept = parts.quality_decisions.last(1)
    assert parts.quality_decisions.replace(1, kept, Decision("paula"), (Change(None, "a", "b"),), clock())
    assert 0 < parts.stores.live.ttl(keys.quality_decision(1)) <= 3_600
    assert 0 < parts.stores.live.ttl(keys.quality_log(1)) <= 8 * 86_400


@pytest.mark.parametrize("text", ['{"renamed": 1}', '{"lease_id": "paula", "suspended": {"hall": "was not heard"}}'])
def test_a_decision_of_another_version_counts_as_none(
    parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs, text: str
) -> None:
    del announced_logs
    parts.stores.live.set(keys.quality_decision(1), text)
    kept = parts.quality_decisions.last(1)
    assert kept.decision == Decision()
    assert parts.quality_decisions.replace(1, kept, Decision("paula"), (), clock())


def beat(presenter: Person, held: HeldLease, **changes: Any) -> PresenterStatus:
    response = presenter.post("/api/presenter/v1/heartbeat", {"session_id": 1, "lease": held.secret, "phase": "live", **changes})
    assert response.status_code == 200, response.text
    return PresenterStatus.parse(response.data)
