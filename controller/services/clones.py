"""Two machines that speak with one display's key, both alive: neither is trusted until an admin decides.

A run that a later boot superseded and that speaks again proves two machines, for no machine returns to an earlier boot. Clones
that are never on together are told by `rules.clones`, at hello.
"""

from __future__ import annotations

from datetime import datetime

from controller.rules.audit_chain import Actor
from controller.services.decisions import Decisions, Order
from controller.services.device_sessions import AnotherBootSpoke, DeviceSession, DeviceSessions


class KeyShared(Exception):
    """Two machines use this display's key."""


class Clones:
    """Knows who speaks, and stops a display that speaks twice."""

    def __init__(self, device_sessions: DeviceSessions, decisions: Decisions) -> None:
        self._device_sessions = device_sessions
        self._decisions = decisions

    def speaker(self, token: str, *, by: Actor, at: datetime) -> DeviceSession:
        """Whose token this is. `by` is this request, for the audit log.

        Raises NoDeviceSession, Superseded, and KeyShared once both machines are stopped.
        """
        try:
            return self._device_sessions.of(token)
        except AnotherBootSpoke as error:
            self._decisions.suspend(Order(error.display_id, by, at))
            raise KeyShared("two machines use this display's key; an admin decides between them in the dashboard") from error
