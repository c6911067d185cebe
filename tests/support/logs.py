"""Lines in programs' logs and browsers' consoles that nobody announced. A story that leaves one fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

OURS = re.compile(r"^(WARNING|ERROR|CRITICAL) |^Traceback |^\[[^]]+\] \[\d+\] \[(WARNING|ERROR|CRITICAL)\]")
"""Of our programs, and of gunicorn."""

PAGE = re.compile(r"^js: ")
"""What the kiosk's page says on its console; Qt does not tell an error from a remark."""

ALWAYS = (
    r"AudioContext was not allowed to start",  # livekit-client makes one; nothing here has sound
    r"error reading from signal stream",  # livekit-client, now and then, when it is removed from a room
    r"detected connection state mismatch .*numFailures: 1}",  # livekit-client looked between two states; it acts on three
    r"handle Init when in state: Established",  # pion's data channel, when a client left and came at once
    r"udp_mux.*Failed to write packet: io: read/write on closed pipe",  # pion's: a packet came as its connection was closed
    r"Permissions policy violation: camera",  # livekit-client lists devices when one comes or goes; the page's policy allows none
)


def unannounced_lines(folder: Path, console: list[str], announced: list[str]) -> list[str]:
    """Everything of weight in the logs of `folder` and in `console` that no pattern of `announced` matches."""
    known = [re.compile(pattern) for pattern in (*ALWAYS, *announced)]
    lines = [*_logged(folder), *console]
    return [line for line in lines if not any(pattern.search(line) for pattern in known)]


def _logged(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text(errors="replace").splitlines():
            if path.stem == "sfu":
                if _is_sfu_error(line):
                    yield f"sfu: {line}"
            elif OURS.search(line) or PAGE.search(line):
                yield f"{path.stem}: {line}"


def _is_sfu_error(line: str) -> bool:
    try:
        return bool(json.loads(line).get("level") == "error")
    except ValueError:
        return bool(line.strip())
