"""How counters become bytes of minutes and of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.rules import local_days
from controller.rules.bandwidth_ledger import Sample, Traffic, traffic_between
from controller.rules.ledger_minutes import book, is_superfluous, next_sample_at, spread
from controller.rules.ledger_time import BELIEVED_AFTER_S, EARLIEST, in_ledger_time
from tests.support.controller_app import MORNING
from tests.support.samples import reading, sample

LATER = MORNING + timedelta(seconds=10)
GIGABIT = 10**9


def counted(previous: Sample, current: Sample) -> tuple[int, int]:
    """Received and sent."""
    traffic = traffic_between(previous, current).traffic
    return traffic.received_bytes, traffic.sent_bytes


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (sample(600, 1_900, LATER), (100, 1_000)),
        (sample(600, 1_900, MORNING + timedelta(days=30)), (100, 1_000)),
        (sample(20, 30, LATER), (20, 30)),
        (sample(20, 1_000, LATER), (20, 1_000)),
        (sample(700, 1_000, LATER, boot="boot-2"), (700, 1_000)),
        (sample(700, 1_000, LATER, boot="boot-2", interface="ens3", index=5), (700, 1_000)),
        (sample(700, 1_000, LATER, interface="wan"), (200, 100)),
        (sample(700, 1_000, LATER, index=9), (700, 1_000)),
        (sample(700, 1_000, LATER, interface="eth0.5", index=9), (0, 0)),
        (sample(700, 1_000, LATER, interface="eth1", address="52:54:00:00:00:02", index=3), (0, 0)),
    ],
    ids=[
        "grew",
        "whatever the gap",
        "reset",
        "both are reset where one fell",
        "booted",
        "booted under another name",
        "renamed",
        "made anew",
        "a network within it is another",
        "another card",
    ],
)
def test_bytes_between_two_samples(current: Sample, expected: tuple[int, int]) -> None:
    assert counted(sample(500, 900), current) == expected


def test_cards_without_an_address_are_known_by_their_name() -> None:
    before = sample(500, 900, address="", interface="lo")
    assert counted(before, sample(600, 1_000, LATER, address="", interface="lo")) == (100, 100)
    assert counted(before, sample(600, 1_000, LATER, address="", interface="tun0", index=7)) == (0, 0)


def test_several_cards_add_up_and_one_that_leaves_counts_until_then() -> None:
    other = {"interface": "eth1", "address": "52:54:00:00:00:02", "index": 3}
    both = Sample("boot-1", 1_000.0, MORNING, (reading(500, 900), reading(50, 90, **other)))
    assert counted(both, Sample("boot-1", 1_010.0, LATER, (reading(600, 900), reading(51, 92, **other)))) == (101, 2)
    assert counted(both, Sample("boot-1", 1_010.0, LATER, (reading(600, 900),), leaving=(reading(51, 92, **other),))) == (101, 2)


def test_a_narrow_counter_wraps_where_the_link_can_have_carried_it() -> None:
    narrow: dict[str, Any] = {"may_wrap": True, "bits_per_s": GIGABIT}
    before = sample(2**32 - 1_000, 900, **narrow)
    assert counted(before, sample(500, 1_000, LATER, **narrow)) == (1_500, 100)
    assert counted(before, sample(2**31, 1_000, LATER, **narrow)) == (1_575_000_000, 1_000), "half of it is a reset"


@pytest.mark.parametrize("card", [{"may_wrap": True}, {"bits_per_s": GIGABIT}, {"may_wrap": True, "bits_per_s": 1_000}])
def test_any_other_counter_that_fell_was_reset(card: dict[str, Any]) -> None:
    before = sample(2**32 - 100_000_000, 900, **card)
    assert counted(before, sample(500, 1_000, LATER, **card)) == (500, 1_000)


def test_more_than_the_link_carries_is_counted_up_to_that_and_said() -> None:
    found = traffic_between(sample(0, 0, bits_per_s=8_000), sample(10**9, 500, LATER, bits_per_s=8_000))
    assert found.traffic == Traffic(12_600, 500), "a kilobyte a second, in 12 s, and a twentieth"
    assert "more than the link carries" in found.remarks[0]


def test_what_is_unusual_is_said() -> None:
    assert traffic_between(sample(5, 5), sample(6, 6, LATER)).remarks == ()
    for current, word in (
        (sample(1, 1, LATER), "reset"),
        (sample(1, 1, LATER, boot="boot-2"), "booted"),
        (sample(9, 9, LATER, index=7), "made anew"),
        (sample(9, 9, LATER, interface="wan"), "another name"),
        (sample(9, 9, LATER, interface="eth1", address="52:54:00:00:00:02"), "from now on"),
    ):
        assert word in traffic_between(sample(5, 5), current).remarks[0]


# -- when ----------------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(
    received=st.integers(0, 10**13),
    sent=st.integers(0, 10**13),
    begun_s=st.floats(0, 200_000),
    seconds=st.floats(0, 4 * 86_400),
)
def test_the_minutes_of_a_gap_add_up_and_lie_in_it(received: int, sent: int, begun_s: float, seconds: float) -> None:
    begun = MORNING + timedelta(seconds=begun_s)
    ended = begun + timedelta(seconds=seconds)
    parts = list(spread(Traffic(received, sent), begun, ended))
    assert sum((traffic for _, traffic in parts), Traffic()) == Traffic(received, sent)
    assert all(traffic.received_bytes >= 0 and traffic.sent_bytes >= 0 for _, traffic in parts)
    assert all(begun - timedelta(hours=1) < minute <= ended and minute.second == 0 for minute, _ in parts)


def test_a_gap_over_midnight_is_shared_by_time() -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    parts = dict(spread(Traffic(0, 400), midnight - timedelta(seconds=30), midnight + timedelta(seconds=10)))
    assert parts == {midnight - timedelta(minutes=1): Traffic(0, 300), midnight: Traffic(0, 100)}


def test_what_ends_at_midnight_belongs_to_the_day_before() -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    assert list(spread(Traffic(0, 7), midnight - timedelta(seconds=10), midnight)) == [
        (midnight - timedelta(minutes=1), Traffic(0, 7))
    ]


@pytest.mark.parametrize(
    ("second", "interval_s", "expected"), [(0, 10, 10), (9.9, 10, 10), (10, 10, 20), (59, 10, 60), (50, 45, 60), (7, 3600, 60)]
)
def test_a_sample_is_taken_at_each_interval_and_each_full_minute(second: float, interval_s: float, expected: int) -> None:
    assert next_sample_at(MORNING + timedelta(seconds=second), interval_s) == MORNING + timedelta(seconds=expected)


def test_a_late_sample_counts_nothing() -> None:
    last = book(None, [sample(0, 0), sample(100, 100, LATER)]).last
    assert book(last, [sample(50, 50, MORNING + timedelta(seconds=5)), sample(100, 100, LATER)]).traffic == Traffic()


def test_a_sample_is_superfluous_where_nothing_would_change() -> None:
    middle, after = MORNING + timedelta(seconds=5), LATER
    assert is_superfluous(sample(0, 0), sample(5, 5, middle), sample(9, 9, after))
    assert not is_superfluous(sample(50, 0), sample(55, 5, middle), sample(9, 9, after)), "reset after it"
    assert not is_superfluous(sample(0, 0), sample(5, 5, middle), sample(9, 9, MORNING + timedelta(seconds=60))), "a full minute"


def moment(seconds: float, *, clock_s: float | None = None, boot: str = "boot-1") -> Sample:
    """A sample so long after nine o'clock, where the wall clock says something else."""
    at = MORNING + timedelta(seconds=seconds if clock_s is None else clock_s)
    return sample(0, 0, at, boot=boot, uptime_s=(1_000.0 if boot == "boot-1" else 0.0) + seconds)


@pytest.mark.parametrize("clock_s", [10, 10.5, 9, 8.5, 11.9])
def test_a_clock_that_is_set_right_a_little_is_followed(clock_s: float) -> None:
    assert in_ledger_time(moment(0), moment(10, clock_s=clock_s)).at == MORNING + timedelta(seconds=clock_s)


@pytest.mark.parametrize("clock_s", [3_610, -3_590, 10**8, -(10**9)])
def test_a_clock_that_jumps_moves_nothing_until_it_has_stood(clock_s: float) -> None:
    jumped = in_ledger_time(moment(0), moment(10, clock_s=clock_s))
    assert jumped.at == MORNING + timedelta(seconds=10)
    back = in_ledger_time(jumped, moment(20))
    assert (back.at, back.doubted_s) == (MORNING + timedelta(seconds=20), 0)


def test_a_clock_that_jumped_is_believed_after_five_minutes() -> None:
    known = moment(0)
    for seconds in range(10, int(BELIEVED_AFTER_S) + 10, 10):
        known = in_ledger_time(known, moment(seconds, clock_s=seconds - 3_600))
    assert known.at == MORNING + timedelta(seconds=BELIEVED_AFTER_S - 3_600)
    assert known.doubted_s == 0


def test_a_clock_that_jumps_again_is_doubted_anew() -> None:
    known = moment(0)
    for seconds in range(10, int(BELIEVED_AFTER_S), 10):
        known = in_ledger_time(known, moment(seconds, clock_s=seconds - 3_600))
    known = in_ledger_time(known, moment(BELIEVED_AFTER_S, clock_s=BELIEVED_AFTER_S + 70_000))
    assert (known.at, known.doubted_s) == (MORNING + timedelta(seconds=BELIEVED_AFTER_S), 10)


def test_a_clock_before_this_program_is_never_believed() -> None:
    known = moment(0)
    for seconds in range(10, 1_000, 10):
        known = in_ledger_time(known, moment(seconds, clock_s=seconds - 10**9))
    assert known.at == MORNING + timedelta(seconds=990)
    assert in_ledger_time(None, moment(0, clock_s=-(10**9))).at == EARLIEST


def test_after_a_boot_any_later_moment_is_possible_and_no_earlier_one() -> None:
    assert in_ledger_time(moment(0), moment(20, clock_s=86_400, boot="boot-2")).at == MORNING + timedelta(days=1)
    assert in_ledger_time(moment(0), moment(20, clock_s=-86_400, boot="boot-2")).at == MORNING + timedelta(seconds=20)


# -- days of a zone --------------------------------------------------------------------------------------------------------------

ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe"]


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2009, 1, 1), datetime(2027, 12, 31)))
def test_each_moment_lies_in_the_day_of_its_own_date(name: str, moment: datetime) -> None:
    zone, now = ZoneInfo(name), moment.replace(tzinfo=UTC)
    span = local_days.day(local_days.day_of(now, zone), zone)
    assert span.begins <= now < span.ends


@pytest.mark.parametrize(
    ("zone", "of", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 7, 1), 24),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 31), 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(zone: str, of: date, hours: int) -> None:
    assert local_days.day(of, ZoneInfo(zone)).seconds == hours * 3_600


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        (date(2026, 11, 24), date(2026, 11, 15), date(2026, 12, 14)),
        (date(2026, 11, 15), date(2026, 11, 15), date(2026, 12, 14)),
        (date(2026, 1, 3), date(2025, 12, 15), date(2026, 1, 14)),
    ],
)
def test_a_month_begins_anew_on_its_reset_day(now: date, first: date, last: date) -> None:
    span = local_days.month(datetime(now.year, now.month, now.day, 12, tzinfo=UTC), UTC, 15)
    assert (local_days.dates(span, UTC)[0], local_days.dates(span, UTC)[-1]) == (first, last)
