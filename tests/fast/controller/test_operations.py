"""What the operator's probes hear."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.parts import Parts
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from wire.admin import SfuStatus


@pytest.fixture
def nowhere(tmp_path: Path, announced_logs: AnnouncedLogs) -> str:
    """The address of a store that is not there."""
    announced_logs.allow("store lost")
    return f"unix://{tmp_path}/nothing.sock"


def test_the_process_lives_whatever_else_does(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_url=nowhere, redis_live_url=nowhere).test_client().get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def see(parts: Parts, clock: MovableClock, *, up: bool) -> None:
    """What the steward keeps of a look."""
    seen = SfuStatus(up=up, message="", version=None, url="ws://10.0.0.5", room="r", observed_at=clock(), participants=[])
    parts.sfu_statuses.keep(1, seen, term=1)


def test_ready_while_the_stores_answer_and_the_sfu_did_lately(client: FlaskClient, parts: Parts, clock: MovableClock) -> None:
    see(parts, clock, up=True)
    clock.move(10)
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()) == (200, {"state": "ok", "live": "ok", "sfu": "ok"})


def test_not_ready_while_the_sfu_is_away(client: FlaskClient, parts: Parts, clock: MovableClock) -> None:
    see(parts, clock, up=False)
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["state"], response.get_json()["live"]) == (503, "ok", "ok")
    assert "does not answer" in response.get_json()["sfu"]


def test_not_ready_while_nobody_looks_at_the_sfu(client: FlaskClient, parts: Parts, clock: MovableClock) -> None:
    assert "steward" in client.get("/readyz").get_json()["sfu"]
    see(parts, clock, up=True)
    clock.move(11)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "steward" in response.get_json()["sfu"]


@pytest.mark.parametrize("up", [True, False])
def test_no_address_is_told_to_whoever_asks(
    make_app: Callable[..., Flask], nowhere: str, parts: Parts, clock: MovableClock, up: bool
) -> None:
    see(parts, clock, up=up)
    for changes in ({}, {"redis_url": nowhere}, {"redis_live_url": nowhere}):
        text = make_app(**changes).test_client().get("/readyz").text
        assert not re.search(r"://|127\.0\.0\.1|10\.0\.0\.5|\.sock|:\d", text), text


def test_not_ready_while_the_live_store_is_away(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_live_url=nowhere).test_client().get("/readyz")
    assert response.status_code == 503
    assert (response.get_json()["state"], response.get_json()["live"]) == ("ok", "does not answer")


def test_not_ready_while_the_state_store_is_away(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_url=nowhere).test_client().get("/readyz")
    assert response.status_code == 503
    assert (response.get_json()["state"], response.get_json()["live"]) == ("does not answer", "ok")


def test_not_ready_without_livekit_names_the_variables(make_app: Callable[..., Flask]) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_URL", "LIVEKIT_API_KEY"))
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert "LIVEKIT_URL, LIVEKIT_API_KEY" in response.get_json()["sfu"]
