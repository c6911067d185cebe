"""Machines of their own for displays and presenters: network namespaces on one bridge. Links can be cut, choked, made to lose.

Everything stays on this machine. What a run that was killed left behind is removed by the next one.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

_numbers = itertools.count(1)

INTERFACE = "eth0"
"""Of a host, in its own namespace."""

ETC = Path("/etc/netns")
BOOT_ID = "/proc/sys/kernel/random/boot_id"

OURS = re.compile(r"^(?:\d+: )?(mq(\d+)-\d+[a-z0-9-]*)")


class NoNamespaces(Exception):
    """This machine lets nobody make network namespaces; the text says why."""


class Network:
    """A bridge on this machine, and the hosts on it."""

    def __init__(self) -> None:
        _remove_leftovers()
        self.name = f"mq{os.getpid()}-{next(_numbers)}"
        self._subnet = _free_subnet()
        self.hosts: list[Host] = []
        _run("ip", "link", "add", self.name, "type", "bridge")
        _run("ip", "address", "add", f"{self.address}/24", "dev", self.name)
        _run("ip", "link", "set", self.name, "up")

    @property
    def address(self) -> str:
        """This machine's address on it."""
        return f"{self._subnet}.1"

    def add_host(self, name: str) -> Host:
        """One more machine."""
        number = len(self.hosts) + 2
        host = Host(f"{self.name}{name}", outside=f"{self.name}h{number}", address=f"{self._subnet}.{number}")
        self.hosts.append(host)
        host.plug_into(self.name)
        return host

    def remove_host(self, host: Host) -> None:
        """One machine less."""
        self.hosts.remove(host)
        host.close()

    def close(self) -> None:
        """Remove it all."""
        for host in self.hosts:
            host.close()
        _run("ip", "link", "delete", self.name)


class Host:
    """A machine with one network card."""

    def __init__(self, name: str, *, outside: str, address: str) -> None:
        self.name, self.address = name, address
        self._outside = outside

    def plug_into(self, bridge: str) -> None:
        """Make it, and put its cable in."""
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", self._outside, "type", "veth", "peer", "name", INTERFACE, "netns", self.name)
        _run("ip", "link", "set", self._outside, "master", bridge, "up")
        _run("ip", "-n", self.name, "link", "set", "lo", "up")
        _run("ip", "-n", self.name, "address", "add", f"{self.address}/24", "dev", INTERFACE)
        _run("ip", "-n", self.name, "link", "set", INTERFACE, "up")

    @property
    def gateway(self) -> str:
        """The address of the machine that the cable leads to."""
        return f"{self.address.rpartition('.')[0]}.1"

    @property
    def within(self) -> tuple[str, ...]:
        """The command that runs another on this machine."""
        return ("ip", "netns", "exec", self.name)

    def ask_names_of(self, name_server: str) -> None:
        """Let programs that are started from now on ask this name server."""
        self._etc.mkdir(parents=True)
        (self._etc / "resolv.conf").write_text(f"nameserver {name_server}\n")

    def within_boot(self, boot_id: Path) -> tuple[str, ...]:
        """The same, on a machine that was started by itself: with a boot id of its own, made now and kept in a file.

        Nobody else sees it: `ip netns exec` gives the command mounts of its own.
        """
        boot_id.write_text(f"{uuid.uuid4()}\n")
        script = 'mount --bind "$0" "$1" && shift && exec "$@"'
        return (*self.within, "sh", "-c", script, str(boot_id), BOOT_ID)

    def program(self, path: str, script: Path) -> Path:
        """A script that runs a program on this machine, for whoever takes a path only."""
        script.write_text(f'#!/bin/sh\nexec {" ".join(self.within)} {path} "$@"\n')
        script.chmod(0o755)
        return script

    def cut(self) -> None:
        """Let nothing through from now on, without a word: neither card nor programs hear of it."""
        self._lose("drop")

    def lose(self, percent: int) -> None:
        """Lose so many of a hundred packets, each way."""
        self._lose(f"numgen random mod 100 < {percent} drop")

    def lose_media(self, *, udp: int, tcp: int) -> None:
        """Lose what comes from or goes to an SFU's two ports of media, and nothing else."""
        ports = (("udp", udp), ("tcp", tcp))
        self._lose("; ".join(f"{kind} {end} {port} drop" for kind, port in ports for end in ("sport", "dport")))

    def mend(self) -> None:
        """Let everything through again."""
        for end in self._ends:
            _run(*end.within, "nft", end.forget)

    def unplug(self) -> None:
        """Pull the cable: the card knows."""
        _run("ip", "link", "set", self._outside, "down")

    def plug(self) -> None:
        """Put the cable back."""
        _run("ip", "link", "set", self._outside, "up")

    def bounce(self) -> None:
        """Take the machine's card down and up again."""
        for state in ("down", "up"):
            _run("ip", "-n", self.name, "link", "set", INTERFACE, state)

    def limit(self, kilobits_per_s: int) -> None:
        """Let no more through than this towards the machine; longer queues than 200 ms are dropped."""
        shape = ("tbf", "rate", f"{kilobits_per_s}kbit", "burst", "16kb", "latency", "200ms")
        _run("tc", "qdisc", "replace", "dev", self._outside, "root", *shape)

    def unlimit(self) -> None:
        """Let as much through as there is."""
        _run("tc", "qdisc", "replace", "dev", self._outside, "root", "noqueue")

    def close(self) -> None:
        """Remove the machine and its cable."""
        self.mend()
        shutil.rmtree(self._etc, ignore_errors=True)
        _run("ip", "netns", "delete", self.name)

    @property
    def _etc(self) -> Path:
        """What `ip netns exec` puts in place of this machine's own /etc."""
        return ETC / self.name

    @property
    def _ends(self) -> tuple[_End, _End]:
        """Where packets arrive: at the machine, and from it. A program that sends into a filter of its own would be told."""
        return _End(self.within, INTERFACE, "faults"), _End((), self._outside, self._outside)

    def _lose(self, verdict: str) -> None:
        for end in self._ends:
            _run(*end.within, "nft", f"{end.forget}\n{end.drop(verdict)}")


@dataclass(frozen=True)
class _End:
    """One end of a cable, and the table of the packet filter that watches over what arrives there."""

    within: tuple[str, ...]
    card: str
    table: str

    @property
    def forget(self) -> str:
        """Drop nothing any more."""
        return f"add table netdev {self.table}\ndelete table netdev {self.table}"

    def drop(self, verdict: str) -> str:
        """Drop what the verdict says."""
        hook = f'type filter hook ingress device "{self.card}" priority 0;'
        return f"table netdev {self.table} {{\nchain arrivals {{ {hook} {verdict}; }}\n}}"


def _run(*command: str) -> str:
    """What a command prints. Raises NoNamespaces."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except FileNotFoundError as error:
        raise NoNamespaces(f"{command[0]} is not installed; bin/setup test installs it") from error
    if done.returncode != 0:
        raise NoNamespaces(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _free_subnet() -> str:
    taken = _run("ip", "-o", "-4", "address", "show")
    return next(subnet for third in range(1, 255) if f" {(subnet := f'10.77.{third}')}." not in taken)


def _remove_leftovers() -> None:
    """Of runs whose process is gone."""
    for folder in ETC.glob("mq*"):
        if _of_the_dead(folder.name):
            shutil.rmtree(folder)
    for line in _run("ip", "netns", "list").splitlines():
        if name := _of_the_dead(line):
            _run("ip", "netns", "delete", name)
    for line in _run("ip", "-o", "link", "show", "type", "bridge").splitlines():
        if name := _of_the_dead(line):
            _run("ip", "link", "delete", name)


def _of_the_dead(line: str) -> str | None:
    found = OURS.match(line)
    return found.group(1) if found is not None and not Path(f"/proc/{found.group(2)}").exists() else None
