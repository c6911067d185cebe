"""When the budget changes state, what that asks for, where day and month end, and who takes how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.rules.bandwidth_budget import (
    OTHERS_PART,
    STATES,
    STILLS_RATE,
    BudgetState,
    Decision,
    Limits,
    Load,
    Measures,
    budget_state,
    committed_bytes,
    decide,
    foretold,
    hold_of,
    kept_again,
    lifted,
    measures,
)
from controller.rules.bandwidth_forecast import Rates, forecast
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.bandwidth_shares import FASTEST_BYTES_PER_S, Seen, counted, drift_percent, on_card, share_out
from controller.rules.billing import Billing, billed_bytes
from controller.rules.guard_policy import SHARES
from wire.display import SHORTEST_STILL_INTERVAL_MS, Role

GB = 10**9
DAY_S, HOUR_S = 86_400.0, 3_600.0
LIMITS = Limits(150 * GB, 180 * GB, 200 * GB)
MORNING = Decision("2026-11-24")
DISPLAY_RATE = 4_000_000 / 8 * 1.1
"""Bytes a second of one display at the most that is encoded, as a card counts it."""


def load(used_gb: float, *, rest_h: float = 12, protected: int = 0) -> Load:
    """A day so far."""
    return Load(round(used_gb * GB), rest_h * HOUR_S, DAY_S, protected * DISPLAY_RATE)


@pytest.mark.parametrize(
    ("used_gb", "expected"), [(0, "ok"), (149.9, "ok"), (150, "warn"), (180, "critical"), (200, "exhausted"), (999, "exhausted")]
)
def test_the_state_goes_by_bytes_so_far(used_gb: float, expected: str) -> None:
    assert budget_state(load(used_gb, rest_h=0), LIMITS) == expected


def test_a_little_is_kept_beside_for_the_rest_of_the_day() -> None:
    assert committed_bytes(load(100, rest_h=12), LIMITS) == 102 * GB
    with_stills = replace(load(100, rest_h=12), normal_displays=2)
    assert committed_bytes(with_stills, LIMITS) == 102 * GB + 3 * STILLS_RATE * 12 * HOUR_S, "and their presenter's"
    assert committed_bytes(with_stills, Limits(1, 2, GB)) == 100.01 * GB, "where they do not fit into a day nothing is kept"
    assert budget_state(load(198, rest_h=12), LIMITS) == "exhausted"


def test_what_protected_displays_will_take_is_kept_for_them() -> None:
    """Two take 47.5 GB in twelve hours, and 2 GB are kept beside, so 151 GB leave nothing for others."""
    assert budget_state(load(100, protected=2), LIMITS) == "ok"
    assert budget_state(load(140, protected=2), LIMITS) == "critical"
    assert budget_state(load(153, protected=2), LIMITS) == "exhausted"


def test_where_protected_displays_alone_do_not_fit_bytes_so_far_decide_and_it_is_said() -> None:
    assert committed_bytes(load(100, protected=5), LIMITS) == 100 * GB
    assert budget_state(load(100, protected=5), LIMITS) == "ok"
    assert "use up a day's budget in 20.2 hours. They keep" in str(foretold(load(0, protected=5), LIMITS, stops_hard=False))
    assert "Then they lose the picture" in str(foretold(load(0, protected=5), LIMITS, stops_hard=True))
    assert foretold(load(0, protected=2), LIMITS, stops_hard=True) is None


@pytest.mark.parametrize(
    ("used_gb", "before", "expected"),
    [
        (199, "exhausted", "exhausted"),
        (195.9, "exhausted", "critical"),
        (177, "critical", "critical"),
        (175, "critical", "warn"),
        (175, "exhausted", "warn"),
        (0, "exhausted", "ok"),
        (181, "ok", "critical"),
    ],
)
def test_a_state_rises_at_once_and_falls_with_hysteresis(used_gb: float, before: BudgetState, expected: str) -> None:
    assert budget_state(load(used_gb, rest_h=0), LIMITS, before) == expected


@given(st.integers(0, 300), st.floats(0, 24), st.integers(0, 5), st.sampled_from(STATES))
def test_more_bytes_never_make_a_state_milder(used_gb: int, rest_h: float, protected: int, before: BudgetState) -> None:
    now = budget_state(load(used_gb, rest_h=rest_h, protected=protected), LIMITS, before)
    later = budget_state(load(used_gb + 1, rest_h=rest_h, protected=protected), LIMITS, now)
    assert STATES.index(later) >= STATES.index(now)


def simulated_day(*, protected: int, normal: int, stops_hard: bool = False) -> tuple[float, set[BudgetState]]:
    """A day on which every display shows all the time, and half of what is kept beside is used up, too: GB at its end, and the
    states that were met. A minute at a time."""
    normal_rate = {"full": 1.0, "base": SHARES["base"].bits, "stills": STILLS_RATE / DISPLAY_RATE}
    used, met = 0.0, set()
    beside = 0.5 * OTHERS_PART * LIMITS.budget_bytes / DAY_S
    state: BudgetState = "ok"
    for minute in range(1_440):
        now = Load(round(used), DAY_S - 60 * minute, DAY_S, protected * DISPLAY_RATE, normal)
        state = budget_state(now, LIMITS, state)
        asked = measures(state, is_lifted=False, stops_hard=stops_hard)
        met.add(state)
        shown = (protected if asked.protected == "full" else 0) + normal * normal_rate[asked.normal]
        used += 60 * (shown * DISPLAY_RATE + beside)
    return used / GB, met


@pytest.mark.parametrize(("protected", "normal"), [(2, 3), (1, 4), (0, 5), (3, 2), (4, 1)])
def test_the_budget_is_kept_all_day_where_protected_displays_alone_fit(protected: int, normal: int) -> None:
    used_gb, met = simulated_day(protected=protected, normal=normal)
    assert 180 < used_gb <= 200, "protected displays are never lowered, and little is left over"
    assert "critical" in met


def test_five_protected_keep_it_by_the_hard_stop_only() -> None:
    assert simulated_day(protected=5, normal=0)[0] > 200
    a_minute_gb = 60 * 5 * DISPLAY_RATE / GB
    assert simulated_day(protected=5, normal=0, stops_hard=True)[0] <= 200 + a_minute_gb + 2, "and what is not theirs"


def test_each_state_asks_for_more() -> None:
    steps = [measures(state, is_lifted=False, stops_hard=False) for state in STATES]
    assert steps[0] == Measures(None, "full", "full", True)
    assert [step.normal for step in steps] == ["full", "full", "base", "stills"]
    assert [step.lets_more_join for step in steps] == [True, True, False, False]
    assert {step.protected for step in steps} == {"full"}
    assert measures("exhausted", is_lifted=False, stops_hard=True).protected == "stopped"


@pytest.mark.parametrize("state", STATES[1:])
def test_lifted_for_today_it_is_only_said(state: BudgetState) -> None:
    found = measures(state, is_lifted=True, stops_hard=True)
    assert (found.normal, found.protected, found.lets_more_join) == ("full", "full", True)
    assert "lifted" in str(found.notice)


# -- whom it concerns -----------------------------------------------------------------------------------------------------------


def decided(used_gb: float, before: Decision = MORNING, *, date: str = "2026-11-24", present: str = "lobby hall") -> Decision:
    return decide(load(used_gb), LIMITS, before, date=date, present=present.split())


def test_who_is_there_when_it_becomes_critical_stays_and_nobody_else_joins() -> None:
    critical = decided(180)
    later = decided(190, critical, present="lobby hall workshop")
    assert later.members == frozenset({"lobby", "hall"})
    assert hold_of("hall", Role.NORMAL, later, stops_hard=False) is None
    assert hold_of("workshop", Role.NORMAL, later, stops_hard=False) == "no_more_join"
    assert hold_of("workshop", Role.PROTECTED, later, stops_hard=False) is None
    assert decided(170, later).members is None, "once it is no longer critical, all may join"


def test_when_it_is_used_up_protected_displays_go_on_unless_the_operator_wants_an_end() -> None:
    exhausted = decided(200)
    assert hold_of("hall", Role.NORMAL, exhausted, stops_hard=False) == "used_up"
    assert hold_of("lobby", Role.PROTECTED, exhausted, stops_hard=False) is None
    assert hold_of("lobby", Role.PROTECTED, exhausted, stops_hard=True) == "stopped"


def test_midnight_undoes_everything() -> None:
    exhausted = lifted(decided(200), by="ada")
    assert decided(0, exhausted, date="2026-11-25") == Decision("2026-11-25")


def test_lifted_for_today_everybody_shows_until_that_is_taken_back() -> None:
    free = lifted(decided(200), by="ada")
    still = decided(210, free)
    assert (still.members, still.lifted_by, hold_of("hall", Role.NORMAL, still, stops_hard=True)) == (None, "ada", None)
    again = decided(210, kept_again(still), present="hall")
    assert again.members == frozenset({"hall"})
    assert (again.lifted_by, hold_of("hall", Role.NORMAL, again, stops_hard=False)) == (None, "used_up")


def test_a_months_thresholds_are_the_same_parts_of_its_allowance() -> None:
    assert LIMITS.scaled_to(20_000) == Limits(15_000, 18_000, 20_000)


# -- forecast ------------------------------------------------------------------------------------------------------------------


def test_three_days_make_a_forecast_by_habit() -> None:
    found = forecast(10, 100, Rates([1, 2, 6], hourly=4))
    assert (found.low_bytes, found.expected_bytes, found.high_bytes, found.method) == (110, 310, 610, "as the days before")


def test_without_them_the_last_hour_goes_on_or_nothing_does() -> None:
    found = forecast(10, 100, Rates([1, 2], hourly=4))
    assert (found.low_bytes, found.expected_bytes, found.high_bytes, found.method) == (10, 410, 410, "as the last hour")


@given(st.integers(0, 10**12), st.floats(0, 10**6), st.lists(st.floats(0, 10**9), max_size=7), st.floats(0, 10**9))
def test_a_forecast_lies_in_its_range_and_never_below_what_is_used(
    used: int, rest_s: float, daily: list[float], hourly: float
) -> None:
    found = forecast(used, rest_s, Rates(daily, hourly))
    assert used <= found.low_bytes <= found.expected_bytes + 1
    assert found.expected_bytes <= found.high_bytes + 1


# -- billing and shares --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("billing", "expected"), [(Billing.SENT, 900), (Billing.BOTH, 1_000), (Billing.LARGER, 900)])
def test_hosts_bill_differently(billing: Billing, expected: int) -> None:
    assert billed_bytes(Traffic(100, 900), billing, 1.0) == expected
    assert billed_bytes(Traffic(100, 900), billing, 1.02) == round(expected * 1.02)


def test_what_displays_do_not_explain_is_named() -> None:
    shares = share_out(1_000, {"lobby": 424, "hall": 318})
    assert (shares.of_displays, shares.rest) == ({"lobby": 424, "hall": 318}, 258)


@given(st.integers(0, 10**12), st.dictionaries(st.text(max_size=3), st.integers(0, 10**12), max_size=5))
def test_shares_add_up_to_the_card(total: int, claims: dict[str, int]) -> None:
    shares = share_out(total, claims)
    assert sum(shares.of_displays.values()) + shares.rest == total
    assert shares.rest >= 0


def test_drift_is_what_the_card_and_the_displays_disagree_by() -> None:
    assert drift_percent(1_058, on_card(1_000, 1)) == 0
    assert drift_percent(1_000, on_card(1_000, 1)) == pytest.approx(-5.8)
    assert drift_percent(0, 0) is None


def seen(second: int, sent_bytes: int, *, began: int = 0) -> Seen:
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return Seen(start + timedelta(seconds=second), start + timedelta(seconds=began), sent_bytes)


def test_what_came_between_reports_is_counted_once_and_a_new_track_whole() -> None:
    reports = [seen(5, 500), seen(10, 900), seen(20, 300, began=15), seen(25, 400, began=15)]
    assert [count for _, count in counted(None, reports)] == [400, 300, 100], "the first ever marks where counting begins"
    assert [count for _, count in counted(reports[1], reports)] == [300, 100]
    assert list(counted(reports[-1], reports)) == []


def test_no_display_claims_more_than_can_have_come() -> None:
    claimed = counted(seen(5, 900), [seen(6, 10**18, began=1)], FASTEST_BYTES_PER_S)
    assert [count for _, count in claimed] == [FASTEST_BYTES_PER_S]


def test_the_largest_still_is_the_presenter_pages() -> None:
    script = Path("presenter_page/js/still_size.js").read_text()
    assert f"LARGEST_BYTES = {STILLS_RATE * SHORTEST_STILL_INTERVAL_MS / 1_000:_.0f};" in script


def test_what_passed_between_two_reports_is_shared_among_their_minutes() -> None:
    found = list(counted(seen(50, 100), [seen(150, 1_100)]))
    minute = timedelta(minutes=1)
    first = found[0][0]
    assert found == [(first, 100), (first + minute, 600), (first + 2 * minute, 300)]
    whole = list(counted(seen(0, 100), [seen(150, 900, began=100)]))
    assert whole == [(first + minute, 360), (first + 2 * minute, 540)], "a new track begins when it came"


@given(st.integers(0, 100), st.integers(1, 10_000), st.integers(0, 10**12))
def test_the_minutes_add_up(began_s: int, seconds: int, sent: int) -> None:
    found = list(counted(seen(began_s, 0), [seen(began_s + seconds, sent)]))
    assert sum(part for _, part in found) == sent
    assert all(part >= 0 for _, part in found)


def test_a_counter_that_fell_is_another_track() -> None:
    assert [count for _, count in counted(seen(5, 900), [seen(6, 100, began=1)])] == [100]
