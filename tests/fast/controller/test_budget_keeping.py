"""The bandwidth budget in force: who decides, who is told, who stays out, and an admin's word against it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts, build
from controller.rules import audit_chain
from controller.rules.audit_chain import Deed
from controller.rules.bandwidth_budget import STILLS_RATE, Decision
from controller.rules.bandwidth_shares import OVER_TCP
from controller.rules.presenting import Claim
from controller.services import keys, push
from controller.services.accounts import AccountRole
from controller.settings import Settings
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from tests.support.samples import Monitor, sample
from tests.support.stewards import steward_in_office
from wire.bandwidth import BandwidthStatus
from wire.display import Reception, StillsReport, ViewerReport
from wire.presenter import MAX_BITRATE_BPS, PresenterStatus

SHARE = "/api/admin/presenter/livekit-token"
LIFT, STATUS = "/api/admin/bandwidth/lift", "/api/admin/bandwidth/status"
TODAY = {"date": "2026-11-24"}
WARN, CRITICAL, EXHAUSTED = 1_000, 2_000, 3_000


@pytest.fixture
def app(make_app: Callable[..., Flask], wanted: Settings) -> Flask:
    """With a budget of a few bytes."""
    return make_app(bandwidth=replace(wanted.bandwidth, warn_bytes=WARN, critical_bytes=CRITICAL, budget_bytes=EXHAUSTED))


class Day:
    """Bytes that pass, and a steward that looks."""

    def __init__(self, parts: Parts, clock: MovableClock) -> None:
        self._parts, self._clock = parts, clock
        self._monitor, self.steward = Monitor(parts), steward_in_office(parts)
        self._monitor.add(sample(0, 0, clock()))

    def reaches(self, sent: int) -> None:
        """So many bytes were sent by now."""
        self._clock.move(1)
        self._monitor.add(sample(0, sent, self._clock()))
        self.looked_at()

    def looked_at(self) -> None:
        """The steward looks."""
        self.steward.keep_budget(self._clock())


@pytest.fixture
def day(parts: Parts, clock: MovableClock) -> Day:
    return Day(parts, clock)


@pytest.fixture
def wall(ada: Person, lobby: Device, hall: Device) -> tuple[Device, Device]:
    """A protected display and a normal one, both heard."""
    for device, role in ((lobby, "protected"), (hall, "normal")):
        device.join()
        device.beat()
        assert ada.decide("approve", device.display_id, role=role).status_code == 200
    return lobby, hall


@pytest.fixture
def workshop(app: Flask) -> Device:
    return Device(app.test_client(), "workshop")


def comes(device: Device, ada: Person, role: str = "normal") -> None:
    """A display comes later, and is approved."""
    device.join()
    assert ada.decide("approve", device.display_id, role=role).status_code == 200


def hold(device: Device) -> str | None:
    """Why the display is kept out, as it is told."""
    told = device.beat().hold
    return told.reason if told else None


def token(device: Device) -> tuple[int, str]:
    """What becomes of its wish for a room token; the SFU of these tests is away."""
    answer = device.post("livekit-token")
    return answer.status_code, answer.get_json()["error"]


def deeds(parts: Parts) -> list[Deed]:
    """What the audit log says of the budget."""
    found = [audit_chain.read(line).deed for line in parts.audit_log.oldest_first()]
    return [deed for deed in found if deed.what.startswith("budget.")]


def status(asker: Person) -> BandwidthStatus:
    return BandwidthStatus.parse(asker.get(STATUS).data)


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def test_at_the_warning_it_is_only_said(day: Day, wall: tuple[Device, Device], ada: Person, workshop: Device) -> None:
    day.reaches(WARN)
    comes(workshop, ada)
    assert [hold(device) for device in (*wall, workshop)] == [None, None, None]
    found = status(ada)
    assert (found.state, found.budget.notice) == ("warn", "Today's bandwidth is above the warning.")


def test_when_it_is_critical_no_more_normal_displays_join(
    day: Day, wall: tuple[Device, Device], ada: Person, app: Flask, workshop: Device, parts: Parts
) -> None:
    day.reaches(CRITICAL)
    comes(workshop, ada)
    stage = Device(app.test_client(), "stage")
    comes(stage, ada, role="protected")
    day.looked_at()
    assert token(workshop) == (403, "held_by_budget")
    assert [token(device)[1] for device in (*wall, stage)] == ["sfu_unreachable"] * 3
    assert [hold(device) for device in (*wall, stage, workshop)] == [None, None, None, "no_more_join"]
    assert parts.door.room_of(parts.sessions.get(1)).held == {workshop.display_id}


def test_when_it_is_critical_normal_displays_are_thinned_by_the_guard(
    day: Day, wall: tuple[Device, Device], parts: Parts, paula: Person, ada: Person
) -> None:
    parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=parts.clock())
    assert [device.beat().step for device in wall] == ["full", "full"]
    day.reaches(CRITICAL)
    assert [device.beat().step for device in wall] == ["full", "base"], "the protected one keeps all of it"
    seen = parts.wall.presenter_status(1, paula.browser_session, parts.clock()).displays
    assert {one.name: one.step_reason for one in seen} == {"lobby": "", "hall": "today's bandwidth is nearly used up"}
    assert ada.post(LIFT, TODAY).status_code == 200
    assert [device.beat().step for device in wall] == ["full", "full"]


def test_when_it_is_exhausted_protected_displays_alone_have_the_moving_picture(
    day: Day, wall: tuple[Device, Device], parts: Parts, paula: Person
) -> None:
    day.reaches(EXHAUSTED)
    assert [hold(device) for device in wall] == [None, "used_up"]
    assert parts.door.room_of(parts.sessions.get(1)).held == frozenset(), "it stays in the room, without the moving picture"
    parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=parts.clock())
    assert [device.beat().step for device in wall] == ["full", "stills"]


def test_a_hard_stop_ends_them_too_and_whoever_presents(
    make_app: Callable[..., Flask], wanted: Settings, clock: MovableClock
) -> None:
    app = make_app(bandwidth=replace(wanted.bandwidth, warn_bytes=1, critical_bytes=2, budget_bytes=3, hard_stop=True))
    parts: Parts = app.extensions["marquee"]
    ada, lobby = person(app, parts, clock, "ada", AccountRole.ADMIN), Device(app.test_client(), "lobby")
    comes(lobby, ada, role="protected")
    paula, wish = person(app, parts, clock, "paula", AccountRole.PRESENTER), {"session_id": 1}
    assert refusal(paula.post(SHARE, wish)) == (503, "sfu_unreachable")
    day = Day(parts, clock)
    day.reaches(3)
    assert hold(lobby) == "stopped"
    assert refusal(paula.post(SHARE, wish)) == (403, "held_by_budget")
    assert parts.door.room_of(parts.sessions.get(1)).is_stopped
    assert "no display shows" in str(status(ada).budget.notice)
    assert ada.post(LIFT, TODAY).status_code == 200
    assert (hold(lobby), refusal(paula.post(SHARE, wish))[1]) == (None, "sfu_unreachable")


def test_everybody_is_told_at_once_and_the_log_says_why(
    day: Day, wall: tuple[Device, Device], parts: Parts, paula: Person
) -> None:
    with parts.push.listen(push.presenting_topic(1)) as displays_wake, parts.push.listen(push.session_topic(1)) as pages_wake:
        day.reaches(CRITICAL)
        assert displays_wake.wait(10)
        assert pages_wake.wait(10)
    wall_seen = parts.wall.presenter_status(1, paula.browser_session, parts.clock())
    assert wall_seen.budget is not None
    assert wall_seen.budget.code == "budget_critical"
    assert PresenterStatus.parse(wall_seen.to_json().encode()) == wall_seen
    (deed,) = deeds(parts)
    assert (deed.what, deed.by.name, deed.target) == ("budget.decided", "bandwidth budget", "2026-11-24")
    assert (deed.before["state"], deed.after["state"], deed.after["used_bytes"]) == ("ok", "critical", CRITICAL)
    assert "no more displays join" in str(deed.after["notice"])


def test_midnight_undoes_it_although_nobody_counts(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, parts: Parts
) -> None:
    day.reaches(EXHAUSTED)
    clock.move(15 * 3_600)
    assert day.steward.enter_office()
    day.looked_at()
    assert hold(wall[1]) is None
    assert [(deed.target, deed.after["state"]) for deed in deeds(parts)] == [("2026-11-24", "exhausted"), ("2026-11-25", "ok")]


def test_midnight_undoes_it_although_no_steward_looks(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, parts: Parts
) -> None:
    day.reaches(EXHAUSTED)
    clock.move(15 * 3_600)
    assert parts.standings.of(wall[1].display_id).budget == parts.budget_decisions.in_force() == Decision("2026-11-25")


def test_while_nothing_is_counted_the_decision_stands(day: Day, wall: tuple[Device, Device], clock: MovableClock) -> None:
    day.reaches(EXHAUSTED)
    clock.move(3_600)
    day.looked_at()
    assert hold(wall[1]) == "used_up"


def test_a_restart_and_another_process_find_the_same_decision(
    day: Day, wall: tuple[Device, Device], parts: Parts, clock: MovableClock, other: Parts, ada: Person, workshop: Device
) -> None:
    day.reaches(CRITICAL)
    comes(workshop, ada)
    other.stores.state.delete(keys.STEWARD.term)
    after = steward_in_office(other)
    after.keep_budget(clock())
    assert other.budget_decisions.last() == parts.budget_decisions.last()
    assert (hold(wall[1]), hold(workshop)) == (None, "no_more_join")
    assert len(deeds(parts)) == 1


@pytest.fixture
def other(app: Flask, clock: MovableClock) -> Iterator[Parts]:
    """Another process of the same controller."""
    parts: Parts = app.extensions["marquee"]
    built = build(parts.settings, clock)
    yield built
    built.push.close()
    for store in (built.stores.state, built.stores.live):
        store.connection_pool.disconnect()


# -- an admin's word -----------------------------------------------------------------------------------------------------------


def test_an_admin_lifts_it_for_today_and_takes_that_back(
    day: Day, wall: tuple[Device, Device], ada: Person, parts: Parts
) -> None:
    day.reaches(EXHAUSTED)
    found = BandwidthStatus.parse(ada.post(LIFT, TODAY).data)
    assert (found.state, found.budget.lifted_by) == ("exhausted", "ada")
    assert "lifted the budget for today" in str(found.budget.notice)
    assert hold(wall[1]) is None
    day.looked_at()
    assert hold(wall[1]) is None, "the steward knows of it"
    assert BandwidthStatus.parse(ada.delete(LIFT, TODAY).data).budget.lifted_by is None
    assert hold(wall[1]) == "used_up"
    assert [deed.what for deed in deeds(parts)] == ["budget.decided", "budget.lifted", "budget.restored"]
    assert [deed.by.name for deed in deeds(parts)][1:] == ["ada", "ada"]


def test_there_must_be_something_to_lift_and_once_is_enough(day: Day, ada: Person) -> None:
    assert refusal(ada.post(LIFT, TODAY)) == (409, "nothing_to_lift")
    day.reaches(CRITICAL)
    assert refusal(ada.delete(LIFT, TODAY)) == (409, "not_lifted")
    assert ada.post(LIFT, TODAY).status_code == 200
    assert refusal(ada.post(LIFT, TODAY)) == (409, "nothing_to_lift")


def test_a_page_of_yesterday_lifts_nothing(day: Day, ada: Person, parts: Parts) -> None:
    day.reaches(CRITICAL)
    for send, error in ((ada.post, "nothing_to_lift"), (ada.delete, "not_lifted")):
        assert refusal(send(LIFT, {"date": "2026-11-23"})) == (409, error)
    assert parts.budget_decisions.last().decision.lifted_by is None


@pytest.mark.parametrize("body", [{}, {"date": "today"}, {"date": 20261124}, {"date": "2026-11-24", "for": "ever"}])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nonsense_lifts_nothing(ada: Person, method: str, body: dict[str, Any]) -> None:
    answer = ada.client.open(LIFT, method=method, json=body, headers=SAME_ORIGIN)
    assert refusal(answer) == (400, "malformed")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_neither_a_presenter_nor_another_site_lifts_it(ada: Person, paula: Person, client: FlaskClient, method: str) -> None:
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert refusal(paula.client.open(LIFT, method=method, json=TODAY, headers=SAME_ORIGIN)) == (403, "wrong_role")
    assert refusal(ada.client.open(LIFT, method=method, json=TODAY, headers=foreign)) == (403, "foreign_origin")
    assert refusal(client.open(LIFT, method=method, json=TODAY, headers=SAME_ORIGIN)) == (401, "sign_in")


# -- who took how much ---------------------------------------------------------------------------------------------------------


def receives(device: Device, track_age_s: int, payload: int) -> None:
    """The display says how much came since its track did."""
    headers, packets = payload * 28 // 1_000, payload // 1_000
    reception = Reception(
        track_age_ms=1_000 * track_age_s, received_bytes=payload, header_bytes=headers, packets_received=packets
    )
    device.beat(ViewerReport(stage="receiving", reception=reception))


def test_what_displays_received_is_added_up_by_day(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person
) -> None:
    lobby, hall = wall
    for report in range(3):
        receives(lobby, 60 + 11 * report, 100_000 * report)
        receives(hall, 11 * report, 50_000 * report)
        day.reaches(400_000 * report)
        clock.move(10)
    found = status(ada)
    assert {share.name: share.today_bytes for share in found.displays} == {"lobby": 217_200, "hall": 108_600}
    assert found.rest_today_bytes == 800_000 - 325_800
    rows = list(csv.reader(ada.get("/api/admin/bandwidth/displays.csv?days=2").text.splitlines()))
    assert rows[0] == ["date", "session", "display", "name", "sent_bytes"]
    assert rows[1] == ["2026-11-23", "", "", "all else", "0"]
    assert sorted(row[3:] for row in rows[2:]) == [["all else", "474200"], ["hall", "108600"], ["lobby", "217200"]]
    assert {row[1] for row in rows if row[3] in ("hall", "lobby")} == {"1"}


def test_single_pictures_are_the_displays_that_took_them(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person
) -> None:
    """Beside what comes of the moving picture, and from nothing again once its page was loaded anew."""
    for taken in (0, 80_000, 160_000, 40_000):
        wall[1].beat(ViewerReport(stage="receiving", step="stills", stills=StillsReport(received_bytes=taken)))
        day.reaches(300_000)
        clock.move(10)
    (share,) = status(ada).displays
    assert (share.name, share.today_bytes) == ("hall", 2 * round(OVER_TCP * 100_000))


def test_single_pictures_cost_a_display_no_more_than_a_tenth_of_the_ceiling() -> None:
    """Of the picture that a presenter encodes, at the most that pages make of them and take."""
    assert 8 * OVER_TCP * STILLS_RATE <= MAX_BITRATE_BPS / 10


def show_for_ten_minutes(device: Device, bytes_a_minute: int, day: Day, clock: MovableClock) -> None:
    """A display takes so much, and nobody else anything."""
    for minute in range(11):
        receives(device, 60 * (minute + 1), minute * bytes_a_minute)
        day.looked_at()
        clock.move(59)
        assert day.steward.enter_office()
        day.reaches(minute * bytes_a_minute)
    receives(device, 60 * 12, 11 * bytes_a_minute)
    day.looked_at()


def test_presenter_and_admin_hear_beforehand_that_protected_displays_do_not_fit(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person, paula: Person, parts: Parts
) -> None:
    """At three bytes a minute, of 3000 a day."""
    assert parts.wall.presenter_status(1, paula.browser_session, clock()).budget is None
    show_for_ten_minutes(wall[0], 3, day, clock)
    foretold = "The protected displays alone use up a day's budget in 16.7 hours. They keep the picture"
    notice = parts.wall.presenter_status(1, paula.browser_session, clock()).budget
    assert notice is not None
    assert (notice.code, notice.message[: len(foretold)]) == ("budget_ok", foretold)
    assert status(ada).budget.foretold == notice.message


def test_what_protected_displays_will_take_is_committed(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person
) -> None:
    """In the 15 hours that are left, at a byte a minute."""
    show_for_ten_minutes(wall[0], 1, day, clock)
    found = status(ada)
    assert found.used_bytes == 10
    assert found.budget.committed_bytes is not None
    assert 10 + 850 < found.budget.committed_bytes < 10 + 1_000, "and a little that is kept beside"


def test_a_display_that_is_gone_is_named_still(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    receives(wall[1], 1, 0)
    day.reaches(0)
    clock.move(10)
    receives(wall[1], 12, 1_000)
    day.reaches(5_000)
    assert ada.decide("revoke", wall[1].display_id).status_code == 200
    (share,) = status(ada).displays
    assert (share.name, share.received_bps, share.today_bytes) == ("hall", 0, 1_086)


def test_a_display_called_like_a_formula_is_none_in_a_spreadsheet(
    day: Day, wall: tuple[Device, Device], clock: MovableClock, ada: Person
) -> None:
    assert ada.decide("rename", wall[0].display_id, name="=cmd, or 1+1").status_code == 200
    receives(wall[0], 1, 0)
    day.reaches(0)
    clock.move(10)
    receives(wall[0], 12, 100)
    day.reaches(900)
    assert '"\'=cmd, or 1+1"' in ada.get("/api/admin/bandwidth/displays.csv?days=1").text


def test_the_table_of_displays_is_for_admins(paula: Person, client: FlaskClient, ada: Person) -> None:
    path = "/api/admin/bandwidth/displays.csv"
    assert refusal(paula.get(path)) == (403, "wrong_role")
    assert refusal(client.get(path)) == (401, "sign_in")
    assert refusal(ada.get(f"{path}?days=0")) == (400, "malformed")
