"""How the machine is, by psutil, and what it is."""

from __future__ import annotations

import contextlib
import platform
import socket
import time
from pathlib import Path

import psutil

from kiosk.own_restart import Restarts
from kiosk.page_care import PageReloads
from wire.display import Hardware, MachineReport

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MODELS = (Path("/proc/device-tree/model"), Path("/sys/class/dmi/id/product_name"))
OS_RELEASE = Path("/etc/os-release")
LONGEST = 120

_STARTED_S = time.monotonic()


def boot_id() -> str:
    """Of the machine's present boot."""
    return BOOT_ID.read_text().strip()


def hardware() -> Hardware:
    """What the admin recognises the machine by."""
    return Hardware(model=_model()[:LONGEST], hostname=socket.gethostname()[:LONGEST], os=_os_name()[:LONGEST])


def machine_report(reloads: PageReloads, restarts: Restarts) -> MachineReport:
    """How the machine and this kiosk are now. CPU is the mean since the last report. Nothing of it asks the wall clock."""
    return MachineReport(
        cpu_percent=min(100.0, psutil.cpu_percent()),
        memory_percent=psutil.virtual_memory().percent,
        kiosk_memory_bytes=_own_memory_bytes(),
        temperature_celsius=_temperature_celsius(),
        uptime_s=time.clock_gettime(time.CLOCK_BOOTTIME),
        kiosk_uptime_s=time.monotonic() - _STARTED_S,
        renderer_falls=reloads.fell,
        renderer_hangs=reloads.hung,
        renderer_stuck=reloads.stuck,
        renderer_large=reloads.large,
        restarts=restarts.times,
        restarted_for=restarts.last,
    )


def _own_memory_bytes() -> int:
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += _memory_bytes(process)
    return total


def _memory_bytes(process: psutil.Process) -> int:
    """A sandboxed renderer does not let its own user look: then it is what is resident, also what others share."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)


def _temperature_celsius() -> float | None:
    readings = [entry.current for entries in psutil.sensors_temperatures().values() for entry in entries]
    sensible = [reading for reading in readings if -50 <= reading <= 200]
    return max(sensible) if sensible else None


def _model() -> str:
    for path in MODELS:
        if path.exists():
            return path.read_text(errors="replace").strip("\0\n ")
    return platform.machine()


def _os_name() -> str:
    if not OS_RELEASE.exists():
        return platform.platform()
    for line in OS_RELEASE.read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.platform()
