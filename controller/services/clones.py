"""Two machines that speak with one display's key, both alive: neither is trusted until an admin decides (`rules.clones`).

A machine whose place another boot took says hello again, and thereby shows itself. In conflict it is told so instead: each hello
would take the session from the other machine.
"""

from __future__ import annotations

from controller.rules.admission import SUSPENDED_BY_CLONES
from controller.services.device_sessions import AnotherBootSpoke, DeviceSession, DeviceSessions, NoDeviceSession
from controller.services.display_registry import DisplayRegistry


class KeyShared(Exception):
    """Two machines use this display's key."""


class Clones:
    """Knows who speaks."""

    def __init__(self, device_sessions: DeviceSessions, registry: DisplayRegistry) -> None:
        self._device_sessions = device_sessions
        self._registry = registry

    def speaker(self, token: str) -> DeviceSession:
        """Whose token this is. Raises NoDeviceSession, Superseded, and KeyShared while the display is stopped."""
        try:
            return self._device_sessions.of(token)
        except AnotherBootSpoke as error:
            record = self._registry.find(error.display_id)
            if record is None or record.state in SUSPENDED_BY_CLONES:
                raise NoDeviceSession(f"{error}; say hello again") from error
            raise KeyShared("two machines use this display's key; an admin decides between them in the dashboard") from error
