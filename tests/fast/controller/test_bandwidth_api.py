"""The bandwidth over HTTP: the figures, and who may not see them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller import cli
from controller.parts import Parts
from controller.rules.billing import Billing
from controller.services.accounts import AccountRole
from controller.settings import Settings
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import Person
from tests.support.round_trips import round_trips
from tests.support.samples import Monitor, sample
from tests.support.stewards import steward_in_office
from wire.bandwidth import BandwidthHistory, BandwidthStatus

STATUS, HISTORY, TABLE = "/api/admin/bandwidth/status", "/api/admin/bandwidth/history", "/api/admin/bandwidth/days.csv"


def count(parts: Parts, clock: MovableClock, *, sent: int = 6_000, received: int = 3_000, minutes: int = 1) -> None:
    """Let so much pass in the last minutes."""
    begun = clock() - timedelta(minutes=minutes)
    Monitor(parts).add(sample(0, 0, begun), sample(received, sent, clock()))


def status(asker: Person) -> BandwidthStatus:
    """What the asker sees."""
    return BandwidthStatus.parse(asker.get(STATUS).data)


def test_the_rule_of_the_host_is_applied_and_said(make_app: Callable[..., Flask], wanted: Settings, clock: MovableClock) -> None:
    app = make_app(bandwidth=replace(wanted.bandwidth, billing=Billing.SENT, calibration=1.02))
    parts: Parts = app.extensions["marquee"]
    count(parts, clock)
    found = status(person(app, parts, clock, "ada", AccountRole.ADMIN))
    assert (found.used_bytes, found.received_bytes, found.sent_bytes) == (6_120, 3_000, 6_000)
    assert (found.billing, found.calibration, found.rate_bps) == ("tx", 1.02, 8 * 6_120 // 60)
    assert found.message == "Sent on eth0, times 1.02, since midnight UTC."


def test_a_day_is_that_of_the_time_zone(make_app: Callable[..., Flask], wanted: Settings, clock: MovableClock) -> None:
    """At noon, UTC, the new day of Apia is an hour old."""
    app = make_app(bandwidth=replace(wanted.bandwidth, time_zone=ZoneInfo("Pacific/Apia")))
    parts: Parts = app.extensions["marquee"]
    clock.move(3 * 3_600)
    count(parts, clock, minutes=120)
    found = status(person(app, parts, clock, "ada", AccountRole.ADMIN))
    assert (found.date, found.time_zone) == ("2026-11-25", "Pacific/Apia")
    assert found.used_bytes == 4_500, "midnight was an hour ago"


def test_day_and_month_are_foretold(ada: Person, parts: Parts, clock: MovableClock) -> None:
    monitor = Monitor(parts)
    for day in range(4, -1, -1):
        monitor.add(sample(0, 86_400 * (4 - day), clock().replace(hour=0) - timedelta(days=day)))
    monitor.add(sample(0, 86_400 * 4 + 9 * 3_600, clock()))
    found = status(ada)
    assert (found.forecast.method, found.forecast.expected_bytes) == ("as the days before", 86_400)
    assert found.month.used_bytes == 86_400 * 4 + 9 * 3_600
    assert found.month.allowance_bytes is None
    days_left = 6 + 15 / 24
    assert found.month.forecast.expected_bytes == found.month.used_bytes + round(days_left * 86_400)


def test_the_thresholds_are_states(make_app: Callable[..., Flask], wanted: Settings, clock: MovableClock) -> None:
    """At nine in the morning, with 250 bytes kept beside."""
    app = make_app(bandwidth=replace(wanted.bandwidth, warn_bytes=1_000, critical_bytes=10_000, budget_bytes=20_000))
    parts: Parts = app.extensions["marquee"]
    ada = person(app, parts, clock, "ada", AccountRole.ADMIN)
    monitor, steward = Monitor(parts), steward_in_office(parts)
    met = []
    for sent in (0, 700, 800, 9_700, 9_800, 19_800):
        monitor.add(sample(0, sent, clock()))
        steward.keep_budget(clock())
        met.append(status(ada).state)
        clock.move(1)
    assert met == ["ok", "ok", "warn", "warn", "critical", "exhausted"]


def test_a_display_has_its_part_and_the_rest_is_named(ada: Person, lobby: Device, parts: Parts, clock: MovableClock) -> None:
    count(parts, clock, sent=75_000_000)
    found = status(ada)
    assert (found.displays, found.rest_bps) == ([], 10_000_000)
    assert (found.one_more_display.is_measured, found.one_more_display.sent_bps) == (False, 4_000_000)
    assert found.one_more_display.bytes_per_hour == 1_800_000_000


def test_the_status_can_be_asked_each_second_however_long_the_ledger_is(
    ada: Person, lobby: Device, parts: Parts, clock: MovableClock
) -> None:
    """Of eight days, the stores are asked two dozen times: 14 ms were measured."""
    lobby.join()
    begun = clock() - timedelta(days=8)
    Monitor(parts).add(*(sample(0, 60 * minute, begun + timedelta(minutes=minute)) for minute in range(8 * 1_440 + 1)))
    with round_trips() as sent:
        assert status(ada).state == "ok"
    assert len(sent) <= 24


def test_the_history_has_each_minute_and_each_day(ada: Person, parts: Parts, clock: MovableClock) -> None:
    count(parts, clock, minutes=2)
    found = BandwidthHistory.parse(ada.get(HISTORY).data)
    assert found.begins == clock() - timedelta(days=1)
    assert len(found.sent_bytes) == len(found.received_bytes) == 1_440
    assert (found.sent_bytes[-2:], sum(found.sent_bytes)) == ([3_000, 3_000], 6_000)
    assert (found.days[-1].date, found.days[-1].used_bytes, len(found.days)) == ("2026-11-24", 9_000, 35)


def test_the_table_is_for_spreadsheets(paula: Person, parts: Parts, clock: MovableClock) -> None:
    count(parts, clock)
    answer = paula.get(f"{TABLE}?days=2")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert list(csv.reader(answer.text.splitlines())) == [
        ["date", "received_bytes", "sent_bytes", "billed_bytes"],
        ["2026-11-23", "0", "0", "0"],
        ["2026-11-24", "3000", "6000", "9000"],
    ]


@pytest.mark.parametrize("query", ["days=0", "days=401", "days=many", "days=1&days=2", "weeks=2"])
def test_a_table_of_nonsense_is_refused(ada: Person, query: str) -> None:
    answer = ada.get(f"{TABLE}?{query}")
    assert answer.status_code == 400


@pytest.mark.parametrize("path", [STATUS, HISTORY, TABLE])
def test_nobody_sees_it_without_signing_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, json.loads(answer.data)["error"]) == (401, "sign_in")


def test_the_report_says_it_in_gigabytes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, parts: Parts, state_store: str, live_store: str
) -> None:
    for name, value in {
        "REDIS_URL": state_store,
        "REDIS_LIVE_URL": live_store,
        "CONTROLLER_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "BANDWIDTH_MONTH_GB": "20000",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["bandwidth", "report", "--days", "2"]) == 0
    said = capsys.readouterr().out
    assert "No fresh sample" in said
    assert "Today 0.000 GB of 200.000 GB: unknown" in said
    assert "of 20000.000 GB: ok" in said
    assert cli.main(["bandwidth", "report", "--days", "2", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "date,received_bytes,sent_bytes,billed_bytes"
    assert len(lines) == 3
