"""What a display holds after hello: an opaque token for an hour.

Tokens are stored hashed; the run that said hello last is the one that is heard, so a second machine with the same key is noticed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from controller.services import keys
from controller.services.stores import Store

TOKEN_LIFE_S = 3600
RUN_KEPT_S = 86_400


class NoDeviceSession(Exception):
    """The token is unknown or too old; say hello again."""


class Superseded(Exception):
    """Another run of this display said hello since."""


@dataclass(frozen=True)
class DeviceSession:
    """Who is speaking."""

    display_id: str
    run_id: str


class DeviceSessions:
    """Device session tokens in the live store."""

    def __init__(self, live: Store) -> None:
        self._live = live

    def begin(self, session: DeviceSession) -> str:
        """A token for a display that has just proved its key; runs before this one are superseded."""
        token = secrets.token_urlsafe(32)
        text = json.dumps({"display_id": session.display_id, "run_id": session.run_id})
        with self._live.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.device_session(_hash(token)), text, ex=TOKEN_LIFE_S)
            pipeline.set(keys.device_run(session.display_id), session.run_id, ex=RUN_KEPT_S)
            pipeline.execute()
        return token

    def of(self, token: str) -> DeviceSession:
        """Whose token this is. Raises NoDeviceSession or Superseded."""
        text = self._live.get(keys.device_session(_hash(token)))
        if text is None:
            raise NoDeviceSession("the device session is unknown or over; say hello again")
        session = DeviceSession(**json.loads(text))
        if self._live.get(keys.device_run(session.display_id)) not in (None, session.run_id):
            raise Superseded("another run of this display has said hello since")
        return session


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
