"""The monitor over real stores, counting the traffic of a machine made of files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from controller.rules import local_days
from controller.rules.bandwidth_ledger import Traffic
from controller.services import keys
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.bandwidth_monitor import BandwidthMonitor
from controller.services.network_cards import NetworkCards
from controller.services.stewardship import Stewardship
from controller.services.stores import Store, connect
from onebox.waiting import wait_until
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.own_stores import OwnStore

TODAY = local_days.day(date(2026, 11, 24), UTC)


class Machine:
    """One card, whose counters a test moves."""

    def __init__(self, root: Path) -> None:
        self.proc, self.sys = root / "proc", root / "sys"
        self._statistics = self.sys / "class/net/eth0/statistics"
        self._statistics.mkdir(parents=True)
        (self.proc / "sys/kernel/random").mkdir(parents=True)
        (self.proc / "sys/kernel/random/boot_id").write_text("boot-1")
        for fact, text in {"address": "52:54:00:00:00:01", "ifindex": "2"}.items():
            (self._statistics.parent / fact).write_text(text)
        self.show(0, 0)

    def show(self, received: int, sent: int) -> None:
        """Let the counters show this."""
        (self._statistics / "rx_bytes").write_text(str(received))
        (self._statistics / "tx_bytes").write_text(str(sent))

    def unplug(self) -> None:
        """Take the card away."""
        self._statistics.rename(self._statistics.with_name("away"))

    def plug(self) -> None:
        """Put it back."""
        self._statistics.with_name("away").rename(self._statistics)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def state(own_state_store: OwnStore) -> Iterator[Store]:
    """A client of a store that a test may stop."""
    client = connect(own_state_store.url, own_state_store.url).state
    yield client
    client.connection_pool.disconnect()


@pytest.fixture
def make(machine: Machine, state: Store, clock: MovableClock) -> Callable[[], BandwidthMonitor]:
    """Start one more monitor of that machine."""
    cards, ledger = NetworkCards("eth0", machine.proc, machine.sys), BandwidthLedger(state)
    return lambda: BandwidthMonitor(cards, ledger, Stewardship(state, office=keys.BANDWIDTH_MONITOR), 10, clock)


def beat(monitor: BandwidthMonitor) -> None:
    """One round."""
    monitor.sample()
    monitor.book()


def test_a_store_that_is_away_costs_nothing(
    make: Callable[[], BandwidthMonitor],
    machine: Machine,
    state: Store,
    own_state_store: OwnStore,
    announced_logs: AnnouncedLogs,
) -> None:
    announced_logs.allow("store lost", "not booked while the store is away, kept for later")
    monitor = make()
    beat(monitor)
    own_state_store.stop()
    for shown in (100, 250, 40, 60):
        machine.show(shown, shown)
        beat(monitor)
    own_state_store.start()
    announced_logs.allow("the counters were reset interface=eth0")
    wait_until(lambda: booked(monitor, state) == Traffic(310, 310), "everything is booked", timeout_s=10)


def booked(monitor: BandwidthMonitor, state: Store) -> Traffic:
    """Today's bytes, after one more round."""
    beat(monitor)
    return BandwidthLedger(state).between(TODAY)


def test_one_monitor_books_and_another_goes_on_where_it_was_lost(
    make: Callable[[], BandwidthMonitor], machine: Machine, state: Store
) -> None:
    first, second = make(), make()
    for shown in (0, 100, 200):
        machine.show(shown, 2 * shown)
        beat(first)
        beat(second)
    assert BandwidthLedger(state).between(TODAY) == Traffic(200, 400)
    state.delete(keys.BANDWIDTH_MONITOR.term)
    machine.show(300, 600)
    wait_until(lambda: booked(second, state) == Traffic(300, 600), "the other one is in office", timeout_s=10)
    assert booked(first, state) == Traffic(300, 600)


def test_a_card_that_is_away_is_said_once_and_counted_when_it_is_back(
    make: Callable[[], BandwidthMonitor], machine: Machine, state: Store, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("there is no interface eth0")
    monitor = make()
    beat(monitor)
    machine.unplug()
    beat(monitor)
    beat(monitor)
    machine.plug()
    machine.show(7, 8)
    assert booked(monitor, state) == Traffic(7, 8)
    assert len(announced_logs.lines) == 1


def test_a_monitor_that_is_told_to_stop_samples_a_last_time_and_leaves(
    make: Callable[[], BandwidthMonitor], machine: Machine, state: Store
) -> None:
    stop = threading.Event()
    running = threading.Thread(target=make().run, args=[stop])
    running.start()
    wait_until(lambda: state.get(keys.BANDWIDTH_LAST_SAMPLE), "it has sampled", timeout_s=10)
    machine.show(50, 60)
    stop.set()
    running.join(timeout=10)
    assert not running.is_alive()
    assert BandwidthLedger(state).between(TODAY) == Traffic(50, 60)
    assert state.get(keys.BANDWIDTH_MONITOR.term) is None
