"""What the quality guard decides, told as stories of walls in numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from controller.rules.display_steps import Place
from controller.rules.guard_policy import GuardPolicy
from controller.rules.quality_guard import Cap, Decision, Situation, decide
from tests.support.numbered_wall import CLEAN, CUT, LOSSY, SILENT, THIN, Link, of_rate, wall_of, with_loss
from wire.display import Role
from wire.presenter import SenderLimits


def most_changes_in_a_minute(moments: list[float]) -> int:
    return max((sum(start <= moment < start + 60 for moment in moments) for start in moments), default=0)


def test_a_clean_wall_is_left_alone() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(120)
    assert wall.told == []
    assert wall.decision.ceiling.limits == SenderLimits()


@pytest.mark.parametrize(("loss", "step"), [(0.06, "base"), (0.10, "base"), (0.20, "stills")])
def test_a_lossy_normal_display_has_what_comes_on_such_a_link_within_five_seconds(loss: float, step: str) -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(60)
    wall.displays["workshop"].link = with_loss(loss)
    wall.run(5)
    assert [wall.step(name) for name in ("workshop", "canteen", "studio")] == [step, "full", "full"]
    assert wall.decision.ceiling.limits == SenderLimits(), "one weak display of three lowers nobody"


def test_a_picture_that_needs_little_goes_on_moving_on_a_lossy_link() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.wanted_bps = 200_000
    wall.run(60)
    wall.displays["workshop"].link = with_loss(0.2)
    wall.run(5)
    assert wall.step("workshop") == "base"
    wall.displays["workshop"].link = CLEAN
    wall.run(60)
    assert wall.step("workshop") == "full"


@pytest.mark.parametrize("wanted_bps", [200_000, 4e6])
@pytest.mark.parametrize("cut_s", [2, 5, 9])
def test_a_link_that_is_cut_again_and_again_loses_nothing_of_what_it_carries(cut_s: int, wanted_bps: float) -> None:
    wall = wall_of(protected=2, normal=3)
    wall.wanted_bps = wanted_bps
    wall.run(60)
    for _ in range(10):
        wall.displays["workshop"].link = CUT
        wall.run(cut_s)
        wall.displays["workshop"].link = CLEAN
        wall.run(20)
    assert wall.told == []


@pytest.mark.parametrize("reports_every_s", [1, 2, 3, 5])
@pytest.mark.parametrize("away_s", [1, 2, 3, 4, 6])
def test_a_presenters_link_that_is_away_puts_nobody_on_stills_and_lowers_nothing(away_s: int, reports_every_s: int) -> None:
    wall = wall_of(protected=1, normal=3)
    for display in wall.displays.values():
        display.reports_every_s = reports_every_s
    wall.run(60)
    for _ in range(10):
        wall.is_uplink_cut = True
        wall.run(away_s)
        wall.is_uplink_cut = False
        wall.run(17)
    assert [change for _, change in wall.told if not change.what.startswith("alarm")] == []


def test_what_a_presenters_link_loses_is_no_displays_fault() -> None:
    wall = wall_of(normal=3)
    wall.run(60)
    wall.uplink_lost_percent = 50
    for display in wall.displays.values():
        display.link = with_loss(0.3)
    wall.run(10)
    assert wall.told == []


def test_limits_that_would_take_nothing_of_a_picture_stay() -> None:
    wall = wall_of(normal=3)
    wall.wanted_bps = 300_000
    for display in wall.displays.values():
        display.link = LOSSY
    wall.run(60)
    assert wall.decision.ceiling.limits == SenderLimits()
    assert [wall.step(name) for name in wall.displays] == ["base"] * 3


def test_a_link_that_was_cut_and_then_loses_is_judged_by_what_it_loses() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(60)
    wall.displays["workshop"].link = CUT
    wall.run(5)
    wall.displays["workshop"].link = with_loss(0.2)
    wall.run(5)
    assert wall.step("workshop") == "stills"


def test_two_percent_of_loss_are_no_trouble() -> None:
    wall = wall_of(protected=2, normal=1)
    wall.displays["workshop"].link = with_loss(0.02)
    wall.run(120)
    assert wall.told == []


def test_the_reason_says_what_was_measured_and_what_the_presenter_sent() -> None:
    wall = wall_of(normal=3)
    wall.displays["hall"].link = with_loss(0.09)
    wall.run(10)
    assert [(change.display_id, change.what, change.why) for _, change in wall.told] == [
        ("hall", "base layer", "lost 9 % for 3 s while the presenter sent 4.0 Mbit/s")
    ]


@pytest.mark.parametrize(("rate_bps", "step"), [(3e6, "base"), (2e6, "stills"), (1e6, "stills"), (3e5, "stills")])
def test_a_link_that_became_thin_gets_stills_at_once_and_later_what_it_carries(rate_bps: float, step: str) -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["studio"].link = of_rate(rate_bps)
    wall.run(5)
    assert wall.step("studio") == "stills", "a decoder that has nothing has nothing of a base layer either"
    wall.run(65)
    assert wall.step("studio") == step


def test_a_link_that_became_thin_between_two_reports_is_judged_by_the_last_second() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["workshop"].reports_every_s = 5
    wall.run(23)
    wall.displays["workshop"].link = replace(THIN, loss=0.1)
    wall.run(5)
    assert [what for _, what in wall.changes("workshop")] == ["stills"], "in the mean of five seconds more came than a base layer"


@pytest.mark.parametrize("ill_s", [10, 30, 90])
def test_a_healed_lossy_display_is_back_at_full_within_thirty_seconds(ill_s: int) -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["workshop"].link = LOSSY
    wall.run(ill_s)
    assert wall.step("workshop") == "base"
    wall.displays["workshop"].link = CLEAN
    wall.run(30)
    assert wall.step("workshop") == "full"
    assert wall.decision.places["workshop"].reason.endswith(", and lost packets before")


def test_a_base_layer_that_always_came_clearly_shows_no_healing() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["workshop"].link = of_rate(3e6)
    wall.run(95)
    assert [what for _, what in wall.changes("workshop")] == ["stills", "base layer"]


def test_a_healed_thin_link_is_back_at_full_within_thirty_seconds_by_the_pace_of_its_stills() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["workshop"].link = THIN
    wall.run(90)
    assert wall.step("workshop") == "stills"
    wall.displays["workshop"].link = CLEAN
    wall.run(30)
    assert [what for _, what in wall.changes("workshop")][-1] == "full picture"
    assert wall.decision.places["workshop"].reason == "its stills come at 20.0 Mbit/s"


def test_a_healed_thin_link_whose_stills_tell_nothing_comes_back_by_trial() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["workshop"].link = THIN
    wall.displays["workshop"].tells_pace = False
    wall.run(20)
    wall.displays["workshop"].link = CLEAN
    wall.run(120)
    assert [what for _, what in wall.changes("workshop")] == ["stills", "base layer", "full picture"]


def test_a_healed_link_whose_picture_needs_little_comes_back_by_whole_beats() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.wanted_bps = 400_000
    wall.run(20)
    wall.displays["workshop"].tells_pace = False
    wall.displays["workshop"].link = Link(loss=0.2, rate_bps=5e4)
    wall.run(30)
    assert wall.step("workshop") == "stills"
    wall.displays["workshop"].link = CLEAN
    wall.run(10)
    assert wall.step("workshop") == "full"
    assert wall.decision.places["workshop"].reason == "lost no beat for a while, and the picture needs little"


def test_a_thin_link_is_tried_ever_more_rarely() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["workshop"].link = of_rate(1e6)
    wall.run(500)
    tried = [at for at, what in wall.changes("workshop") if what == "base layer"]
    gaps = [later - sooner for sooner, later in itertools.pairwise(tried)]
    assert len(tried) >= 3
    assert gaps == sorted(gaps), gaps
    assert gaps[-1] >= 200


@pytest.mark.parametrize("period_s", [5, 15, 45])
@pytest.mark.parametrize("bad", [LOSSY, THIN], ids=["loss", "2 Mbit/s"])
def test_a_flapping_link_changes_twice_a_minute_at_most(period_s: int, bad: Link) -> None:
    wall = wall_of(protected=2, normal=3)
    flapping = wall.displays["workshop"]

    def flap() -> None:
        flapping.link = bad if int(wall.elapsed_s) // period_s % 2 else CLEAN

    wall.run(240, flap)
    assert most_changes_in_a_minute([at for at, _ in wall.changes("workshop")]) <= 2
    assert wall.changes("workshop"), "or the link did not flap"
    assert not wall.changes("canteen")


def test_a_still_screen_is_no_fault() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.wanted_bps, wall.wanted_fps = 40_000, 0.4
    wall.run(120)
    assert wall.told == []


def test_a_paused_presenter_is_no_fault() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.is_live = False
    wall.run(120)
    assert wall.told == []


def test_silence_neither_raises_nor_lowers_a_step() -> None:
    wall = wall_of(normal=3)
    wall.displays["hall"].link = LOSSY
    wall.run(10)
    wall.displays["hall"].link = SILENT
    wall.run(300)
    assert wall.step("hall") == "base"
    wall.displays["lobby"].link = SILENT
    wall.run(60)
    assert wall.step("lobby") == "full"


@pytest.mark.parametrize("link", [LOSSY, THIN, of_rate(3e5), SILENT, Link(plis_a_second=2)], ids=repr)
def test_protected_displays_never_cause_a_reduction(link: Link) -> None:
    wall = wall_of(protected=2, normal=3)
    for name in ("lobby", "hall"):
        wall.displays[name].link = link
    wall.run(300)
    assert wall.decision.ceiling.limits == SenderLimits()
    assert set(wall.decision.places) == {"workshop", "canteen", "studio"}
    assert all(place.step == "full" for place in wall.decision.places.values())


def test_when_most_normal_displays_are_weak_the_limits_fall_no_lower_than_the_floor() -> None:
    wall = wall_of(protected=2, normal=3)
    for name in ("workshop", "canteen", "studio"):
        wall.displays[name].link = of_rate(1e6)
    seen: list[SenderLimits] = []
    wall.run(300, lambda: seen.append(wall.decision.ceiling.limits))
    assert min(limits.max_bitrate_bps for limits in seen) == 4_000_000
    assert min(limits.max_frames_per_second for limits in seen) == 11


def test_without_protected_displays_the_limits_fall_until_the_picture_fits_and_rise_again() -> None:
    wall = wall_of(normal=3)
    for display in wall.displays.values():
        display.link = of_rate(2e6)
    at_full: list[bool] = []
    wall.run(600, lambda: at_full.append(all(wall.step(name) == "full" for name in wall.displays)))
    assert sum(at_full) > 300, wall.told
    for display in wall.displays.values():
        display.link = CLEAN
    wall.run(900)
    assert wall.decision.ceiling.limits == SenderLimits()
    assert [wall.step(name) for name in wall.displays] == ["full"] * 3
    assert most_changes_in_a_minute([at for at, _ in wall.changes(None)]) <= 2


def test_a_display_alone_takes_its_own_step_first() -> None:
    wall = wall_of(normal=1)
    wall.displays["lobby"].link = LOSSY
    wall.run(120)
    assert wall.step("lobby") == "base"
    assert wall.decision.ceiling.limits == SenderLimits(), "the base layer comes all the same"


def test_the_limits_fall_for_a_display_alone_whose_link_carries_no_base_layer() -> None:
    wall = wall_of(normal=1)
    wall.displays["lobby"].link = THIN
    wall.run(10)
    assert [(change.display_id, change.what) for _, change in wall.told] == [
        ("lobby", "stills"),
        (None, "at most 1.80 Mbit/s and 13 frames a second"),
    ]
    assert wall.decision.ceiling.reason == "the only display's link carries no more"


@pytest.mark.parametrize(("protected", "normal"), [(2, 1), (0, 2)])
@pytest.mark.parametrize("link", [LOSSY, THIN], ids=["loss", "2 Mbit/s"])
def test_one_weak_display_lowers_no_other(protected: int, normal: int, link: Link) -> None:
    wall = wall_of(protected=protected, normal=normal)
    weak = list(wall.displays)[-1]
    wall.displays[weak].link = link
    wall.run(300)
    assert wall.step(weak) != "full"
    assert wall.decision.ceiling.limits == SenderLimits()
    assert {name for name in wall.displays if wall.changes(name)} == {weak}


def test_a_newly_protected_display_lifts_the_limits_and_its_own_steps_at_once() -> None:
    wall = wall_of(normal=3)
    for display in wall.displays.values():
        display.link = of_rate(1e6)
    wall.run(120)
    assert wall.decision.ceiling.limits.max_bitrate_bps < 4_000_000
    wall.displays["lobby"].role = Role.PROTECTED
    wall.run(1)
    assert wall.decision.ceiling.limits.max_bitrate_bps == 4_000_000
    assert wall.decision.ceiling.limits.max_frames_per_second >= 11
    assert "lobby" not in wall.decision.places


def test_frames_that_come_late_for_some_seconds_lower_nobody() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["studio"].link = Link(frozen=0.4)
    wall.run(5)
    wall.displays["studio"].link = CLEAN
    wall.run(20)
    assert wall.told == []


@pytest.mark.parametrize(("key_frames_a_second", "step"), [(0, "base"), (2, "full")])
def test_a_picture_that_stands_is_no_link_s_fault_while_others_ask_for_key_frames(key_frames_a_second: int, step: str) -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.key_frames_a_second = key_frames_a_second
    wall.displays["studio"].link = Link(frozen=0.3)
    wall.displays["lobby"].link = Link(frozen=0.3)
    wall.run(15)
    assert wall.step("studio") == step
    assert [what.split(":")[0] for _, what in wall.changes("lobby")] == (["alarm"] if step == "base" else [])


def test_a_display_that_storms_for_key_frames_is_thinned_and_then_paused() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.displays["studio"].link = Link(plis_a_second=1)
    wall.run(12)
    assert wall.step("studio") == "base"
    wall.run(50)
    assert [what for _, what in wall.changes("studio")] == ["base layer", "off"]
    wall.displays["studio"].link = CLEAN
    wall.run(120)
    assert wall.step("studio") == "full"


def test_a_display_that_decodes_nothing_of_all_that_comes_gets_stills_at_once() -> None:
    wall = wall_of(protected=2, normal=3)
    wall.run(20)
    wall.displays["studio"].link = Link(plis_a_second=2, decodes=False)
    wall.run(5)
    assert [what for _, what in wall.changes("studio")] == ["stills"], "a base layer would be asked for by key frames, too"


def test_a_display_that_stepped_down_by_itself_is_believed() -> None:
    wall = wall_of(protected=2, normal=1)
    wall.run(20)
    wall.displays["workshop"].report(wall.now, "base")
    wall.run(1)
    assert wall.changes("workshop") == [(21, "base layer")]


def test_another_presenter_begins_anew() -> None:
    wall = wall_of(normal=1)
    wall.displays["lobby"].link = THIN
    wall.run(10)
    begun = decide(Situation("otto", (), wall.situation().displays), wall.decision, GuardPolicy(), wall.now)
    assert (begun.lease_id, begun.ceiling.limits) == ("otto", SenderLimits())
    assert begun.places["lobby"] == Place(begun_at=wall.now)


def test_when_nobody_presents_nothing_holds() -> None:
    wall = wall_of(normal=1)
    wall.displays["lobby"].link = THIN
    wall.run(10)
    assert decide(Situation(None, (), ()), wall.decision, GuardPolicy(), wall.now) == Decision()


NEARLY_SPENT = Cap("base", "the day's budget is nearly spent")


def test_a_cap_thins_normal_displays_at_once_and_no_protected_one() -> None:
    wall = wall_of(protected=2, normal=2)
    wall.run(20)
    wall.cap = NEARLY_SPENT
    wall.run(1)
    assert [wall.step(name) for name in wall.displays] == ["full", "full", "base", "base"]
    assert [(change.what, change.why) for _, change in wall.told] == [("base layer", NEARLY_SPENT.reason)] * 2
    wall.run(60)
    assert len(wall.told) == 2, "thinned displays are no trouble"


def test_a_cap_that_ends_gives_the_picture_back_at_once_and_says_why() -> None:
    wall = wall_of(normal=3)
    wall.cap = NEARLY_SPENT
    wall.run(60)
    wall.cap = None
    wall.run(60)
    assert {wall.step(name) for name in wall.displays} == {"full"}
    assert {change.why for _, change in wall.told[3:]} == {"no more: the day's budget is nearly spent"}


def test_a_capped_display_whose_link_does_not_carry_that_much_falls_further() -> None:
    wall = wall_of(protected=1, normal=2)
    wall.cap = NEARLY_SPENT
    wall.run(20)
    wall.displays["hall"].link = of_rate(1e6)
    wall.run(5)
    assert [wall.step(name) for name in ("hall", "workshop")] == ["stills", "base"]
    wall.cap = Cap("stills", "the day's budget is spent")
    wall.run(1)
    assert [wall.step(name) for name in ("hall", "workshop")] == ["stills", "stills"]
