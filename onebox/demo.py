"""`bin/up --demo`: presents a moving test picture without hands, and tells what the wall shows."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable

from onebox.box import Box, PartFailed
from onebox.glass import Glass
from onebox.kiosks import Kiosk
from onebox.presenter import TestPictureScreen, chromium_path
from onebox.processes import Process
from onebox.state_folder import StateFolder
from onebox.waiting import NotInTime, wait_until

ACCOUNT = "demo"
LOOKS_FOR_S = 4.0
SETTLES_WITHIN_S = 20.0


class Demo:
    """A presenter on a screen of its own."""

    def __init__(self, box: Box, folder: StateFolder) -> None:
        self._box = box
        self._folder = folder
        self._stage = TestPictureScreen(folder.path, "presenter")
        command = [sys.executable, "-m", "onebox.demo_presenter"]
        self._presenter = Process("demo presenter", command, log=folder.log("demo-presenter"), listens=True)

    def start(self) -> None:
        """Open the page, sign in with a password that is new each time, and share. Raises NoBrowser, NotInTime, PartFailed."""
        chromium_path()
        account = self._box.make_account(ACCOUNT, "presenter")
        screen = self._stage.screen
        self._stage.start()
        self._presenter.log.unlink(missing_ok=True)
        self._presenter.start()
        asked = {"display": screen.display, "width": screen.width, "height": screen.height, "url": self._box.url}
        self._presenter.tell(json.dumps({**asked, "name": account.name, "password": account.password}))
        self._wait_told("ready")
        self._stage.show_picture()
        self._presenter.tell("share")
        self._wait_told("live")

    def tell_wall(self, kiosks: list[Kiosk], say: Callable[[str], None], stop: threading.Event) -> None:
        """Say what each kiosk on a virtual screen shows."""
        say("\nThe demo presents a moving test picture.")
        for kiosk in kiosks:
            if kiosk.screen is not None and not stop.is_set():
                say(f"{kiosk.process.name}: {self._seen(kiosk, Glass(kiosk.screen))}")
        walls = [line.removeprefix("wall: ") for line in self._told() if line.startswith("wall: ")]
        if walls:
            say(f"The presenter page says: {walls[-1]}")

    def processes(self) -> list[Process]:
        """What runs for the demo."""
        return [*self._stage.processes(), self._presenter]

    def stop(self) -> None:
        """Close the browser and the screen."""
        self._presenter.stop()
        self._stage.stop()

    def _wait_told(self, word: str) -> None:
        wait_until(lambda: word in self._told() or not self._presenter.is_running, f"the demo is {word}", timeout_s=60)
        if not self._presenter.is_running:
            raise PartFailed(f"the demo's presenter ended; the end of its log:\n{self._presenter.log_tail()}")

    def _told(self) -> list[str]:
        log = self._presenter.log
        return log.read_text().splitlines() if log.exists() else []

    def _seen(self, kiosk: Kiosk, glass: Glass) -> str:
        picture = self._folder.path / f"{kiosk.process.name}.png"
        try:
            wait_until(lambda: glass.age_ms() is not None, "the test picture on the kiosk", timeout_s=SETTLES_WITHIN_S)
            seen = glass.watch(LOOKS_FOR_S)
        except (NotInTime, LookupError):
            kiosk.screenshot(picture)
            return f"does not show the test picture (is it approved?); its screen: {picture}"
        kiosk.screenshot(picture)
        age = f"{seen.new_age_mean_ms:.0f} ms old when it appears (95 %: {seen.new_age_p95_ms:.0f} ms)"
        return f"shows it at {seen.frames_per_second:.1f} frames/s; a picture is {age}; its screen: {picture}"
