"""The monitor counts a real card, on a machine of its own, while everything around it breaks.

Traffic of 5 to 200 Mbit/s both ways, two monitors at once, three restarts (one of them by force), a card that goes down and up,
and a store that is killed: in the end the ledger is what the card counted. Twenty seconds for each of --rounds, ten minutes with
--long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.parts import utc_now
from controller.rules.bandwidth_ledger import Traffic
from controller.rules.local_days import Span
from controller.services import keys
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.stores import Store, StoreUnavailable, connect
from onebox.processes import Process
from onebox.waiting import wait_until
from tests.faults.namespaces import INTERFACE, Host, Network
from tests.support.announced_logs import AnnouncedLogs
from tests.support.figures import Figures
from tests.support.own_stores import OwnStore

pytestmark = pytest.mark.smoke

SECRET = "0123456789abcdef0123456789abcdef"
ROUND_S = 20.0
LONG_S = 600.0

SENDER = """
import itertools, socket, sys, time
address, until = (sys.argv[1], 4999), time.monotonic() + float(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while time.monotonic() < until:
    for megabits in (5, 50, 200, 20):
        begun = time.monotonic()
        for number in itertools.count():
            if time.monotonic() > begun + 2: break
            ahead = number * 8 * 30_000 / (megabits * 1e6) - (time.monotonic() - begun)
            if ahead > 0: time.sleep(ahead)
            try: s.sendto(bytes(30_000), address)
            except OSError: time.sleep(0.05)
"""


@pytest.fixture
def network(namespaces: None) -> Iterator[Network]:
    """A network of this test's own."""
    del namespaces
    made = Network()
    yield made
    made.close()


@pytest.fixture
def host(network: Network) -> Host:
    """The machine whose card is counted; it is found by the default route, and is virtual as a container's."""
    made = network.add_host("b1")
    lead_out(made)
    return made


def lead_out(host: Host) -> None:
    """Give the machine its default route, which goes with its card."""
    subprocess.run(["ip", "-n", host.name, "route", "add", "default", "via", host.gateway], check=True)


@pytest.fixture
def state(own_state_store: OwnStore) -> Iterator[Store]:
    client = connect(own_state_store.url, own_state_store.url).state
    yield client
    client.connection_pool.disconnect()


@pytest.fixture
def monitors(host: Host, own_state_store: OwnStore, tmp_path: Path) -> Iterator[list[Process]]:
    """Two that run on that machine."""
    environ = {
        **os.environ,
        "REDIS_URL": own_state_store.url,
        "CONTROLLER_SECRET_KEY": SECRET,
        "BANDWIDTH_SAMPLE_INTERVAL_SECONDS": "1",
    }
    command = [*host.within, sys.executable, "-m", "controller", "bandwidth-monitor"]
    made = [Process(name, command, log=tmp_path / f"{name}.log", environ=environ) for name in ("first", "second")]
    for monitor in made:
        monitor.start()
    yield made
    for monitor in made:
        monitor.stop()


@pytest.fixture
def seconds(request: pytest.FixtureRequest, rounds: int) -> float:
    """How long it lasts."""
    return LONG_S if request.config.getoption("--long") else ROUND_S * rounds


@pytest.fixture
def senders(network: Network, host: Host, monitors: list[Process], state: Store, seconds: float) -> Iterator[Senders]:
    """Traffic both ways, from when the monitors count."""
    del monitors
    wait_until(lambda: state.get(keys.BANDWIDTH_LAST_SAMPLE), "the first sample is booked", timeout_s=30)
    made = Senders(network, host, seconds)
    yield made
    made.stop()


class Senders:
    """Who sends to the machine, and who sends from it, for so many seconds."""

    def __init__(self, network: Network, host: Host, seconds: float) -> None:
        self.began_s, self.seconds = time.monotonic(), seconds
        sender = [sys.executable, "-c", SENDER]
        self._running = [
            subprocess.Popen([*sender, host.address, str(seconds)]),
            subprocess.Popen([*host.within, *sender, network.address, str(seconds)]),
        ]

    def wait(self, part: float) -> None:
        """Until such a part of the time is over."""
        wait_until(lambda: time.monotonic() >= self.began_s + part * self.seconds, "traffic passes", timeout_s=2 * self.seconds)

    def stop(self) -> None:
        """Send no more."""
        for sender in self._running:
            sender.kill()
            sender.wait()


def card(host: Host) -> Traffic:
    """What the card shows."""
    names = [f"/sys/class/net/{INTERFACE}/statistics/{way}_bytes" for way in ("rx", "tx")]
    shown = subprocess.run([*host.within, "cat", *names], capture_output=True, text=True, check=True).stdout
    return Traffic(*map(int, shown.split()))


def last_sample(state: Store) -> Traffic:
    """What the card showed when it was booked last."""
    shown = json.loads(str(state.get(keys.BANDWIDTH_LAST_SAMPLE)))["cards"][0]
    return Traffic(shown["received_bytes"], shown["sent_bytes"])


def where_it_stands(state: Store) -> tuple[Traffic, Traffic]:
    """What is booked, and what the card showed then."""
    while True:
        before, counted, after = last_sample(state), booked(state), last_sample(state)
        if before == after and counted is not None:
            return counted, after


def booked(state: Store) -> Traffic | None:
    """All that the ledger holds of yesterday, today and tomorrow; None while its store is away."""
    midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return BandwidthLedger(state).between(Span(midnight - timedelta(days=1), midnight + timedelta(days=2)))
    except StoreUnavailable:
        return None


def restart(monitor: Process) -> None:
    """As an operator does."""
    monitor.stop()
    monitor.start()


def test_the_ledger_is_what_the_card_counted(
    host: Host,
    state: Store,
    own_state_store: OwnStore,
    monitors: list[Process],
    senders: Senders,
    figures: Figures,
    announced_logs: AnnouncedLogs,
) -> None:
    announced_logs.allow("store lost")
    counted, last = where_it_stands(state)
    senders.wait(0.15)
    restart(monitors[0])
    senders.wait(0.3)
    monitors[1].kill()
    monitors[1].start()
    senders.wait(0.45)
    host.bounce()
    lead_out(host)
    senders.wait(0.6)
    own_state_store.kill()
    senders.wait(0.75)
    own_state_store.start()
    senders.wait(0.85)
    restart(monitors[0])
    senders.wait(1.0)
    senders.stop()
    truth = card(host) - last + counted
    wait_until(lambda: is_near(booked(state), card(host) - last + counted), "the last bytes are booked", timeout_s=20)
    found, told = booked(state), BandwidthLedger(state).last_sample()
    assert found is not None
    assert told is not None
    assert (told.interfaces, told.in_container) == ((INTERFACE,), True)
    for way, ours, theirs in (
        ("received", found.received_bytes, truth.received_bytes),
        ("sent", found.sent_bytes, truth.sent_bytes),
    ):
        figures.add(f"ledger against card, {way}", 100 * abs(ours - theirs) / theirs, unit="%", expected=0.1)
        figures.add(f"megabytes that passed, {way}", theirs / 1e6, unit="MB")
        assert theirs > 1e6 * senders.seconds, "so much passed that it means something"


def is_near(found: Traffic | None, truth: Traffic) -> bool:
    """Whether the last of it is booked; what passes by itself between two samples is little."""
    return found is not None and abs(truth.received_bytes - found.received_bytes) <= 10_000
