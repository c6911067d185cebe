"""Tells systemd that the kiosk lives, but only while all its parts do: a thread that pings blindly proves nothing.

The window speaks, from its own loop, so a loop that hangs is silence. Each other part beats by doing its work.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

LIMITS_S: Mapping[str, float] = {"page": 5.0, "agent": 10.0, "heartbeat": 180.0, "window": 5.0}
"""How long each may be silent. A request may take a minute where names are not found and none of the name servers answers; the
picture goes on meanwhile, so only a heartbeat that hangs for ever is worth a new start."""


class Watchdog:
    """Remembers who beat last, and speaks systemd's notify protocol."""

    def __init__(self, notify_socket: str | None) -> None:
        self._notify_socket = notify_socket
        self._lock = threading.Lock()
        self._beaten_at_s: dict[str, float] = {}
        self._retired: set[str] = set()
        self._is_ready = False

    def beat(self, who: str) -> None:
        """A part is alive."""
        with self._lock:
            self._beaten_at_s[who] = time.monotonic()

    def retire(self, who: str) -> None:
        """A part has ended as it should: its silence means nothing from now on."""
        with self._lock:
            self._retired.add(who)

    def silent_for_s(self, who: str) -> float | None:
        """Seconds since the last beat; None before the first."""
        with self._lock:
            beaten_at_s = self._beaten_at_s.get(who)
        return None if beaten_at_s is None else time.monotonic() - beaten_at_s

    def is_silent(self, who: str) -> bool:
        """Whether a part is not heard that should be."""
        with self._lock:
            if who in self._retired:
                return False
        silent_s = self.silent_for_s(who)
        return silent_s is None or silent_s > LIMITS_S[who]

    def tell_systemd(self) -> None:
        """READY=1 at the first time that all beat, WATCHDOG=1 at each. The window waits for no listener, and does without one."""
        if self._notify_socket is None or any(self.is_silent(who) for who in LIMITS_S):
            return
        try:
            _send(self._notify_socket, "WATCHDOG=1" if self._is_ready else "READY=1")
        except OSError as error:
            log.warning("watchdog systemd does not listen: %s", error)
        else:
            self._is_ready = True


def _send(notify_socket: str, text: str) -> None:
    address = "\0" + notify_socket[1:] if notify_socket.startswith("@") else notify_socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as speaker:
        speaker.connect(address)
        speaker.send(text.encode())
