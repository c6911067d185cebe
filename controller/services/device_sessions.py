"""What a display holds after hello: an opaque token for an hour.

Tokens are stored hashed. They name the display, so that one look finds the token and the run that said hello last, which is
the one that is heard. A newer process of the same boot takes over; a run of another boot that speaks again shows that two
machines have one key (`clones`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from dataclasses import dataclass

from controller.services import keys
from controller.services.stores import Store

TOKEN_LIFE_S = 3600
RUN_KEPT_S = 86_400
ALL_ENDED = "ended"
"""In place of the run that is heard, when none is."""


class NoDeviceSession(Exception):
    """The token is unknown or too old; say hello again."""


class Superseded(Exception):
    """Another run of this display said hello since."""


class AnotherBootSpoke(Superseded):
    """That other run is of another boot. When this run speaks nevertheless, there are two machines."""

    def __init__(self, display_id: str) -> None:
        super().__init__("a run of another boot of this display has said hello since")
        self.display_id = display_id


@dataclass(frozen=True)
class DeviceSession:
    """Who is speaking."""

    display_id: str
    run_id: str
    boot_id: str = ""
    """Empty in what an older version of us kept."""

    @property
    def run(self) -> str:
        """The identity of this run: a boot of a machine, and a process in it."""
        return f"{self.boot_id} {self.run_id}".strip()


class DeviceSessions:
    """Device session tokens in the live store."""

    def __init__(self, live: Store) -> None:
        self._live = live

    def begin(self, session: DeviceSession) -> str:
        """A token for a display that has just proved its key; runs before this one are superseded."""
        token = f"{session.display_id}.{secrets.token_urlsafe(32)}"
        text = json.dumps(dataclasses.asdict(session))
        with self._live.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.device_session(_hash(token)), text, ex=TOKEN_LIFE_S)
            pipeline.set(keys.device_run(session.display_id), session.run, ex=RUN_KEPT_S)
            pipeline.execute()
        return token

    def of(self, token: str) -> DeviceSession:
        """Whose token this is. Raises NoDeviceSession, Superseded or AnotherBootSpoke."""
        display_id = token.partition(".")[0]
        text, heard_last = self._live.mget([keys.device_session(_hash(token)), keys.device_run(display_id)])
        if text is None:
            raise NoDeviceSession("the device session is unknown or over; say hello again")
        session = DeviceSession(**json.loads(text))
        if heard_last in (None, session.run):
            return session
        if heard_last == ALL_ENDED:
            raise NoDeviceSession("an admin ended the device session; say hello again")
        boot_id = heard_last.rpartition(" ")[0]
        if boot_id and session.boot_id and boot_id != session.boot_id:
            raise AnotherBootSpoke(session.display_id)
        raise Superseded("another run of this display has said hello since")

    def end_all(self, display_id: str) -> None:
        """Whoever speaks as this display must say hello again."""
        self._live.set(keys.device_run(display_id), ALL_ENDED, ex=RUN_KEPT_S)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
