"""Who may be in a session's room now. The door asks it of everybody who comes, the steward of everybody who is inside.

A token cannot be called back, and LiveKit gives whoever is connected a fresh one: so a good signature says who somebody is, and
only the registry and the lease say whether they may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.rules.presenting import is_presenter
from wire.display import State


@dataclass(frozen=True)
class RoomPass:
    """What a well-signed token says of its bearer."""

    identity: str
    room: str
    joins: bool
    """Whether it is for joining a room at all; the controller's own tokens are for the room API."""


@dataclass(frozen=True)
class OpenRoom:
    """A session's room, and whom it is open to now."""

    name: str
    """With the present epoch."""
    displays: Mapping[str, State]
    """The session's displays, by identity."""
    presenter: str | None
    """The identity that the session's lease names."""
    held: frozenset[str] = frozenset()
    """Displays that the day's bandwidth budget keeps out."""
    is_stopped: bool = False
    """Whether it keeps out presenters, too: nobody would see them."""


def why_refused(shown: RoomPass, room: OpenRoom | None) -> str | None:
    """Why somebody may not come in; None when they may. `room` is None where no session has the room shown."""
    if not shown.joins:
        return "this token is not for joining a room"
    if room is None or room.name != shown.room:
        return "no session has this room now; ask the controller for a fresh token"
    return why_out(shown.identity, room)


def why_out(identity: str, room: OpenRoom) -> str | None:
    """Why somebody may not be in the room; None when they may."""
    if is_presenter(identity) and room.is_stopped:
        return "today's bandwidth is used up, and the operator wants no more of it"
    if is_presenter(identity):
        return None if identity == room.presenter else "this lease is not the session's; press Share to present"
    state = room.displays.get(identity)
    if state is None:
        return "no display of this session has this identity"
    if state is not State.APPROVED:
        return f"this display is {state.value}; an admin must approve it"
    return "today's bandwidth budget keeps this display out" if identity in room.held else None
