"""What the machine's network is taken to be; how a cable is noticed stands in tests/faults/test_network_seen.py."""

from __future__ import annotations

import pytest

from kiosk.network import Network, look


def network(links: str = "", addresses: str = "") -> Network:
    return Network(frozenset(links.split()), frozenset(addresses.split()))


@pytest.mark.parametrize(
    ("before", "now", "gained"),
    [
        (network(), network(), False),
        (network(), network("eth0"), True),
        (network("eth0"), network("eth0", "10.0.0.2"), True),
        (network("eth0", "10.0.0.2"), network("eth0"), False),
        (network("eth0", "10.0.0.2"), network("wlan0", "10.0.1.2"), True),
        (network("eth0", "10.0.0.2"), network("eth0", "10.0.0.3"), True),
    ],
)
def test_what_comes_is_a_gain_and_what_goes_is_none(before: Network, now: Network, gained: bool) -> None:
    assert now.gained_over(before) == gained


def test_loopback_is_no_network() -> None:
    here = look()
    assert "lo" not in here.links
    assert not here.addresses & {"127.0.0.1", "::1"}
