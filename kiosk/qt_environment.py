"""What Qt and pywebview must find in the environment before they are imported."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

HEAP_LIMIT_MB = 256
"""A leak in the page then ends its renderer, which is loaded again, instead of filling the machine."""


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Choose the Qt backend, and software drawing where the machine has no GPU: half the cost of emulating one."""
    environ["PYWEBVIEW_GUI"] = "qt"
    environ["QT_API"] = "pyside6"
    environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", f"--js-flags=--max-old-space-size={HEAP_LIMIT_MB}")
    environ.setdefault("QT_WAYLAND_DISABLE_WINDOWDECORATION", "1")
    if os.geteuid() == 0:
        environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    if not any(Path("/dev/dri").glob("renderD*")):
        environ.setdefault("QT_QUICK_BACKEND", "software")
