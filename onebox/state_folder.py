"""The one folder that holds all state: secrets, stores, kiosks, logs. A second start on it is refused."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


class InUse(Exception):
    """Another `bin/up` runs on this folder."""


@dataclass(frozen=True)
class Secrets:
    """What the parts on this machine share. Made at the first start, kept in a file only its owner reads."""

    livekit_api_key: str
    livekit_api_secret: str
    controller_secret_key: str


class StateFolder:
    """Paths in the folder, and the lock on it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Make the folder, private to its owner, and lock it. Raises InUse."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(f"another bin/up runs on {self.path}; end it, or give this one another --state folder") from error

    def close(self) -> None:
        """Let another use the folder."""
        if self._lock is not None:
            self._lock.close()

    def log(self, part: str) -> Path:
        """A part's log file."""
        return self.path / "log" / f"{part}.log"

    def kiosk(self, number: int) -> Path:
        """A kiosk's own state."""
        return self.path / f"kiosk-{number}"

    def secrets(self) -> Secrets:
        """The secrets; made now if this is the first start."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = Secrets("marquee", secrets.token_hex(24), secrets.token_hex(32))
            write_private(path, json.dumps(asdict(made)))
        return Secrets(**json.loads(path.read_text()))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
