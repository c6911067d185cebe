"""What the operator's probes hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """The address of a store that is not there."""
    return f"unix://{tmp_path}/nothing.sock"


def test_the_process_lives_whatever_else_does(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_url=nowhere, redis_live_url=nowhere).test_client().get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_not_ready_while_the_sfu_is_away(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.get_json() == {"state": "ok", "live": "ok", "sfu": "the SFU at http://127.0.0.1:9 does not answer"}


def test_not_ready_while_the_live_store_is_away(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_live_url=nowhere).test_client().get("/readyz")
    assert response.status_code == 503
    assert (response.get_json()["state"], response.get_json()["live"]) == ("ok", "does not answer (ConnectionError)")


def test_not_ready_while_the_state_store_is_away(make_app: Callable[..., Flask], nowhere: str) -> None:
    response = make_app(redis_url=nowhere).test_client().get("/readyz")
    assert response.status_code == 503
    assert (response.get_json()["state"], response.get_json()["live"]) == ("does not answer (ConnectionError)", "ok")


def test_not_ready_without_livekit_names_the_variables(make_app: Callable[..., Flask]) -> None:
    app = make_app(livekit=None, missing_livekit=("LIVEKIT_URL", "LIVEKIT_API_KEY"))
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert "LIVEKIT_URL, LIVEKIT_API_KEY" in response.get_json()["sfu"]
