"""The bandwidth ledger on a real store."""

from __future__ import annotations

import threading
from datetime import timedelta

import psutil
import pytest

from controller.parts import Parts
from controller.rules.bandwidth_ledger import CounterReading, Traffic
from controller.services import keys
from controller.services.bandwidth_monitor import BandwidthLedger, NoInterface, Usage, read_counters
from tests.support.controller_app import MovableClock


@pytest.fixture
def ledger(parts: Parts) -> BandwidthLedger:
    return parts.ledger


def reading(received: int, sent: int, *, boot: str = "boot-1", interface: str = "eth0") -> CounterReading:
    return CounterReading(interface, boot, received, sent)


def bytes_of(usage: Usage) -> tuple[int, int]:
    return usage.received_bytes, usage.sent_bytes


def test_an_empty_ledger_has_counted_nothing(ledger: BandwidthLedger, clock: MovableClock) -> None:
    assert ledger.usage(clock()) == Usage(0, 0, None, None)


def test_the_first_sample_marks_where_counting_begins(ledger: BandwidthLedger, clock: MovableClock) -> None:
    assert ledger.add(reading(500, 900), clock()) == Traffic(0, 0)
    assert ledger.usage(clock()) == Usage(0, 0, "eth0", clock())


def test_samples_add_up(ledger: BandwidthLedger, clock: MovableClock) -> None:
    for received, sent in ((500, 900), (600, 1_900), (650, 2_000)):
        ledger.add(reading(received, sent), clock())
        clock.move(10)
    assert bytes_of(ledger.usage(clock())) == (150, 1_100)


def test_the_same_sample_twice_counts_once(ledger: BandwidthLedger, clock: MovableClock) -> None:
    ledger.add(reading(0, 0), clock())
    for _ in range(2):
        ledger.add(reading(100, 200), clock())
    assert bytes_of(ledger.usage(clock())) == (100, 200)


def test_two_monitors_at_once_count_once(ledger: BandwidthLedger, clock: MovableClock) -> None:
    ledger.add(reading(0, 0), clock())
    together = threading.Barrier(4)
    counted: list[Traffic] = []

    def add() -> None:
        together.wait()
        counted.append(ledger.add(reading(100, 200), clock()))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted, key=lambda traffic: traffic.sent_bytes) == [Traffic(0, 0)] * 3 + [Traffic(100, 200)]
    assert bytes_of(ledger.usage(clock())) == (100, 200)


def test_a_reboot_loses_nothing_that_was_counted(ledger: BandwidthLedger, clock: MovableClock) -> None:
    ledger.add(reading(1_000, 1_000), clock())
    ledger.add(reading(1_500, 1_500), clock())
    ledger.add(reading(30, 40, boot="boot-2"), clock())
    assert bytes_of(ledger.usage(clock())) == (530, 540)


def test_another_interface_is_counted_from_now_on(ledger: BandwidthLedger, clock: MovableClock) -> None:
    ledger.add(reading(1_000, 1_000), clock())
    ledger.add(reading(9_000, 9_000, interface="eth1"), clock())
    ledger.add(reading(9_001, 9_002, interface="eth1"), clock())
    assert bytes_of(ledger.usage(clock())) == (1, 2)


def test_each_utc_day_has_its_own_figure(ledger: BandwidthLedger, clock: MovableClock) -> None:
    ledger.add(reading(0, 0), clock())
    ledger.add(reading(100, 200), clock())
    yesterday = clock()
    clock.move(timedelta(days=1).total_seconds())
    ledger.add(reading(101, 202), clock())
    assert bytes_of(ledger.usage(yesterday)) == (100, 200)
    assert bytes_of(ledger.usage(clock())) == (1, 2)


def test_each_minute_is_kept_with_its_day(ledger: BandwidthLedger, clock: MovableClock, parts: Parts) -> None:
    for received in (0, 10, 30):
        ledger.add(reading(received, 0), clock())
        clock.move(60)
    kept = parts.stores.state.hgetall(keys.bandwidth_minute("2026-11-24"))
    assert {name: int(value) for name, value in kept.items() if int(value)} == {"09:01 received": 10, "09:02 received": 20}
    assert 0 < parts.stores.state.ttl(keys.bandwidth_minute("2026-11-24")) <= keys.BANDWIDTH_KEPT_S


def test_the_counters_are_the_network_cards() -> None:
    counted = read_counters("lo")
    truth = psutil.net_io_counters(pernic=True)["lo"]
    assert counted.interface == "lo"
    assert 0 <= truth.bytes_recv - counted.received_bytes < 1_000_000


def test_an_interface_that_is_not_there_lists_those_there_are() -> None:
    with pytest.raises(NoInterface, match=r"no interface eth99; set BANDWIDTH_INTERFACE to one of: .*lo"):
        read_counters("eth99")
