"""What the quality guard changed, over HTTP: for the dashboard, for programs and spreadsheets, and who may not see it."""

from __future__ import annotations

import csv
import json

import pytest
from flask.testing import FlaskClient

from controller.parts import Parts
from controller.rules.display_steps import Place
from controller.rules.presenting import Claim
from controller.rules.quality_alarms import Alarm, Cause
from controller.rules.quality_guard import Change, Decision
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.admin import AdminSnapshot
from wire.display import Role
from wire.presenter import SenderLimits
from wire.quality import QualityLog

LOG, TABLE = "/api/admin/quality/log", "/api/admin/quality/log.csv"
WHY = "lost 9 % for 3 s while the presenter sent 3.9 Mbit/s"


@pytest.fixture
def hall(hall: Device, ada: Person) -> Device:
    """A normal display."""
    hall.join()
    assert ada.decide("approve", hall.display_id, role="normal").status_code == 200
    return hall


@pytest.fixture
def decided(parts: Parts, clock: MovableClock, hall: Device, paula: Person) -> Decision:
    """Paula presents; the hall is on its base layer, and that was logged."""
    held = parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())
    decision = Decision(
        held.lease.lease_id,
        places={hall.display_id: Place("base", WHY, fell_at=clock())},
        alarms=(Alarm(None, Cause.PRESENTER_UPLINK, "loses 8 % of what it sends"),),
    )
    changes = (Change(hall.display_id, "base layer", WHY), Change(None, "at most 3.75 Mbit/s and 13 frames a second", "=1+1"))
    assert parts.quality_decisions.replace(1, parts.quality_decisions.last(1), decision, changes, clock())
    return decision


def test_the_log_says_when_what_and_why(ada: Person, clock: MovableClock, hall: Device, decided: Decision) -> None:
    found = QualityLog.parse(ada.get(f"{LOG}?session_id=1").data)
    assert [(change.at, change.display_name, change.what, change.why) for change in found.changes] == [
        (clock(), None, "at most 3.75 Mbit/s and 13 frames a second", "=1+1"),
        (clock(), "hall", "base layer", WHY),
    ]


def test_the_log_of_one_display_is_its_own(ada: Person, hall: Device, decided: Decision) -> None:
    found = QualityLog.parse(ada.get(f"{LOG}?session_id=1&display_id={hall.display_id}").data)
    assert [change.what for change in found.changes] == ["base layer"]
    none = QualityLog.parse(ada.get(f"{LOG}?session_id=1&display_id={'0' * 26}").data)
    assert none.changes == []


def test_the_log_survives_the_display_it_is_about(
    ada: Person, hall: Device, decided: Decision, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    assert ada.post("/api/admin/sessions", {"name": "Annex"}).status_code == 200
    moved = ada.decide("move", hall.display_id, to_session_id=2)
    assert moved.status_code == 200, moved.text
    found = QualityLog.parse(ada.get(f"{LOG}?session_id=1").data)
    assert [(change.display_id, change.display_name) for change in found.changes][1] == (hall.display_id, None)


def test_the_table_is_for_spreadsheets_and_holds_no_formula(ada: Person, hall: Device, decided: Decision) -> None:
    assert ada.decide("rename", hall.display_id, name="=HYPERLINK(1)").status_code == 200
    answer = ada.get(f"{TABLE}?session_id=1")
    assert (answer.mimetype, "attachment" in answer.headers["Content-Disposition"]) == ("text/csv", True)
    head, presenter, display = csv.reader(answer.text.splitlines())
    assert head == ["at", "display_id", "display_name", "what", "why"]
    assert presenter[1:3] == ["presenter", ""]
    assert display[1:] == [hall.display_id, "'=HYPERLINK(1)", "base layer", WHY]


def test_the_dashboard_is_told_what_holds(
    ada: Person, parts: Parts, clock: MovableClock, hall: Device, decided: Decision
) -> None:
    quality = parts.wall.snapshot(parts.sessions.get(1), clock()).quality
    assert quality.limits == SenderLimits()
    assert [(step.display_id, step.step, step.reason) for step in quality.steps] == [(hall.display_id, "base", WHY)]
    assert quality.alarms[0].message == "loses 8 % of what it sends; likely the presenter's uplink"
    assert len(quality.changes) == 2
    assert quality.floor.max_bitrate_bps == 1_000_000


def test_a_display_that_was_promoted_is_on_no_step_and_the_floor_is_its(
    ada: Person, parts: Parts, clock: MovableClock, hall: Device, decided: Decision
) -> None:
    assert ada.decide("approve", hall.display_id, role=Role.PROTECTED.value).status_code == 200
    snapshot: AdminSnapshot = parts.wall.snapshot(parts.sessions.get(1), clock())
    assert snapshot.quality.steps == []
    assert snapshot.quality.floor.max_bitrate_bps == 4_000_000


@pytest.mark.parametrize("path", [LOG, TABLE])
def test_who_may_not_see_it(client: FlaskClient, paula: Person, path: str) -> None:
    nobody = client.get(f"{path}?session_id=1")
    assert (nobody.status_code, json.loads(nobody.data)["error"]) == (401, "sign_in")
    assert paula.get(f"{path}?session_id=1").status_code == 403


@pytest.mark.parametrize("path", [LOG, TABLE])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("session_id=9", 404),
        ("", 400),
        ("session_id=one", 400),
        ("session_id=1&display_id=lobby", 400),
        ("session_id=1&session_id=2", 400),
        ("session_id=1&since=yesterday", 400),
    ],
)
def test_what_is_not_asked_rightly(ada: Person, path: str, query: str, status: int) -> None:
    assert ada.get(f"{path}?{query}").status_code == status
