"""Where a phone in front of the display finds the dashboard. Pure."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit


def for_phones(controller: str) -> str | None:
    """The dashboard at this controller's address; None where the address means this very machine, which a phone is not.

    `controller` is http:// or https:// with a host and perhaps a port, as `settings` has checked it.
    """
    host = urlsplit(controller).hostname
    return None if host is None or _is_this_machine(host) else f"{controller}/"


def _is_this_machine(host: str) -> bool:
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ip_address(name)
    except ValueError:
        return False
    address = (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
    return address.is_loopback or address.is_unspecified
