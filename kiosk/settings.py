"""The kiosk's environment, read once; every fault is reported together, and nothing else reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

VARIABLES = ("CONTROLLER_URL", "KIOSK_STATE_DIR", "KIOSK_ENROLMENT_KEY", "KIOSK_SESSION_ID", "KIOSK_MEMORY_LIMIT_MB")

DEFAULT_STATE_DIR = "/var/lib/kiosk"

DEFAULT_MEMORY_LIMIT_MB = 700
"""Twice what a kiosk was measured to need while it shows a picture of 1080p."""


@dataclass(frozen=True)
class Settings:
    """How this display reaches its controller."""

    controller_url: str
    """http:// or https://, without a path."""
    state_dir: Path
    enrolment_key: str | None
    wanted_session_id: int | None
    memory_limit_bytes: int
    """Of all the kiosk's processes; above it the kiosk renews itself."""
    notify_socket: str | None
    """systemd's, where it started us."""


class SettingsError(Exception):
    """The environment is wrong; `faults` has one sentence for each variable concerned."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("the settings are wrong: " + "; ".join(faults))
        self.faults = faults


def from_environment() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return read(os.environ)


def notify_socket() -> str | None:
    """Where systemd listens, if it started us; also where the settings are wrong."""
    return os.environ.get("NOTIFY_SOCKET") or None


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` describes. Raises SettingsError that names every fault at once."""
    faults: list[str] = []
    url = environ.get("CONTROLLER_URL", "").strip().rstrip("/")
    if not _is_controller_url(url):
        faults.append(f"CONTROLLER_URL must be the controller's address, for example https://marquee.example.org; it is {url!r}")
    session = environ.get("KIOSK_SESSION_ID", "").strip()
    if session and not (re.fullmatch(r"[0-9]{1,7}", session) and 1 <= int(session) <= 1_000_000):
        faults.append(f"KIOSK_SESSION_ID must be a session's number, for example 1; it is {session!r}")
    limit = environ.get("KIOSK_MEMORY_LIMIT_MB", "").strip() or str(DEFAULT_MEMORY_LIMIT_MB)
    if not re.fullmatch(r"[1-9][0-9]{1,5}", limit):
        faults.append(f"KIOSK_MEMORY_LIMIT_MB must be megabytes, for example {DEFAULT_MEMORY_LIMIT_MB}; it is {limit!r}")
    if faults:
        raise SettingsError(faults)
    return Settings(
        controller_url=url,
        state_dir=Path(environ.get("KIOSK_STATE_DIR", "").strip() or DEFAULT_STATE_DIR),
        enrolment_key=environ.get("KIOSK_ENROLMENT_KEY", "").strip() or None,
        wanted_session_id=int(session) if session else None,
        memory_limit_bytes=int(limit) * 1_000_000,
        notify_socket=environ.get("NOTIFY_SOCKET") or None,
    )


def _is_controller_url(url: str) -> bool:
    """Scheme, host and perhaps a port, and nothing else: no path, and no name and password, which would go in each request."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no port
    except ValueError:
        return False
    has_more = parts.username is not None or parts.path or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not has_more
