"""What the controller gave this display at its last boot, kept beside the key, so that a copy of the machine is noticed.

The one before is kept too: where a power cut or a worn disk spoilt the last one, it shows that this is still the same machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.whole_file import write_whole

NAME = "generation"
NAME_BEFORE = "generation.before"

_GENERATION = re.compile("[0-9a-f]{32}")


def shown(folder: Path) -> str:
    """The generation to show at hello; empty where there is none."""
    return _read(folder / NAME) or _read(folder / NAME_BEFORE)


def keep(folder: Path, generation: str) -> None:
    """Keep what the controller gave, and what was shown for it. Raises OSError."""
    before = shown(folder)
    if generation == before:
        return
    if before not in ("", _read(folder / NAME_BEFORE)):  # a good file is not touched while the other is spoilt
        write_whole(folder / NAME_BEFORE, before.encode())
    write_whole(folder / NAME, generation.encode())


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError:
        return ""
    text = content.decode("ascii", errors="replace")
    return text if _GENERATION.fullmatch(text) else ""
