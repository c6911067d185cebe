"""Locking a session's room: nobody stays in it, and no token of before opens anything.

Tokens cannot be called back, so the session gets another room. Approved displays and the presenter ask for a fresh token when
theirs ends, and come back by themselves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from controller.rules.audit_chain import Actor
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.push import ROOMS, Push, presenting_topic, session_topic
from controller.services.room_access import RoomAccess
from controller.services.sessions import Session, Sessions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Locked:
    """What became of it."""

    room: str
    """The session's room from now on."""
    is_ended: bool
    """Whether the room of before is ended; else the steward ends it as soon as the SFU answers."""


class RoomLock:
    """Gives sessions another room."""

    def __init__(self, sessions: Sessions, rooms: RoomAccess, push: Push) -> None:
        self._sessions = sessions
        self._rooms = rooms
        self._push = push

    def lock(self, session_id: int, *, by: Actor, at: datetime) -> Locked:
        """Another room for the session. Raises UnknownSession, SessionChanged, AuditBusy, LiveKitNotConfigured."""
        before = self._sessions.get(session_id)
        self._rooms.room_name(before)  # without LiveKit there is nothing to lock
        after = self._sessions.lock(session_id, by=by, at=at)
        room = self._rooms.room_name(after)
        log.info("room locked session=%d room=%s by=%s request=%s", session_id, room, by.name, by.request_id)
        is_ended = self._end(before)
        self._push.tell(ROOMS, session_topic(session_id), presenting_topic(session_id))
        return Locked(room, is_ended)

    def _end(self, session: Session) -> bool:
        try:
            self._rooms.end(session)
        except (SfuUnreachable, SfuRefused) as error:
            log.warning("room not ended yet room=%s error=%s", self._rooms.room_name(session), error)
            return False
        return True
