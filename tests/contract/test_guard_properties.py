"""What holds of the quality guard whatever displays and presenter report, nonsense and lies included."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from pydantic import TypeAdapter

from controller.rules.display_steps import Place, is_lower
from controller.rules.guard_policy import STEPS, GuardPolicy
from controller.rules.quality_guard import Cap, Decision, DisplaySeen, Situation, changes_between, decide
from controller.rules.reception_spans import SenderSeen, ViewerSeen
from controller.rules.sender_limits import Ceiling
from tests.support.cases import Cases
from tests.support.numbered_wall import CLEAN, GAUGES, NINE, SILENT, Link, NumberedDisplay, NumberedWall
from wire.display import Reception, Role, ViewerReport
from wire.presenter import SenderLimits, SenderReport

POLICY = GuardPolicy()
OTHER = ("alarm", "suspended", "given back")
"""Changes that are neither a step nor a limit."""

NAMES = ("lobby", "hall", "workshop", "canteen", "studio")

moments = st.integers(-90, 5).map(lambda seconds: NINE + timedelta(seconds=seconds))
counters = st.integers(0, 2**53 - 1) | st.integers(0, 3_000)
receptions = st.builds(Reception, **{name: counters for name in Reception.model_fields if name not in GAUGES})
viewers = st.builds(ViewerReport, reception=receptions | st.none(), step=st.sampled_from(STEPS))
reports = st.lists(st.builds(ViewerSeen, at=moments, viewer=viewers), max_size=8).map(tuple)
limits = st.builds(SenderLimits, max_bitrate_bps=st.integers(1, 4_000_000), max_frames_per_second=st.integers(1, 15))
senders = st.builds(
    SenderReport,
    sent_bps=st.integers(0, 10**9),
    frames_per_second=st.floats(0, 240),
    target_bps=st.integers(0, 10**10) | st.none(),
    quality_limitation=st.sampled_from(["", "none", "cpu", "bandwidth", "other"]),
    uplink_lost_percent=st.floats(0, 100) | st.none(),
    applied=limits | st.none(),
)
seen_senders = st.lists(st.builds(SenderSeen, at=moments, sender=senders, is_live=st.booleans()), max_size=8).map(tuple)
displays = st.lists(st.sampled_from(NAMES), unique=True).flatmap(
    lambda names: st.tuples(
        *(
            st.builds(DisplaySeen, display_id=st.just(n), name=st.just(n), role=st.sampled_from(Role), reports=reports)
            for n in names
        )
    )
)
caps = st.none() | st.builds(Cap, step=st.sampled_from(STEPS), reason=st.just("the day's budget is nearly spent"))
situations = st.builds(
    Situation, lease_id=st.sampled_from(["paula", "otto", None]), senders=seen_senders, displays=displays, cap=caps
)
histories = st.lists(moments, max_size=3).map(lambda found: tuple(sorted(found)))
places = st.builds(
    Place,
    step=st.sampled_from(STEPS),
    reason=st.just("before"),
    fell_at=moments,
    rose_at=moments | st.none(),
    failed_rises=st.integers(0, 3),
    changed_at=histories,
) | st.just(Place())
ceilings = st.builds(
    Ceiling,
    limits=limits,
    reason=st.just("before"),
    fell_at=moments,
    rose_at=moments | st.none(),
    failed_rises=st.integers(0, 3),
    changed_at=histories,
) | st.just(Ceiling())
decisions = st.builds(
    Decision,
    lease_id=st.just("paula"),
    ceiling=ceilings,
    places=st.dictionaries(st.sampled_from(NAMES), places),
    cap=caps,
    capped_at=moments | st.none(),
)


def test_any_telemetry_ends_in_a_valid_decision_within_its_bounds(cases: Cases) -> None:
    def is_valid(case: tuple[Situation, Decision]) -> None:
        situation, before = case
        after = decide(situation, before, POLICY, NINE)
        has_protected = any(one.role is Role.PROTECTED for one in situation.displays)
        floor, ceiling = POLICY.floor(has_protected=has_protected), SenderLimits()
        found = after.ceiling.limits
        assert floor.max_bitrate_bps <= found.max_bitrate_bps <= ceiling.max_bitrate_bps
        assert floor.max_frames_per_second <= found.max_frames_per_second <= ceiling.max_frames_per_second
        normal = {one.display_id for one in situation.displays if one.role is Role.NORMAL}
        assert set(after.suspended) <= normal
        assert set(after.places) == (normal if situation.lease_id else set())
        if situation.cap is not None and situation.lease_id:
            assert not any(is_lower(situation.cap.step, after.step_of(display_id)) for display_id in normal)
        for change in changes_between(before, after):
            assert change.what
            assert change.why

    cases.try_all("decisions of any telemetry", st.tuples(situations, decisions), is_valid, wanted=100)


def test_no_protected_report_lowers_anything(cases: Cases) -> None:
    def is_untouched(case: tuple[Situation, Decision, tuple[ViewerSeen, ...]]) -> None:
        situation, before, other = case
        changed = [replace(one, reports=other) if one.role is Role.PROTECTED else one for one in situation.displays]
        one, two = (decide(replace(situation, displays=d), before, POLICY, NINE) for d in (situation.displays, changed))
        assert (one.ceiling, one.places) == (two.ceiling, two.places)

    cases.try_all("protected reports", st.tuples(situations, decisions, reports), is_untouched, wanted=100)


def test_silence_never_raises_a_step(cases: Cases) -> None:
    def is_not_raised(case: tuple[Situation, Decision, int]) -> None:
        situation, before, later_s = case
        now = NINE + timedelta(seconds=5 + POLICY.fresh_s + later_s)
        after = decide(situation, before, POLICY, now)
        if situation.lease_id == before.lease_id:
            for display_id, place in after.places.items():
                assert not is_lower(before.places.get(display_id, Place()).step, place.step)

    cases.try_all("silences", st.tuples(situations, decisions, st.integers(1, 10_000)), is_not_raised, wanted=100)


def test_a_decision_is_the_same_again_and_survives_being_stored(cases: Cases) -> None:
    stored = TypeAdapter(Decision)

    def is_same(case: tuple[Situation, Decision]) -> None:
        situation, before = case
        again = stored.validate_json(stored.dump_json(before))
        assert again == before
        assert decide(situation, again, POLICY, NINE) == decide(situation, before, POLICY, NINE)

    cases.try_all("decisions stored", st.tuples(situations, decisions), is_same, wanted=50)


def test_the_same_input_gives_the_same_answer_in_any_process() -> None:
    program = (
        "from tests.support.numbered_wall import *\n"
        "wall = wall_of(protected=1, normal=4)\n"
        "for name, link in zip(wall.displays, (THIN, LOSSY, THIN, of_rate(1e6), CLEAN)): wall.displays[name].link = link\n"
        "wall.run(120)\n"
        "import json; print(json.dumps([(at, c.display_id, c.what, c.why) for at, c in wall.told]))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }
    (answer,) = answers
    assert json.loads(answer), "nothing was decided, so nothing was compared"


links = st.builds(
    Link,
    loss=st.sampled_from([0.0, 0.02, 0.05, 0.2]),
    rate_bps=st.sampled_from([3e5, 1e6, 2e6, 3e6, 1e9]),
    is_silent=st.booleans(),
    is_cut=st.booleans(),
    plis_a_second=st.sampled_from([0.0, 0.5, 2.0]),
)
walls = st.lists(st.tuples(st.sampled_from(Role), st.lists(links, min_size=3, max_size=3)), min_size=1, max_size=5)


def test_after_healing_everything_is_at_full_again_and_no_minute_had_more_than_two_changes(cases: Cases) -> None:
    def recovers(case: list[tuple[Role, list[Link]]]) -> None:
        wall = NumberedWall({name: NumberedDisplay(role) for name, (role, _) in zip(NAMES, case, strict=False)})
        for phase in range(3):
            for name, (_, sick) in zip(NAMES, case, strict=False):
                wall.displays[name].link = sick[phase]
            wall.run(45)
        for display in wall.displays.values():
            display.link = CLEAN
        wall.run(600)
        assert all(place.step == "full" for place in wall.decision.places.values()), wall.told
        assert wall.decision.ceiling.limits == SenderLimits(), wall.told
        assert wall.decision.alarms == ()
        for whose in (None, *NAMES):
            at = [moment for moment, change in wall.told if change.display_id == whose and not change.what.startswith(OTHER)]
            assert all(sum(start <= moment < start + 60 for moment in at) <= 2 for start in at), wall.told

    cases.try_all("walls healed", walls, recovers, wanted=4)


def test_a_display_that_is_silent_for_ever_holds_nobody_else_back() -> None:
    wall = NumberedWall({name: NumberedDisplay(Role.NORMAL) for name in NAMES})
    wall.displays["lobby"].link = SILENT
    wall.run(300)
    assert wall.told == []
