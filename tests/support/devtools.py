"""A kiosk's page as a developer sees it. Only a kiosk that was started with `debugging_at` lets anybody in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import requests

from onebox.processes import ROOT

PORT = 9222


def debugging_at(address: str) -> dict[str, str]:
    """What a kiosk's environment says so that its page can be looked into; never for a real one."""
    return {"QTWEBENGINE_REMOTE_DEBUGGING": f"{address}:{PORT}"}


def evaluate(address: str, script: str) -> Any:
    """Run a script in the page of the kiosk at an address; what came of it."""
    pages = requests.get(f"http://{address}:{PORT}/json", timeout=10).json()
    command = [str(ROOT / ".venv/bin/node"), str(Path(__file__).with_suffix(".mjs")), pages[0]["webSocketDebuggerUrl"]]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
