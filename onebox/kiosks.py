"""Kiosks on this machine: the first on its own screen where it has one, every other on a virtual screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from onebox.processes import Process
from onebox.screens import VirtualScreen
from onebox.state_folder import StateFolder
from onebox.supervised import Supervised


def has_screen() -> bool:
    """Whether this machine shows something on a screen of its own."""
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))


class Kiosk:
    """One kiosk, with its screen; it is kept running. `within` is a command that runs another: the kiosk's network, say."""

    def __init__(
        self,
        folder: StateFolder,
        number: int,
        controller_url: str,
        *,
        enrolment_key: str | None = None,
        screen: VirtualScreen | None = None,
        environ: dict[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> None:
        self.screen = screen
        self.state = folder.kiosk(number)
        settings = {"CONTROLLER_URL": controller_url, "KIOSK_STATE_DIR": str(self.state)}
        if enrolment_key is not None:
            settings["KIOSK_ENROLMENT_KEY"] = enrolment_key
        where = {"DISPLAY": screen.display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"} if screen is not None else {}
        self.process = Supervised(
            f"kiosk-{number}",
            [*within, sys.executable, "-m", "kiosk"],
            log=folder.log(f"kiosk-{number}"),
            environ={**os.environ, **settings, **where, **(environ or {})},
        )

    def start(self) -> None:
        """Start the kiosk; its screen must run."""
        self.process.start()

    def stop(self) -> None:
        """End the kiosk and its screen."""
        self.process.stop()
        if self.screen is not None:
            self.screen.stop()

    def processes(self) -> list[Process]:
        """What else runs for it and is not started again: its virtual screen, where it has one."""
        return [] if self.screen is None else [self.screen.process]

    def screenshot(self, path: Path) -> Path | None:
        """Keep a picture of a virtual screen; None on the machine's own."""
        return self.screen.save(path) if self.screen is not None else None
