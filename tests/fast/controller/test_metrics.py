"""What monitoring reads: the same from any process, whatever is away, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.exposition import Gauge, Sample, exposition
from controller.services.accounts import AccountRole
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from tests.support.stewards import steward_in_office

ADA = Actor(ActorKind.ACCOUNT, "ada")


def read(client: FlaskClient, **headers: str) -> dict[str, float]:
    """The values, by name and labels as they are written."""
    response = client.get("/metrics", headers=headers)
    assert (response.status_code, response.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8"), response.text
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_labels_are_escaped_and_numbers_are_whole() -> None:
    gauges = [Gauge("marquee_x", "Some of it.", (Sample(1.5, {}), Sample(10**12, {"name": 'a "b"\\\n'})))]
    assert exposition(gauges).splitlines() == [
        "# HELP marquee_x Some of it.",
        "# TYPE marquee_x gauge",
        "marquee_x 1.5",
        'marquee_x{name="a \\"b\\"\\\\\\n"} 1000000000000',
    ]


def test_it_tells_how_the_wall_is(
    client: FlaskClient,
    parts: Parts,
    clock: MovableClock,
    lobby: Device,
    hall: Device,
    ada: Person,
    announced_logs: AnnouncedLogs,
) -> None:
    announced_logs.allow("the SFU at http://127.0.0.1:9 does not answer")
    lobby.join()
    hall.join()
    assert ada.decide("approve", lobby.display_id, role="protected").status_code == 200
    lobby.beat()
    steward_in_office(parts).look_at(parts.sessions.get(1), clock())
    told = read(client)
    assert told['marquee_store_up{store="state"}'] == told['marquee_store_up{store="live"}'] == 1
    assert told['marquee_displays{session="1",state="approved",role="protected"}'] == 1
    assert told['marquee_displays{session="1",state="pending",role=""}'] == 1
    assert told['marquee_displays_online{session="1"}'] == 1
    assert told['marquee_displays_showing{session="1"}'] == 0
    assert told['marquee_presenting{session="1"}'] == 0
    assert told['marquee_sfu_up{session="1"}'] == 0
    assert (told["marquee_steward_in_office"], told["marquee_steward_terms"]) == (1, 1)
    assert (told["marquee_state_in_doubt"], told["marquee_audit_records"]) == (0, 1)
    assert told['marquee_bandwidth_today_bytes{direction="sent"}'] == 0
    assert (told["marquee_bandwidth_today_billed_bytes"], told["marquee_bandwidth_budget_bytes"]) == (0, 200 * 10**9)


@pytest.mark.parametrize("away", ["redis_url", "redis_live_url"])
def test_a_store_that_is_away_is_said_and_breaks_nothing(
    make_app: Callable[..., Flask], tmp_path: Path, announced_logs: AnnouncedLogs, away: str
) -> None:
    announced_logs.allow("store lost")
    told = read(make_app(**{away: f"unix://{tmp_path}/nothing.sock"}).test_client())
    assert sorted(told.values()) == [0, 1]


@pytest.mark.parametrize("role", list(AccountRole))
def test_a_program_elsewhere_shows_a_key(client: FlaskClient, parts: Parts, clock: MovableClock, role: AccountRole) -> None:
    _, key = parts.api_keys.create("monitoring", role, life=timedelta(days=1), by=ADA, now=clock())
    assert read(client, **{"X-Forwarded-For": "192.0.2.7", "Authorization": f"Bearer {key}"})


def test_nobody_gets_it_through_a_proxy_or_by_a_wrong_key(client: FlaskClient) -> None:
    forwarded = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert (forwarded.status_code, forwarded.get_json()["error"]) == (403, "not_from_here")
    elsewhere = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 403
    wrong = client.get("/metrics", headers={"Authorization": "Bearer mak1_none"})
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "bad_api_key")
