"""What a display holds after hello: an opaque token for an hour.

Tokens are stored hashed. They name the display, so that one look finds the token and the run that said hello last, which is
the one that is heard. A newer process of the same boot takes over for good; a run of another boot must say hello again, and
shows by it whether two machines have one key (`rules.clones`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from controller.rules.clones import Heard, after_run
from controller.services import keys
from controller.services.kept_messages import KeptMessages
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
    """That other run is of another boot."""

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
    def heard_as(self) -> str:
        """How what is kept of a display's run begins while this run is the one that is heard."""
        return json.dumps({"boot_id": self.boot_id, "run_id": self.run_id})[:-1]


class DeviceSessions:
    """Device session tokens in the live store."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._kept_runs = KeptMessages("device run", _heard)

    def begin(self, session: DeviceSession, now: datetime) -> str:
        """A token for a display that has just proved its key; runs before this one are superseded."""
        token = f"{session.display_id}.{secrets.token_urlsafe(32)}"
        heard = after_run(self.heard(session.display_id), session.boot_id, session.run_id, now)
        with self._live.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.device_session(_hash(token)), json.dumps(dataclasses.asdict(session)), ex=TOKEN_LIFE_S)
            pipeline.set(keys.device_run(session.display_id), _text(heard), ex=RUN_KEPT_S)
            pipeline.execute()
        return token

    def heard(self, display_id: str) -> Heard | None:
        """The run of a display that is heard; None where there is none, or an admin ended it."""
        text = self._live.get(keys.device_run(display_id))
        return None if text == ALL_ENDED else self._kept_runs.read(text)

    def of(self, token: str) -> DeviceSession:
        """Whose token this is. Raises NoDeviceSession, Superseded or AnotherBootSpoke."""
        display_id = token.partition(".")[0]
        text, kept_run = self._live.mget([keys.device_session(_hash(token)), keys.device_run(display_id)])
        if text is None:
            raise NoDeviceSession("the device session is unknown or over; say hello again")
        session = DeviceSession(**json.loads(text))
        if kept_run == ALL_ENDED:
            raise NoDeviceSession("an admin ended the device session; say hello again")
        heard = self._kept_runs.read(kept_run)
        if heard is None or (heard.boot_id, heard.run_id) == (session.boot_id, session.run_id):
            return session
        if heard.boot_id != session.boot_id:
            raise AnotherBootSpoke(session.display_id)
        raise Superseded("another run of this display has said hello since")

    def end_all(self, display_id: str) -> None:
        """Whoever speaks as this display must say hello again."""
        self._live.set(keys.device_run(display_id), ALL_ENDED, ex=RUN_KEPT_S)


def _text(heard: Heard) -> str:
    return json.dumps({**dataclasses.asdict(heard), "since": heard.since.isoformat()})


def _heard(text: str) -> Heard:
    fields = json.loads(text)
    return Heard(fields["boot_id"], fields["run_id"], datetime.fromisoformat(fields["since"]), fields["boot_before"])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
