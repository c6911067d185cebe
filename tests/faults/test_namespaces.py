"""What breaks links here really breaks them: packets are dropped, lost by the hundred, held back, and pass again."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from onebox.waiting import wait_until
from tests.faults.namespaces import Host, Network

pytestmark = pytest.mark.smoke

ANSWER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 4000))
while True:
    words, sender = s.recvfrom(2000)
    s.sendto(words, sender)
"""


@pytest.fixture
def network(namespaces: None) -> Iterator[Network]:
    """A network of this test's own."""
    del namespaces
    made = Network()
    yield made
    made.close()


@pytest.fixture
def host(network: Network) -> Iterator[Host]:
    """A machine that says every datagram back."""
    made = network.add_host("d1")
    process = subprocess.Popen([*made.within, "python3", "-c", ANSWER])
    wait_until(lambda: answered(made, 1) == 1, "the machine answers", timeout_s=10)
    yield made
    process.kill()
    process.wait()


def answered(host: Host, datagrams: int, *, size: int = 100) -> int:
    """How many of so many datagrams come back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.settimeout(0.3)
        for _ in range(datagrams):
            ours.sendto(b"x" * size, (host.address, 4000))
        return sum(1 for _ in range(datagrams) if heard(ours))


def heard(ours: socket.socket) -> bool:
    """Whether a datagram comes."""
    try:
        return bool(ours.recv(2000))
    except (TimeoutError, ConnectionRefusedError):
        ours.settimeout(0.01)
        return False


def test_a_cut_link_lets_nothing_through_and_a_mended_one_all(host: Host) -> None:
    host.cut()
    assert answered(host, 20) == 0
    host.mend()
    assert answered(host, 20) == 20


def test_a_cable_that_is_out_lets_nothing_through(host: Host) -> None:
    host.unplug()
    assert answered(host, 20) == 0
    host.plug()
    wait_until(lambda: answered(host, 1) == 1, "the machine answers again", timeout_s=10)


def test_a_lossy_link_loses_so_many_of_a_hundred_each_way(host: Host) -> None:
    host.lose(50)
    assert 20 < answered(host, 400) < 200, "a quarter comes back, when half is lost each way"


def test_a_link_that_loses_media_lets_the_rest_through(host: Host) -> None:
    host.lose_media(udp=4000, tcp=4001)
    assert answered(host, 20) == 0
    host.lose_media(udp=4002, tcp=4001)
    assert answered(host, 20) == 20
    host.mend()


def test_a_choked_link_lets_no_more_through(host: Host) -> None:
    host.limit(1_000)
    began_s = time.monotonic()
    returned = answered(host, 100, size=1_000)
    rate_mbits = returned * 8_000 / (time.monotonic() - began_s) / 1e6
    assert returned < 60, "what is over the queue is dropped"
    assert rate_mbits < 1.5
    host.unlimit()
    assert answered(host, 50, size=1_000) == 50
