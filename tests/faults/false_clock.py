"""A wall clock of a kiosk's own, which can be set while it runs: libfaketime, over the agent and its window.

Chromium's other processes keep the right clock: under libfaketime a page was seen to hang, and to need 48 s for a join on a busy
machine. Clocks that only count are left alone: that takes two variables, for with the first alone every wait by such a clock ends
at once, which keeps the browser's threads spinning (libfaketime 0.9.10; measured: a kiosk's start of 15 s and more).
"""

from __future__ import annotations

from pathlib import Path

import PySide6

LIBRARIES = "*/faketime/libfaketimeMT.so.1"
READ_EVERY_S = 1
"""How soon a program sees that its clock was set."""

CHROMIUM = Path(PySide6.__path__[0]) / "Qt/libexec/QtWebEngineProcess"


class NoFalseClock(Exception):
    """libfaketime is not installed; `bin/setup test` installs it."""


class FalseClock:
    """The clock of whatever is started with `environ`. It is right until it is set. Raises NoFalseClock."""

    def __init__(self, folder: Path) -> None:
        library = next(Path("/usr/lib").glob(LIBRARIES), None)
        if library is None:
            raise NoFalseClock("libfaketime is not installed; bin/setup test installs it")
        self.library = library
        self._offset, self._chromium = folder / "offset", folder / "chromium"
        self._chromium.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {CHROMIUM} "$@"\n')
        self._chromium.chmod(0o755)
        self.set("+0")

    @property
    def environ(self) -> dict[str, str]:
        """What the program's environment says."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_CACHE_DURATION": str(READ_EVERY_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "QTWEBENGINEPROCESS_PATH": str(self._chromium),
        }

    def set(self, offset: str) -> None:
        """Set it apart from the right one: `+10y`, `-56y`, `+0`."""
        draft = self._offset.with_suffix(".draft")
        draft.write_text(f"{offset}\n")
        draft.replace(self._offset)
