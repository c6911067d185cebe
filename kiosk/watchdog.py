"""Tells systemd that the kiosk lives, but only while page, agent and window do: a thread that pings blindly proves nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping

LIMITS_S: Mapping[str, float] = {"page": 5.0, "agent": 10.0, "window": 5.0}
"""How long each may be silent."""


class Watchdog:
    """Remembers who beat last, and speaks systemd's notify protocol."""

    def __init__(self, notify_socket: str | None) -> None:
        self._notify_socket = notify_socket
        self._lock = threading.Lock()
        self._beaten_at_s: dict[str, float] = {}
        self._is_ready = False

    def beat(self, who: str) -> None:
        """`page`, `agent` or `window` is alive."""
        with self._lock:
            self._beaten_at_s[who] = time.monotonic()

    def silent_for_s(self, who: str) -> float | None:
        """Seconds since the last beat; None before the first."""
        with self._lock:
            beaten_at_s = self._beaten_at_s.get(who)
        return None if beaten_at_s is None else time.monotonic() - beaten_at_s

    def tell_systemd(self) -> None:
        """READY=1 at the first time that all beat, WATCHDOG=1 at each."""
        for who, limit_s in LIMITS_S.items():
            silent_s = self.silent_for_s(who)
            if silent_s is None or silent_s > limit_s:
                return
        self._send("WATCHDOG=1" if self._is_ready else "READY=1")
        self._is_ready = True

    def _send(self, text: str) -> None:
        if self._notify_socket is None:
            return
        address = "\0" + self._notify_socket[1:] if self._notify_socket.startswith("@") else self._notify_socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.connect(address)
            speaker.send(text.encode())
