"""Letting somebody into a session's room, and out of it.

The room is made before every token: making it again is harmless, and after a restart of the SFU it is what brings everybody back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from controller.rules.presenting import Lease
from controller.services.livekit_rooms import LiveKitRooms, Participant
from controller.services.livekit_tokens import LiveKitNotConfigured, LiveKitTokens
from controller.services.sessions import Session
from controller.settings import LiveKitSettings, Settings
from wire.display import RoomToken

SPARE_PLACES = 2
"""The presenter, and one who is just being replaced: the SFU's own limit is only a backstop of SESSION_MAX_DISPLAYS."""


@dataclass(frozen=True)
class _Sfu:
    settings: LiveKitSettings
    tokens: LiveKitTokens
    rooms: LiveKitRooms


class RoomAccess:
    """Signs people and displays into rooms."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known_sfu = _sfu(settings.livekit) if settings.livekit else None

    def room_name(self, session: Session) -> str:
        """The session's room; its epoch is part of the name. Raises LiveKitNotConfigured."""
        return f"{self._sfu().settings.room_prefix}{session.session_id}-{session.epoch}"

    def make(self, session: Session) -> str:
        """Make the session's room where it is missing; its name. Raises as `admit_display`."""
        room = self.room_name(session)
        self._sfu().rooms.ensure(room, max_participants=self._settings.session_max_displays + SPARE_PLACES)
        return room

    def admit_display(self, session: Session, display_id: str) -> RoomToken:
        """A token for a display. Raises LiveKitNotConfigured, SfuUnreachable or SfuRefused."""
        room = self.make(session)
        return self._answer(room, display_id, self._sfu().tokens.for_display(room, display_id))

    def presenter_token(self, session: Session, lease: Lease) -> RoomToken:
        """A token for the session's presenter, into a room that was made before. Raises LiveKitNotConfigured."""
        room = self.room_name(session)
        return self._answer(room, lease.identity, self._sfu().tokens.for_presenter(room, lease.identity, lease.holder))

    def participants(self, session: Session) -> list[Participant]:
        """Who is in the session's room, as the SFU says; raises as `admit_display`.

        The room is made if it is missing, so that after a restart of the SFU it is there before anybody asks to come back.
        """
        return self._sfu().rooms.participants(self.make(session))

    def expel(self, session: Session, identity: str) -> None:
        """Take the picture from somebody and remove them; raises as `admit_display`."""
        self._sfu().rooms.remove(self.room_name(session), identity)

    def let_subscribe(self, session: Session, identity: str, *, may_subscribe: bool) -> None:
        """Give a display the picture, or keep it from it; raises as `admit_display`."""
        self._sfu().rooms.let_subscribe(self.room_name(session), identity, may_subscribe=may_subscribe)

    def end(self, session: Session) -> None:
        """Put everybody out of the session's room, and end it; raises as `admit_display`."""
        self._sfu().rooms.end(self.room_name(session))

    def there(self) -> frozenset[str]:
        """The rooms of ours that there are, also those of former epochs; raises as `admit_display`."""
        ours = re.compile(re.escape(self._sfu().settings.room_prefix) + r"\d+-\d+")
        return frozenset(name for name in self._sfu().rooms.names() if ours.fullmatch(name))

    def end_former(self, there: frozenset[str], sessions: list[Session]) -> frozenset[str]:
        """End those of the rooms that are no session's now; which they were. Raises as `admit_display`."""
        former = there - {self.room_name(session) for session in sessions}
        for room in former:
            self._sfu().rooms.end(room)
        return former

    def _answer(self, room: str, identity: str, token: str) -> RoomToken:
        settings = self._sfu().settings
        return RoomToken(sfu_url=settings.url, token=token, room=room, identity=identity, expires_in_s=settings.token_ttl_s)

    def _sfu(self) -> _Sfu:
        if self._known_sfu is None:
            raise LiveKitNotConfigured(self._settings.missing_livekit)
        return self._known_sfu


def _sfu(settings: LiveKitSettings) -> _Sfu:
    tokens = LiveKitTokens(settings)
    return _Sfu(settings, tokens, LiveKitRooms(tokens))
