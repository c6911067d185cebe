"""The counters of this machine's network cards, and which of them count.

Those of the default routes count. What is ruled out is ruled out by what it is, never by its name: loopback and tunnels, whose
bytes pass a card anyway; a bridge, in whose place the hardware beneath it counts, because that also carries what its guests send;
and whatever lies on top of another that counts. A container's card counts, and it is said that it is one. An interface that was
named by the operator always counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from controller.rules.bandwidth_ledger import CounterReading, Sample

ETHERNET, POINT_TO_POINT = 1, 512
"""ARPHRD_ETHER, ARPHRD_PPP: what reaches a provider. Loopback is 772, a tunnel 65534 and others."""

REJECTS = 0x0200
"""RTF_REJECT: a route that leads nowhere."""

NO_ADDRESS = "00:00:00:00:00:00"


class NoInterface(Exception):
    """There is no interface to count, or not the one that was named."""


class NetworkCards:
    """The cards as the kernel tells of them under `proc` and `sys`."""

    def __init__(self, named: str | None, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self._named = named
        self._proc, self._cards = proc, sys / "class" / "net"

    def sample(self, now: datetime, counted_before: Iterable[str] = ()) -> Sample:
        """The counters now; those that counted before and do so no more, for the last time. Raises NoInterface."""
        names = self.counted()
        leaving = [name for name in sorted(set(counted_before) - set(names)) if self._is_there(name)]
        return Sample(
            boot_id=(self._proc / "sys/kernel/random/boot_id").read_text().strip(),
            uptime_s=time.clock_gettime(time.CLOCK_BOOTTIME),
            at=now,
            cards=tuple(map(self._reading, names)),
            leaving=tuple(map(self._reading, leaving)),
        )

    def counted(self) -> list[str]:
        """The interfaces that count. Raises NoInterface."""
        if self._named is not None:
            if self._is_there(self._named):
                return [self._named]
            known = ", ".join(sorted(path.name for path in self._cards.iterdir() if (path / "statistics").exists()))
            raise NoInterface(f"there is no interface {self._named}; set BANDWIDTH_INTERFACE to one of: {known}")
        routed = self._routed()
        names = {name for route in routed if self._reaches_a_provider(route) for name in self._in_place_of(route)}
        counted = sorted(name for name in names if not names & self._beneath(name))
        if not counted:
            why = f"the default route leads into {', '.join(sorted(routed))}, a tunnel" if routed else "there is no default route"
            raise NoInterface(f"{why}; set BANDWIDTH_INTERFACE to the interface to count")
        return counted

    def _routed(self) -> set[str]:
        """The interfaces of the default routes."""
        v4 = [line.split() for line in self._lines("net/route")[1:]]
        v6 = [line.split() for line in self._lines("net/ipv6_route")]
        names = {fields[0] for fields in v4 if fields[1] == fields[7] == "00000000" and not int(fields[3], 16) & REJECTS}
        names |= {fields[9] for fields in v6 if set(fields[0] + fields[1]) == {"0"} and not int(fields[8], 16) & REJECTS}
        return {name for name in names if self._is_there(name)}

    def _lines(self, path: str) -> list[str]:
        try:
            return (self._proc / path).read_text().splitlines()
        except FileNotFoundError:
            return []  # a kernel without IPv6

    def _reaches_a_provider(self, name: str) -> bool:
        return self._number(name, "type") in (ETHERNET, POINT_TO_POINT)

    def _in_place_of(self, name: str) -> set[str]:
        """The hardware beneath a bridge; anything else stands for itself."""
        if not (self._cards / name / "bridge").exists():
            return {name}
        return {beneath for beneath in self._beneath(name) if (self._cards / beneath / "device").exists()} or {name}

    def _beneath(self, name: str) -> set[str]:
        """All that an interface lies on."""
        found: set[str] = set()
        for lower in (self._cards / name).glob("lower_*"):
            beneath = lower.name.removeprefix("lower_")
            found |= {beneath} | self._beneath(beneath)
        return found

    def _reading(self, name: str) -> CounterReading:
        address = self._text(name, "address")
        return CounterReading(
            interface=name,
            address="" if address == NO_ADDRESS else address,
            index=self._number(name, "ifindex") or 0,
            received_bytes=int(self._text(name, "statistics/rx_bytes")),
            sent_bytes=int(self._text(name, "statistics/tx_bytes")),
            bits_per_s=self._bits_per_s(name),
            is_of_container=self._leads_elsewhere(name),
            may_wrap=os.uname().machine in ("armv6l", "armv7l", "i386", "i586", "i686"),
        )

    def _leads_elsewhere(self, name: str) -> bool:
        """Whether it is linked to an interface that is not to be seen here: the inner end of a container's cable."""
        own, linked = self._number(name, "ifindex"), self._number(name, "iflink")
        return linked not in (None, own) and not self._beneath(name) and not (self._cards / name / "device").exists()

    def _bits_per_s(self, name: str) -> int | None:
        if not (self._cards / name / "device").exists():
            return None  # the speed of a virtual card is made up
        megabits = self._number(name, "speed")
        return megabits * 1_000_000 if megabits is not None and megabits > 0 else None

    def _is_there(self, name: str) -> bool:
        return (self._cards / name / "statistics").exists()

    def _number(self, name: str, fact: str) -> int | None:
        try:
            return int(self._text(name, fact))
        except (NoInterface, ValueError):
            return None

    def _text(self, name: str, fact: str) -> str:
        try:
            return (self._cards / name / fact).read_text().strip()
        except OSError as error:
            raise NoInterface(f"{name} does not tell its {fact}: {error}") from error
