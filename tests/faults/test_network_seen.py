"""What a display makes of its own network card: a cable that is out, an address that was not given, a way that leads nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from onebox.processes import ROOT
from onebox.waiting import wait_until
from tests.faults.namespaces import INTERFACE, Host, Network

pytestmark = pytest.mark.smoke

LOOKS = """
import json, requests
from kiosk import network
from kiosk.request_trouble import trouble_of
here = network.look()
try:
    requests.get("http://192.0.2.1", timeout=1)
except requests.RequestException as error:
    print(json.dumps([sorted(here.links), sorted(here.addresses), trouble_of(error, "HOST").cause]))
"""
"""192.0.2.1 is nobody's (RFC 5737)."""


class Seen(NamedTuple):
    """What a kiosk on a machine sees of the network."""

    links: list[str]
    addresses: list[str]
    cause: str


def seen_on(host: Host) -> Seen:
    done = subprocess.run(
        [*host.within, sys.executable, "-c", LOOKS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return Seen(*json.loads(done.stdout))


@pytest.fixture
def host(namespaces: None) -> Iterator[Host]:
    """A machine with its cable in."""
    del namespaces
    network = Network()
    yield network.add_host("k")
    network.close()


def test_a_cable_that_is_pulled_and_put_in_again_is_seen(host: Host) -> None:
    assert seen_on(host) == Seen([INTERFACE], [host.address], "no_route"), "nothing but the cable's other end can be reached"
    host.unplug()
    assert seen_on(host) == Seen([], [], "no_route")
    host.plug()
    wait_until(lambda: seen_on(host).links == [INTERFACE], "the cable is in again")


def test_an_address_that_the_card_gave_itself_leads_nowhere(host: Host) -> None:
    subprocess.run([*host.within, "ip", "address", "flush", "dev", INTERFACE, "scope", "global"], check=True, timeout=20)
    subprocess.run([*host.within, "ip", "address", "add", "169.254.7.7/16", "dev", INTERFACE], check=True, timeout=20)
    assert seen_on(host) == Seen([INTERFACE], [], "no_route")
