"""A display's minutes: rolled up when they are over, kept for eight days, and read as a table."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from controller.parts import Parts
from controller.rules.telemetry_minutes import COLUMNS, MINUTES_A_DAY, PACKED_LENGTH, Minute, minute_of, packed, unpacked
from controller.services import keys
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.figures import Figures
from tests.support.person import Person
from wire.display import Heartbeat, MachineReport, Reception, ViewerReport

TABLE = "/api/admin/quality/minutes.csv"
TODAY = date(2026, 11, 24)


def viewer(second: int, **changes: Any) -> ViewerReport:
    """What a page saw in a second of a track that loses one packet of ten."""
    reception = Reception(
        track_age_ms=1_000 * second,
        packets_received=90 * second,
        packets_lost=10 * second,
        plis_sent=second // 30,
        jitter_buffer_ms=20,
    )
    return ViewerReport(**{"frames_per_second": 15, "received_bps": 4_000_000, "reception": reception, **changes})


def report(second: int, **changes: Any) -> Heartbeat:
    return Heartbeat(run_id="0" * 32, sequence=second, viewer=viewer(second, **changes), machine=MachineReport(cpu_percent=40))


def test_a_minute_has_the_means_and_what_the_counters_grew_by() -> None:
    minute = minute_of([report(55), report(30, step="stills", frames_per_second=0), report(5)])
    assert (minute.reports, minute.frames_per_second, minute.received_bps) == (3, 10, 4_000_000)
    assert (minute.lost_percent, minute.plis, minute.least_step) == (10, 1, "stills")
    assert (minute.jitter_buffer_ms, minute.decode_ms, minute.cpu_percent, minute.temperature_celsius) == (20, None, 40, None)


def test_another_track_begins_anew_and_takes_nothing_away() -> None:
    minute = minute_of([report(10), report(5), report(3_000), report(2_990)])
    assert minute.lost_percent == pytest.approx(10)


@pytest.mark.parametrize("text", ["", "?", "AAAA", "A" * PACKED_LENGTH, "\0" * PACKED_LENGTH, "/" * PACKED_LENGTH])
def test_what_is_no_minute_is_none(text: str) -> None:
    assert unpacked(text) is None


def test_a_packed_minute_is_the_same_again_and_nothing_is_too_large_for_it() -> None:
    minute = minute_of([report(55), report(5)])
    assert unpacked(packed(minute)) == minute
    loud = ViewerReport(frames_per_second=240, received_bps=1_000_000_000, reception=Reception(track_age_ms=2, nacks_sent=2**52))
    machine = MachineReport(cpu_percent=100, memory_percent=100, temperature_celsius=200)
    reports = [
        Heartbeat(run_id="0" * 32, sequence=1, viewer=loud, machine=machine),
        Heartbeat(run_id="0" * 32, sequence=0, viewer=ViewerReport(reception=Reception(track_age_ms=1)), machine=machine),
    ]
    text = packed(minute_of(reports))
    assert len(text) == PACKED_LENGTH
    assert unpacked(text) is not None


@pytest.fixture
def beaten(lobby: Device, ada: Person, clock: MovableClock, parts: Parts) -> Device:
    """The lobby's display beats every five seconds for two and a half minutes from nine o'clock on."""
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    for second in range(0, 150, 5):
        lobby.beat(viewer(second + 1))
        clock.move(5)
    return lobby


def test_each_minute_that_is_over_is_kept_once(beaten: Device, parts: Parts) -> None:
    found = parts.telemetry_minutes.day(beaten.display_id, TODAY)
    assert [(begins.strftime("%H:%M"), minute.reports) for begins, minute in found] == [("09:00", 12), ("09:01", 12)]
    assert 0 < parts.stores.live.ttl(keys.telemetry_minutes(beaten.display_id, "2026-11-24")) <= 8 * 86_400


def test_whoever_waits_leaves_none(lobby: Device, clock: MovableClock, parts: Parts) -> None:
    lobby.join()
    for second in range(0, 150, 5):
        lobby.beat(viewer(second + 1))
        clock.move(5)
    assert parts.telemetry_minutes.day(lobby.display_id, TODAY) == []


def test_the_table_is_for_spreadsheets(ada: Person, beaten: Device) -> None:
    answer = ada.get(f"{TABLE}?display_id={beaten.display_id}&date=2026-11-24")
    assert answer.mimetype == "text/csv"
    head, first, second = csv.reader(answer.text.splitlines())
    assert head == ["begins", *COLUMNS]
    assert first[0] == "2026-11-24T09:00:00+00:00"
    assert dict(zip(head, second, strict=True))["lost_percent"] == "10.0"
    assert ada.get(f"{TABLE}?display_id={beaten.display_id}&date=2026-11-23").text.splitlines() == [",".join(head)]


def test_who_may_not_see_it(client: FlaskClient, paula: Person, beaten: Device) -> None:
    path = f"{TABLE}?display_id={beaten.display_id}&date=2026-11-24"
    assert (client.get(path).status_code, paula.get(path).status_code) == (401, 403)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"display_id={'0' * 26}&date=2026-11-24", 404),
        (f"display_id={'0' * 26}", 400),
        (f"display_id={'0' * 26}&date=yesterday", 400),
        (f"display_id={'0' * 26}&date=2026-02-30", 400),
        ("display_id=lobby&date=2026-11-24", 400),
        ("", 400),
    ],
)
def test_what_is_not_asked_rightly(ada: Person, query: str, status: int) -> None:
    assert ada.get(f"{TABLE}?{query}").status_code == status


@pytest.mark.figures
def test_eight_days_of_a_hundred_displays_fit_into_the_live_store(parts: Parts, figures: Figures) -> None:
    minute: Minute = minute_of([report(55), report(5)])
    begins = TODAY
    for place in range(8):
        key = keys.telemetry_minutes("0" * 26, (begins + timedelta(days=place)).isoformat())
        parts.stores.live.set(key, packed(minute) * MINUTES_A_DAY)
    used = sum(
        parts.stores.live.pipeline().memory_usage(key).execute()[0]
        for key in (keys.telemetry_minutes("0" * 26, (begins + timedelta(days=place)).isoformat()) for place in range(8))
    )
    figures.add("live store for eight days of minutes of 100 displays", 100 * used / 1e6, unit="MB", expected=64)
