"""The steward's look at an SFU that is away; with one that answers, see tests/integration."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from controller.parts import Parts
from controller.services import keys
from controller.steward import Steward
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock


def test_an_sfu_that_is_away_is_said_once_and_shown(parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the SFU at http://127.0.0.1:9 does not answer")
    steward, session = Steward(parts), parts.sessions.get(1)
    for _ in range(3):
        assert steward.look_at(session, clock()) is not None
    seen = parts.wall.sfu_status(session, clock())
    assert (seen.up, seen.room, seen.observed_at) == (False, "marquee-1-1", clock())
    assert "does not answer" in seen.message
    assert len(announced_logs.lines) == 1


def test_without_livekit_there_is_nothing_to_see(
    make_app: Callable[..., Flask], clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("LiveKit is not set up: set LIVEKIT_URL")
    parts: Parts = make_app(livekit=None, missing_livekit=("LIVEKIT_URL",)).extensions["marquee"]
    assert Steward(parts).look_at(parts.sessions.get(1), clock()) is None
    assert parts.sfu_statuses.last(1) is None


def test_an_observation_is_forgotten_after_half_a_minute(
    parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("does not answer")
    Steward(parts).look_at(parts.sessions.get(1), clock())
    assert 0 < parts.stores.live.ttl(keys.sfu_status(1)) <= 30
