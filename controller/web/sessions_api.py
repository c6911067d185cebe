"""What an admin does to sessions: make, rename, archive, bring back, lock the room."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.services import push
from controller.services.sessions import Session
from controller.web import messages
from controller.web.access import Audience, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.admin import (
    ArchiveSessionRequest,
    LockedRoom,
    LockRoomRequest,
    SessionList,
    SessionNameRequest,
    SessionView,
    UnarchiveSessionRequest,
)

blueprint = Blueprint("sessions_api", __name__, url_prefix="/api/admin/sessions")


@blueprint.get("")
@opens_to(Audience.ADMIN)
@exchange(gives=SessionList)
def sessions() -> Response:
    """Every session, and apart those that are archived."""
    there, archived = parts().sessions.all(), parts().sessions.archived()
    return messages.answer(SessionList(sessions=list(map(_view, there)), archived=list(map(_view, archived))))


@blueprint.post("")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionNameRequest, gives=SessionView)
def make() -> Response:
    """A new session."""
    asked = messages.read(SessionNameRequest)
    return messages.answer(_view(parts().sessions.make(asked.name, by=actor(), at=parts().clock())))


@blueprint.post("/<int:session_id>/rename")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionNameRequest, gives=SessionView)
def rename(session_id: int) -> Response:
    """Give a session another name; its displays and its presenter hear it."""
    asked = messages.read(SessionNameRequest)
    session = parts().sessions.rename(session_id, asked.name, by=actor(), at=parts().clock())
    parts().push.tell(push.session_topic(session_id), push.presenting_topic(session_id))
    return messages.answer(_view(session))


@blueprint.post("/<int:session_id>/archive")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=ArchiveSessionRequest, gives=SessionView)
def archive(session_id: int) -> Response:
    """Put a session away, once nothing happens in it; whoever looks at it is told at once."""
    messages.read(ArchiveSessionRequest)
    session = parts().sessions.archive(session_id, by=actor(), at=parts().clock())
    parts().push.tell(push.session_topic(session_id))
    return messages.answer(_view(session))


@blueprint.post("/<int:session_id>/unarchive")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=UnarchiveSessionRequest, gives=SessionView)
def unarchive(session_id: int) -> Response:
    """Bring an archived session back, with the displays that were turned away in it."""
    messages.read(UnarchiveSessionRequest)
    return messages.answer(_view(parts().sessions.unarchive(session_id, by=actor(), at=parts().clock())))


@blueprint.post("/<int:session_id>/lock")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=LockRoomRequest, gives=LockedRoom)
def lock(session_id: int) -> Response:
    """Put everybody out of the session's room, and let in only with fresh tokens."""
    messages.read(LockRoomRequest)
    locked = parts().room_lock.lock(session_id, by=actor(), at=parts().clock())
    return messages.answer(LockedRoom(session_id=session_id, room=locked.room, is_ended=locked.is_ended))


def _view(session: Session) -> SessionView:
    return SessionView(session_id=session.session_id, name=session.name)
