"""The machine's network as its cards show it: whether anything is plugged in, and what addresses it was given."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil

IP = (socket.AF_INET, socket.AF_INET6)


@dataclass(frozen=True)
class Network:
    """What there was at a look, loopback left out."""

    links: frozenset[str]
    """Cards that are up with their cable in, or with Wi-Fi joined."""
    addresses: frozenset[str]
    """Of these cards, those that lead beyond the next cable."""

    def gained_over(self, before: Network) -> bool:
        """Whether there is something now that was not there before."""
        return not (self.links <= before.links and self.addresses <= before.addresses)


def look() -> Network:
    """The network now; takes less than a millisecond."""
    links = {name for name, card in psutil.net_if_stats().items() if card.isup and "loopback" not in card.flags.split(",")}
    found = psutil.net_if_addrs()
    addresses = {one.address for name in links for one in found.get(name, []) if one.family in IP}
    return Network(frozenset(links), frozenset(address for address in addresses if _leads_out(address)))


def _leads_out(address: str) -> bool:
    return not ipaddress.ip_address(address.partition("%")[0]).is_link_local
