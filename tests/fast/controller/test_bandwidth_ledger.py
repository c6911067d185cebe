"""The bandwidth ledger on a real store."""

from __future__ import annotations

import threading
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.parts import Parts
from controller.rules import local_days
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.ledger_minutes import Booking
from controller.rules.local_days import Span
from controller.services import keys
from controller.services.stewardship import TERM_S, Stewardship
from tests.support.controller_app import MORNING
from tests.support.samples import Monitor, sample

TODAY = local_days.day(date(2026, 11, 24), UTC)
TOMORROW = local_days.day(date(2026, 11, 25), UTC)


@pytest.fixture
def monitor(parts: Parts) -> Monitor:
    """In office."""
    return Monitor(parts)


def test_an_empty_ledger_has_counted_nothing(parts: Parts) -> None:
    assert parts.ledger.between(TODAY) == Traffic()
    assert parts.ledger.last_sample() is None


def test_the_first_sample_marks_where_counting_begins(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(500, 900))
    last = parts.ledger.last_sample()
    assert last is not None
    assert (last.interfaces, last.at) == (("eth0",), MORNING)
    assert parts.ledger.between(TODAY) == Traffic()


def test_samples_add_up_one_by_one_or_together(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(500, 900))
    monitor.add(sample(600, 1_900, MORNING + timedelta(seconds=10)))
    monitor.add(sample(650, 2_000, MORNING + timedelta(seconds=20)), sample(700, 2_000, MORNING + timedelta(hours=3)))
    assert parts.ledger.between(TODAY) == Traffic(200, 1_100)


def test_the_same_sample_twice_counts_once(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(0, 0))
    for _ in range(2):
        monitor.add(sample(100, 200, MORNING + timedelta(seconds=10)))
    assert parts.ledger.between(TODAY) == Traffic(100, 200)


def test_many_at_once_count_once(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(0, 0))
    office = Stewardship(parts.stores.state, office=keys.BANDWIDTH_MONITOR)
    term = int(parts.stores.state.get(keys.BANDWIDTH_MONITOR.term) or 0)
    assert not office.enter()
    together = threading.Barrier(4)
    booked: list[Booking | None] = []

    def add() -> None:
        together.wait()
        booked.append(parts.ledger.add([sample(100, 200, MORNING + timedelta(seconds=10))], term=term))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert parts.ledger.between(TODAY) == Traffic(100, 200)
    assert sum(booking.traffic.sent_bytes for booking in booked if booking) == 200


def test_a_monitor_whose_term_is_over_writes_nothing(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(0, 0))
    assert parts.ledger.add([sample(100, 200, MORNING + timedelta(seconds=10))], term=99) is None
    parts.stores.state.delete(keys.BANDWIDTH_MONITOR.term)
    assert parts.ledger.add([sample(100, 200, MORNING + timedelta(seconds=10))], term=1) is None
    assert parts.ledger.between(TODAY) == Traffic()
    assert TERM_S < 10, "a term is shorter than the usual interval, so the monitor renews it in between"


def test_each_minute_is_kept_with_its_day(parts: Parts, monitor: Monitor) -> None:
    for minute in range(3):
        monitor.add(sample(10 * minute, minute, MORNING + timedelta(minutes=minute)))
    monitor.add(sample(25, 3, MORNING + timedelta(minutes=2, seconds=10)))
    key = keys.bandwidth_minute("2026-11-24")
    assert {name: parts.stores.state.hget(key, name) for name in ("09:00", "09:01", "09:02")} == {
        "09:00": "10 1",
        "09:01": "10 1",
        "09:02": "5 1",
    }
    monitor.add(sample(10**15, 10**15, MORNING + timedelta(minutes=2, seconds=20)))
    assert parts.stores.state.hget(key, "09:02") == f"{10**15 - 20} {10**15 - 2}", "whole bytes, however many"
    for kept in (key, keys.bandwidth_daily("2026-11-24")):
        assert 0 < parts.stores.state.ttl(kept) <= keys.BANDWIDTH_KEPT_S


def test_a_day_of_a_zone_is_a_view_of_the_minutes(parts: Parts, monitor: Monitor) -> None:
    """Midnight in Kathmandu is a quarter past six in the evening, UTC."""
    kathmandu = ZoneInfo("Asia/Kathmandu")
    midnight = local_days.day(date(2026, 11, 25), kathmandu).begins
    for minutes, sent in ((-1, 0), (0, 5), (1, 12)):
        monitor.add(sample(0, sent, midnight + timedelta(minutes=minutes)))
    assert parts.ledger.between(local_days.day(date(2026, 11, 24), kathmandu)) == Traffic(0, 5)
    assert parts.ledger.between(local_days.day(date(2026, 11, 25), kathmandu)) == Traffic(0, 7)
    assert parts.ledger.between(TODAY) == Traffic(0, 12)
    assert parts.ledger.between(TOMORROW) == Traffic()


def test_several_spans_at_once(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(0, 0), sample(0, 60, MORNING + timedelta(minutes=1)), sample(0, 100, MORNING + timedelta(days=1)))
    noon = MORNING.replace(hour=12)
    spans = [TODAY, TOMORROW, Span(TODAY.begins, TOMORROW.ends), Span(MORNING, MORNING + timedelta(minutes=1)), Span(noon, noon)]
    today, tomorrow, both, minute, nothing = parts.ledger.totals(spans)
    assert today + tomorrow == both == Traffic(0, 100)
    assert (minute, nothing) == (Traffic(0, 60), Traffic())


def test_a_gap_of_months_is_booked_at_once(parts: Parts, monitor: Monitor) -> None:
    monitor.add(sample(0, 0))
    monitor.add(sample(0, 10**12, MORNING + timedelta(days=100)))
    assert parts.ledger.between(Span(TODAY.begins, TODAY.begins + timedelta(days=102))) == Traffic(0, 10**12)


def test_what_another_version_kept_is_where_counting_begins_anew(parts: Parts, monitor: Monitor) -> None:
    parts.stores.state.set(keys.BANDWIDTH_LAST_SAMPLE, '{"interface": "eth0"}')
    monitor.add(sample(500, 900))
    monitor.add(sample(501, 902, MORNING + timedelta(seconds=10)))
    assert parts.ledger.between(TODAY) == Traffic(1, 2)
