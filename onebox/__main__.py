"""`bin/up`: the whole system on this machine until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from onebox.box import Box, PartFailed
from onebox.demo import Demo
from onebox.first_start import first_start
from onebox.kiosks import Kiosk, has_screen
from onebox.ports import LOOPBACK, Ports, free_ports
from onebox.presenter import NoBrowser
from onebox.processes import ROOT, Process
from onebox.screens import NoScreen, VirtualScreen
from onebox.sfu import NoLiveKit
from onebox.state_folder import InUse, StateFolder
from onebox.stores import FolderTooDeep
from onebox.supervised import Supervised
from onebox.waiting import NotInTime

LOOKS_EVERY_S = 0.5
PICTURES_EVERY_S = 5.0
"""How often the pictures of virtual screens are renewed."""

CANNOT_START = (PartFailed, NoScreen, NoLiveKit, NoBrowser, InUse, FolderTooDeep, NotInTime)


def main() -> int:
    """Start everything, watch it, end everything."""
    asked = _parser().parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    folder = StateFolder(asked.state)
    try:
        folder.open()
        return _run(Up(folder, asked.kiosks), asked.demo, stop)
    except CANNOT_START as error:
        print(f"bin/up: {error}", file=sys.stderr)
        return 1


def _run(up: Up, demo: bool, stop: threading.Event) -> int:
    try:
        up.start(stop)
        if demo and not stop.is_set():
            up.start_demo(stop)
        if not stop.is_set():
            _say("\nCtrl-C ends everything.")
        up.watch(stop)
    finally:
        up.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/up", description="Runs the whole system on this machine until Ctrl-C.")
    kiosks = parser.add_mutually_exclusive_group()
    kiosks.add_argument(
        "--kiosks", type=_count, default=1, metavar="N", help="how many kiosks; those after the first wait as pending"
    )
    kiosks.add_argument("--no-kiosk", dest="kiosks", action="store_const", const=0, help="the controller alone")
    parser.add_argument("--demo", action="store_true", help="also present a moving test picture, and say what the wall shows")
    parser.add_argument(
        "--state", type=Path, default=ROOT / "var", metavar="FOLDER", help="where all state is kept (default: var)"
    )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 20:
        raise argparse.ArgumentTypeError("0 to 20 kiosks")
    return count


class Up:
    """One run of `bin/up`."""

    def __init__(self, folder: StateFolder, kiosks: int) -> None:
        self._folder = folder
        self._wanted_kiosks = kiosks
        self._box = Box(folder, free_ports(Ports()))
        self._kiosks: list[Kiosk] = []
        self._demo: Demo | None = None
        self._reported: set[str] = set()
        self._restarts: dict[str, int] = {}

    def start(self, stop: threading.Event) -> None:
        """Start the controller's parts and the kiosks, and say where everything is."""
        box = self._box
        for name, start in (("stores", box.start_stores), ("media server", box.start_sfu), ("controller", box.start_controller)):
            if stop.is_set():
                return
            _say(f"Starting {name} ...")
            start()
        key = first_start(box, self._folder, _say)
        for number in range(1, self._wanted_kiosks + 1):
            self._start_kiosk(number, key if number == 1 else None)
        self._say_what_next()

    def start_demo(self, stop: threading.Event) -> None:
        """Present the test picture and say what the wall shows."""
        self._demo = Demo(self._box, self._folder)
        self._demo.start()
        self._demo.tell_wall(self._kiosks, _say, stop)

    def watch(self, stop: threading.Event) -> None:
        """Until told to stop: report deaths, start the controller's programs again, renew the pictures of virtual screens."""
        since_pictures_s = 0.0
        while not stop.wait(LOOKS_EVERY_S):
            for process in self._box.revive():
                _say(f"{process.name} ended by a fault and was started again. The end of {process.log}:\n{process.log_tail()}")
            for process in self._processes():
                self._report_death(process)
            for kiosk in self._kiosks:
                self._report_restart(kiosk.process)
            since_pictures_s += LOOKS_EVERY_S
            if since_pictures_s >= PICTURES_EVERY_S:
                since_pictures_s = 0.0
                self._take_pictures()

    def stop(self) -> None:
        """End everything, newest first."""
        _say("Stopping ...")
        if self._demo is not None:
            self._demo.stop()
        for kiosk in self._kiosks:
            kiosk.stop()
        self._box.stop()

    def _start_kiosk(self, number: int, key: str | None) -> None:
        screen = None
        if number > 1 or not has_screen():
            screen = VirtualScreen(self._folder.path, f"kiosk-{number}")
            screen.start()
        kiosk = Kiosk(self._folder, number, self._box.url, enrolment_key=key, screen=screen)
        kiosk.start()
        self._kiosks.append(kiosk)

    def _processes(self) -> list[Process]:
        box = list(self._box.parts.values())
        kiosks = [process for kiosk in self._kiosks for process in kiosk.processes()]
        return [*box, *kiosks, *(self._demo.processes() if self._demo is not None else [])]

    def _report_death(self, process: Process) -> None:
        if process.is_running or process.name in self._reported:
            return
        self._reported.add(process.name)
        _say(f"{process.name} ended with status {process.exit_status}. The end of {process.log}:\n{process.log_tail()}")

    def _report_restart(self, process: Supervised) -> None:
        if process.restarts != self._restarts.get(process.name, 0):
            self._restarts[process.name] = process.restarts
            _say(f"{process.name} ended and was started again. The end of {process.log}:\n{process.log_tail()}")

    def _take_pictures(self) -> None:
        for kiosk in self._kiosks:
            if kiosk.process.is_running:
                kiosk.screenshot(self._picture_of(kiosk))

    def _picture_of(self, kiosk: Kiosk) -> Path:
        return self._folder.path / f"{kiosk.process.name}.png"

    def _say_what_next(self) -> None:
        box, ports = self._box, self._box.ports
        _say(f"\nDashboard   {box.localhost_url}/\nPresent     {box.localhost_url}/present")
        for kiosk in self._kiosks:
            _say(f"{kiosk.process.name:<12}{self._where(kiosk)}")
        _say(f"Logs        {self._folder.path / 'log'}\nState       {self._folder.path}")
        _say(f"Bandwidth is counted on {box.environ()['BANDWIDTH_INTERFACE']}: on one machine all traffic stays there.")
        if not has_screen():
            tunnels = " ".join(f"-L {port}:{LOOPBACK}:{port}" for port in (ports.controller, ports.sfu, ports.sfu_tcp))
            _say(f"\nTo present from a laptop's browser, run there:\n  ssh {tunnels} USER@THIS-MACHINE")
            _say(f"and open {box.localhost_url}/present")
        _say("\nNext: sign in on the Present page, press Share my screen, and choose a screen. The kiosk shows it.")
        if self._wanted_kiosks > 1:
            _say("Kiosks after the first wait for approval: sign in on the dashboard as admin and approve them.")

    def _where(self, kiosk: Kiosk) -> str:
        if kiosk.screen is None:
            return "on this machine's screen (Alt-Tab leaves it where there is a window manager)"
        display = kiosk.screen.display
        picture = self._picture_of(kiosk)
        return (
            f"on the virtual screen {display}, to see in {picture} (renewed every 5 s) or by x11vnc -localhost -display {display}"
        )


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
