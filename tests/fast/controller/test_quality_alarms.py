"""What somebody should look at, and where it likely begins: told as stories of walls in numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.rules.guard_policy import GuardPolicy
from controller.rules.quality_alarms import Cause
from controller.rules.quality_guard import Situation, decide
from controller.rules.reception_spans import SenderSeen, ViewerSeen
from tests.support.numbered_wall import CLEAN, CUT, LOSSY, SILENT, THIN, Link, NumberedWall, wall_of, with_loss
from wire.display import StillsReport, ViewerReport
from wire.presenter import SenderLimits, SenderReport


def causes(wall: NumberedWall) -> list[tuple[str | None, Cause]]:
    return [(alarm.display_id, alarm.cause) for alarm in wall.decision.alarms]


def test_a_protected_display_that_got_nothing_at_all_raises_an_alarm_that_ends_with_it() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["hall"].link = replace(CUT, is_silent=False)
    wall.run(4)
    assert causes(wall) == [("hall", Cause.DISPLAY_LINK)]
    assert wall.told[0][1].what == "alarm: got nothing at all for 2 s"
    wall.displays["hall"].link = CLEAN
    wall.run(5)
    assert causes(wall) == []


def test_a_protected_display_in_trouble_raises_an_alarm_that_names_its_link() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["hall"].link = THIN
    wall.run(5)
    assert causes(wall) == [("hall", Cause.DISPLAY_LINK)]
    told = wall.told[0][1]
    assert (told.what, told.why) == ("alarm: decoded no frame for 1 s", "likely the display's own link")
    wall.displays["hall"].link = CLEAN
    wall.run(10)
    assert causes(wall) == []


def test_the_alarm_stays_while_a_protected_display_shows_stills_and_joins_again_and_again() -> None:
    wall = wall_of(protected=2)
    wall.run(20)
    outside = ViewerSeen(wall.now, ViewerReport(stage="joining", stills=StillsReport(age_ms=2_000)))
    lobby, hall = wall.situation().displays
    situation = replace(wall.situation(), displays=(lobby, replace(hall, reports=(outside,))))
    found = decide(situation, wall.decision, GuardPolicy(), wall.now)
    assert [(alarm.display_id, alarm.cause) for alarm in found.alarms] == [("hall", Cause.DISPLAY_LINK)]
    assert found.alarms[0].words == "gets no moving picture, and asks for single ones"
    assert found.ceiling.limits == SenderLimits(), "it lowers nobody"


@pytest.mark.parametrize(
    ("link", "cause"),
    [(Link(decodes=False), Cause.DISPLAY_MACHINE), (Link(loss=0.08, decodes=False), Cause.DISPLAY_LINK)],
    ids=["all came", "much was lost"],
)
def test_where_nothing_is_decoded_the_machine_is_named_if_all_came(link: Link, cause: Cause) -> None:
    wall = wall_of(protected=2)
    wall.run(20)
    wall.displays["hall"].link = link
    wall.run(4)
    assert causes(wall) == [("hall", cause)]


def test_while_one_display_gets_its_picture_the_media_server_is_not_named() -> None:
    wall = wall_of(protected=2, normal=1)
    wall.run(20)
    for name, loss in (("lobby", 0.03), ("hall", 0.1), ("workshop", 0.1)):
        wall.displays[name].link = with_loss(loss)
    wall.run(4)
    assert causes(wall) == [("hall", Cause.DISPLAY_LINK)]


def test_when_every_display_is_in_trouble_the_media_server_is_named() -> None:
    wall = wall_of(protected=2, normal=1)
    wall.run(20)
    for display in wall.displays.values():
        display.link = LOSSY
    wall.run(4)
    assert causes(wall) == [("lobby", Cause.MEDIA_SERVER), ("hall", Cause.MEDIA_SERVER)]


def test_a_protected_display_that_is_silent_raises_an_alarm() -> None:
    wall = wall_of(protected=1)
    wall.run(20)
    wall.displays["lobby"].link = SILENT
    wall.run(15)
    assert causes(wall) == [("lobby", Cause.DISPLAY_LINK)]


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ({"quality_limitation": "bandwidth", "target_bps": 1_500_000}, Cause.PRESENTER_UPLINK),
        ({"quality_limitation": "cpu", "target_bps": 2_000_000}, Cause.PRESENTER_COMPUTER),
        ({"uplink_lost_percent": 12.0, "target_bps": 4_000_000}, Cause.PRESENTER_UPLINK),
        ({"quality_limitation": "none", "target_bps": 200_000}, None),
    ],
)
def test_a_presenter_under_the_floor_raises_an_alarm(said: dict[str, object], cause: Cause | None) -> None:
    wall = wall_of(protected=1)
    wall.run(5)
    senders = (SenderSeen(wall.now, SenderReport.model_validate(said), is_live=True),)
    situation = Situation("paula", senders, wall.situation().displays)
    found = decide(situation, wall.decision, GuardPolicy(), wall.now).alarms
    assert [alarm.cause for alarm in found] == ([cause] if cause else [])


@pytest.mark.parametrize(("late_s", "expected"), [(2, []), (5, [("hall", Cause.DISPLAY_LINK)])])
def test_frames_that_come_late_raise_an_alarm_within_five_seconds_if_they_go_on(
    late_s: int, expected: list[tuple[str, Cause]]
) -> None:
    wall = wall_of(protected=2)
    wall.run(20)
    wall.displays["hall"].link = Link(frozen=0.4)
    wall.run(late_s)
    assert causes(wall) == expected
