"""The name server of one network: it knows one name, and can fall silent."""

from __future__ import annotations

import signal
from pathlib import Path

from onebox.processes import Process
from onebox.waiting import wait_until
from tests.faults.namespaces import Network


class NameServer:
    """dnsmasq on this machine's address in the network, which it gives the name. No answer may be kept: every connection asks."""

    def __init__(self, network: Network, name: str, log: Path) -> None:
        address = network.address
        quiet = ("--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file", "--user=root", "--log-facility=-")
        where = ("--keep-in-foreground", "--bind-interfaces", f"--listen-address={address}", f"--address=/{name}/{address}")
        self._process = Process("name server", ["dnsmasq", *quiet, *where], log=log)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process.start()
        wait_until(lambda: "started" in self._process.log_tail(), "the name server answers", timeout_s=10)

    def fall_silent(self) -> None:
        """Answer nothing from now on; what is asked is lost for whoever does not wait."""
        self._process.signal(signal.SIGSTOP)

    def speak(self) -> None:
        """Answer again."""
        self._process.signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        self.speak()
        self._process.stop()
