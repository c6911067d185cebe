"""Which cards count, on machines of several kinds: their /proc and /sys as files."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from controller.services.network_cards import NetworkCards, NoInterface
from tests.support.controller_app import MORNING

V4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
NOBODY = "0" * 32
DEFAULT, LAN = f"{NOBODY} 00", "fd000000000000000000000000000000 40"


class Machine:
    """Files such as a kernel shows."""

    def __init__(self, root: Path) -> None:
        self.proc, self.sys = root / "proc", root / "sys"
        (self.proc / "net").mkdir(parents=True)
        (self.proc / "sys/kernel/random").mkdir(parents=True)
        (self.proc / "sys/kernel/random/boot_id").write_text("boot-1\n")
        (self.proc / "net/route").write_text(V4)
        (self.sys / "class/net").mkdir(parents=True)
        self.card("lo", kind=772, address="00:00:00:00:00:00")

    def card(self, name: str, *, on: tuple[str, ...] = (), kind: int = 1, is_hardware: bool = False, **changed: str) -> None:
        """One more interface; what differs from an ordinary card's facts."""
        card = self.sys / "class/net" / name
        (card / "statistics").mkdir(parents=True)
        facts = {"type": str(kind), "address": "52:54:00:00:00:01", "ifindex": "2", **changed}
        for fact, text in {**facts, "statistics/rx_bytes": "7", "statistics/tx_bytes": "9"}.items():
            (card / fact).write_text(f"{text}\n")
        for folder in (*(f"lower_{lower}" for lower in on), *(["device"] if is_hardware else [])):
            (card / folder).mkdir()

    def bridge(self, name: str, *, on: tuple[str, ...]) -> None:
        """A bridge over other interfaces."""
        self.card(name, on=on)
        (self.sys / "class/net" / name / "bridge").mkdir()

    def route(self, name: str, destination: str = "00000000", *, flags: str = "0003") -> None:
        """One more IPv4 route."""
        with (self.proc / "net/route").open("a") as routes:
            mask = "00000000" if destination == "00000000" else "00FFFFFF"
            routes.write(f"{name}\t{destination}\t010200C0\t{flags}\t0\t0\t0\t{mask}\t0\t0\t0\n")

    def route6(self, name: str, destination: str = DEFAULT, *, flags: str = "00000003") -> None:
        """One more IPv6 route."""
        with (self.proc / "net/ipv6_route").open("a") as routes:
            routes.write(f"{destination} {NOBODY} 00 {NOBODY} 00000400 00000003 00000000 {flags} {name}\n")

    def cards(self, named: str | None = None) -> NetworkCards:
        """As the monitor sees them."""
        return NetworkCards(named, self.proc, self.sys)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_card_of_the_default_route_counts(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("eth1", is_hardware=True, address="52:54:00:00:00:02")
    machine.route("eth1", "0002A8C0")
    machine.route("eth0")
    machine.route6("eth1", LAN)
    machine.route6("lo", flags="00200200")
    assert machine.cards().counted() == ["eth0"]


def test_those_of_both_families_count(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("eth1", is_hardware=True, address="52:54:00:00:00:02")
    machine.route("eth0")
    machine.route6("eth1")
    assert machine.cards().counted() == ["eth0", "eth1"]


def test_a_containers_virtual_card_counts_and_is_told_from_others(machine: Machine) -> None:
    machine.card("eth0", iflink="17")
    machine.card("eth1", is_hardware=True, iflink="2", address="52:54:00:00:00:02")
    machine.route("eth0")
    machine.route6("eth1")
    told = {card.interface: card.is_of_container for card in machine.cards().sample(MORNING).cards}
    assert told == {"eth0": True, "eth1": False}


def test_a_network_within_a_card_is_no_container(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("eth0.5", on=("eth0",), iflink="2", ifindex="3")
    (card,) = machine.cards("eth0.5").sample(MORNING).cards
    assert not card.is_of_container


def test_the_hardware_beneath_a_bridge_counts_in_its_place(machine: Machine) -> None:
    machine.card("enp1s0", is_hardware=True)
    machine.card("vnet0", address="fe:54:00:00:00:09")
    machine.bridge("br0", on=("enp1s0", "vnet0"))
    machine.route("br0")
    assert machine.cards().counted() == ["enp1s0"]


def test_a_bridge_over_no_hardware_counts_itself(machine: Machine) -> None:
    machine.card("vnet0")
    machine.bridge("br0", on=("vnet0",))
    machine.route("br0")
    assert machine.cards().counted() == ["br0"]


def test_what_lies_on_another_that_counts_does_not_count_again(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("eth0.5", on=("eth0",))
    machine.route("eth0")
    machine.route6("eth0.5")
    assert machine.cards().counted() == ["eth0"]


def test_bridges_of_containers_do_not_count(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("veth1a2b")
    machine.bridge("docker0", on=("veth1a2b",))
    machine.route("eth0")
    machine.route("docker0", "000011AC")
    assert machine.cards().counted() == ["eth0"]


def test_a_tunnel_never_counts_by_itself(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("office", kind=65_534, address="")
    machine.route("office")
    with pytest.raises(NoInterface, match="leads into office, a tunnel; set BANDWIDTH_INTERFACE"):
        machine.cards().counted()
    machine.route("eth0")
    assert machine.cards().counted() == ["eth0"]


def test_what_is_named_always_counts(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.route("eth0")
    assert machine.cards("lo").counted() == ["lo"]


def test_an_interface_that_is_not_there_lists_those_there_are(machine: Machine) -> None:
    machine.card("eth0")
    with pytest.raises(NoInterface, match="no interface eth99; set BANDWIDTH_INTERFACE to one of: eth0, lo"):
        machine.cards("eth99").counted()


def test_without_a_default_route_nothing_counts(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.route("eth0", flags="0200")
    with pytest.raises(NoInterface, match="there is no default route; set BANDWIDTH_INTERFACE"):
        machine.cards().counted()


def test_a_sample_says_all_of_a_card(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True, speed="1000")
    machine.route("eth0")
    found = machine.cards().sample(MORNING)
    assert (found.boot_id, found.at, found.leaving) == ("boot-1", MORNING, ())
    card = found.cards[0]
    assert (card.interface, card.identity, card.index) == ("eth0", "52:54:00:00:00:01", 2)
    assert (card.received_bytes, card.sent_bytes, card.bits_per_s) == (7, 9, 10**9)


@pytest.mark.parametrize(("is_hardware", "speed"), [(False, "10000"), (True, "-1"), (True, "")])
def test_the_speed_of_a_card_may_be_unknown(machine: Machine, is_hardware: bool, speed: str) -> None:
    machine.card("eth0", is_hardware=is_hardware, speed=speed)
    assert machine.cards("eth0").sample(MORNING).cards[0].bits_per_s is None


def test_a_card_that_counts_no_more_is_read_a_last_time(machine: Machine) -> None:
    machine.card("eth0", is_hardware=True)
    machine.card("wwan0", is_hardware=True, address="52:54:00:00:00:02")
    machine.route("wwan0")
    found = machine.cards().sample(MORNING, counted_before=("eth0", "gone0"))
    assert ([card.interface for card in found.cards], [card.interface for card in found.leaving]) == (["wwan0"], ["eth0"])


def test_the_counters_are_this_machines() -> None:
    found = NetworkCards("lo").sample(MORNING).cards[0]
    truth = psutil.net_io_counters(pernic=True)["lo"]
    assert found.identity == "lo"
    assert 0 <= truth.bytes_recv - found.received_bytes < 1_000_000
