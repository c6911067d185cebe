"""The sessions there are. Session 1 exists from the first start."""

from __future__ import annotations

import json
from dataclasses import dataclass

from controller.services import keys
from controller.services.stores import Store

FIRST_SESSION_ID = 1


class UnknownSession(Exception):
    """There is no such session; the text lists those there are."""


@dataclass(frozen=True)
class Session:
    """One stage. `epoch` is part of the room's name: a new one locks everybody out at once."""

    session_id: int
    name: str
    epoch: int


class Sessions:
    """Reads the sessions; making, renaming and archiving them comes with the dashboard's later work."""

    def __init__(self, state: Store) -> None:
        self._state = state

    def all(self) -> list[Session]:
        """Every session, by number."""
        raw = self._state.hgetall(keys.SESSIONS)
        if str(FIRST_SESSION_ID) not in raw:
            self._state.hsetnx(keys.SESSIONS, str(FIRST_SESSION_ID), json.dumps({"name": "Main stage", "epoch": 1}))
            raw = self._state.hgetall(keys.SESSIONS)
        return sorted((_session(int(number), text) for number, text in raw.items()), key=lambda session: session.session_id)

    def first(self) -> Session:
        """The session where displays wait whose session nobody has decided."""
        return self.all()[0]

    def get(self, session_id: int) -> Session:
        """One session. Raises UnknownSession."""
        text = self._state.hget(keys.SESSIONS, str(session_id))
        if text is not None:
            return _session(session_id, text)
        known = self.all()
        for session in known:
            if session.session_id == session_id:
                return session
        listed = ", ".join(f"{session.session_id} ({session.name})" for session in known)
        raise UnknownSession(f"there is no session {session_id}; known sessions: {listed}")


def _session(session_id: int, text: str) -> Session:
    fields = json.loads(text)
    return Session(session_id=session_id, name=fields["name"], epoch=fields["epoch"])
