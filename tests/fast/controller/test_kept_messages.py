"""What another version kept in the live store and this one cannot read: absent, said once, and nothing fails of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

import pytest
import redis
from flask import Flask

from controller.parts import Parts
from controller.services import keys
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from tests.support.stewards import steward_in_office

OLD = ("{}", "nonsense", '{"at": "2026-11-24T09:00:00+00:00", "message": "{\\"renamed\\": 1}"}')


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An app that has said nothing yet."""
    return make_app()


@pytest.fixture(params=OLD)
def kept(request: pytest.FixtureRequest, parts: Parts, lobby: Device) -> Parts:
    """The live store as another version left it."""
    lobby.join()
    lobby.beat()
    parts.stores.live.set(keys.sfu_status(1), request.param)
    for key in (keys.display_reports(lobby.display_id), keys.presenter_reports(1)):
        parts.stores.live.delete(key)
        cast(redis.Redis, parts.stores.live).lpush(key, request.param)
    return parts


@pytest.mark.usefixtures("kept")
def test_the_dashboard_shows_the_rest(ada: Person, lobby: Device, clock: MovableClock, parts: Parts) -> None:
    (view,) = parts.wall.snapshot(parts.sessions.get(1), clock()).displays.displays
    assert (view.display_id, view.viewer, view.last_seen) == (lobby.display_id, None, clock())
    for path in ("displays", "status"):
        assert ada.get(f"/api/admin/livekit/{path}?session_id=1").status_code == 200


@pytest.mark.usefixtures("kept")
def test_the_next_heartbeat_takes_its_place(lobby: Device, parts: Parts) -> None:
    lobby.beat()
    assert lobby.display_id in parts.window.of_displays([lobby.display_id])


def test_the_steward_looks_on(kept: Parts, clock: MovableClock, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("does not answer")
    assert steward_in_office(kept).look_at(kept.sessions.get(1), clock()) is not None
    assert kept.sfu_statuses.last(1) is not None


def test_it_is_said_once(kept: Parts, lobby: Device, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            kept.window.of_displays([lobby.display_id])
            kept.window.of_presenter(1)
    assert [message.split(" error=")[0] for message in caplog.messages] == [
        "kept by another version, taken for absent what=display report",
        "kept by another version, taken for absent what=presenter report",
    ]
