"""Files that are whole or not there at all, and on the disk once they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_through(path: Path, text: str) -> None:
    """Write a file, or replace it, readable by its owner alone. Raises OSError; then what was there before is there still."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
