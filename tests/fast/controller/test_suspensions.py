"""Who may not subscribe for now: told as stories of walls in numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.rules.suspensions import Reason, Suspension, is_kept_out, suspension
from tests.support.numbered_wall import CLEAN, LOSSY, NINE, POLICY, SILENT, wall_of

WAS_SILENT = Suspension(Reason.SILENCE, "was not heard for 12 s while it showed the picture")
DISOBEYED = Suspension(Reason.DISOBEDIENCE, "takes more than the step it was told, base")


def test_a_display_that_falls_silent_while_it_shows_is_suspended_and_given_back_when_it_speaks() -> None:
    wall = wall_of(protected=1, normal=2)
    wall.run(20)
    wall.displays["hall"].link = SILENT
    wall.run(14)
    assert wall.decision.suspended == {"hall": WAS_SILENT}
    wall.displays["hall"].link = CLEAN
    wall.run(3)
    assert not wall.decision.suspended
    assert [what for _, what in wall.changes("hall")] == ["suspended", "given back"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [(WAS_SILENT, [False, False, True]), (DISOBEYED, [True, True, True]), (None, [False, False, False])],
)
def test_who_just_joined_the_room_is_not_kept_out_for_the_silence_before(found: Suspension | None, expected: list[bool]) -> None:
    assert [is_kept_out(found, NINE - timedelta(seconds=ago_s), POLICY, NINE) for ago_s in (0, 5, 20)] == expected
    assert is_kept_out(found, None, POLICY, NINE) is (found is not None)


def test_a_protected_display_is_never_suspended() -> None:
    wall = wall_of(protected=1, normal=1)
    wall.run(20)
    wall.displays["lobby"].link = SILENT
    wall.run(60)
    assert not wall.decision.suspended


def test_nobody_is_suspended_for_the_silence_of_the_controller() -> None:
    wall = wall_of(protected=1, normal=2)
    wall.run(20)
    wall.now += timedelta(seconds=30)
    wall.run(1)
    assert not wall.decision.suspended


def test_a_page_that_was_loaded_anew_may_say_once_that_it_takes_everything() -> None:
    wall = wall_of(protected=1, normal=3)
    wall.displays["hall"].link = LOSSY
    wall.run(20)
    assert wall.step("hall") == "base"
    hall, told = wall.displays["hall"], wall.decision.told("hall")
    hall.report(wall.now, "full")
    assert suspension(hall.reports, wall.senders, told, POLICY, wall.now) is None
    hall.report(wall.now, "full")
    assert suspension(hall.reports, wall.senders, told, POLICY, wall.now) == DISOBEYED


def test_a_page_that_takes_more_than_it_was_told_is_suspended_and_tried_again_later() -> None:
    """As one of a version that knows no steps."""
    wall = wall_of(protected=1, normal=3)
    wall.displays["hall"].obeys = False
    wall.displays["hall"].link = LOSSY
    wall.run(20)
    assert {name: found.reason for name, found in wall.decision.suspended.items()} == {"hall": Reason.DISOBEDIENCE}
    wall.displays["hall"].link = CLEAN
    wall.run(150)
    assert wall.step("hall") == "full"
    assert not wall.decision.suspended
