"""The process that draws a kiosk's page: what dies and hangs by itself, and what is killed and frozen on purpose."""

from __future__ import annotations

import psutil

from onebox.kiosks import Kiosk
from onebox.waiting import wait_until


def renderer_of(kiosk: Kiosk) -> psutil.Process:
    """The kiosk's renderer, as soon as it has one: the only process that one of its zygotes forked."""
    return wait_until(lambda: _renderer_of(kiosk.process.pid), f"{kiosk.process.name} has a renderer")


def _renderer_of(pid: int) -> psutil.Process | None:
    try:
        for child in psutil.Process(pid).children(recursive=True):
            if child.ppid() != pid and child.status() != psutil.STATUS_ZOMBIE:
                return child
    except psutil.NoSuchProcess:
        return None  # it ended while it was looked at
    return None
