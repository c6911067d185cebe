"""What the dashboard asks and does."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.rules.admission import Act
from controller.services import push
from controller.services.accounts import AccountRole
from controller.web import event_streams, messages
from controller.web.access import Audience, account, cookie_name, opens_to, parts
from wire.admin import ApproveRequest, SessionRequest
from wire.display import Role

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")

LOOKS_EVERY_S = 1.0


@blueprint.get("/livekit/displays")
@opens_to(Audience.ADMIN)
def displays() -> Response:
    """Every display of a session."""
    session = parts().sessions.get(messages.session_id_asked())
    return messages.answer(parts().wall.displays(session, parts().clock()))


@blueprint.post("/livekit/displays/<display_id>/approve")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
def approve(display_id: str) -> Response:
    """Let a display see a session's picture, or change its role."""
    asked = messages.read(ApproveRequest)
    return _decide(display_id, Act.APPROVE, asked.session_id, asked.role)


@blueprint.post("/livekit/displays/<display_id>/reject")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
def reject(display_id: str) -> Response:
    """Turn a waiting display away."""
    return _decide(display_id, Act.REJECT, messages.read(SessionRequest).session_id)


@blueprint.post("/livekit/displays/<display_id>/revoke")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
def revoke(display_id: str) -> Response:
    """Take the picture from an approved display."""
    return _decide(display_id, Act.REVOKE, messages.read(SessionRequest).session_id)


@blueprint.post("/livekit/displays/<display_id>/pending")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
def return_to_pending(display_id: str) -> Response:
    """Let a rejected or revoked display wait again."""
    return _decide(display_id, Act.RETURN_TO_PENDING, messages.read(SessionRequest).session_id)


@blueprint.get("/livekit/status")
@opens_to(Audience.ADMIN)
def sfu_status() -> Response:
    """The SFU as the steward saw it last."""
    session = parts().sessions.get(messages.session_id_asked())
    return messages.answer(parts().wall.sfu_status(session, parts().clock()))


@blueprint.get("/bandwidth/status")
@opens_to(Audience.PRESENTER)
def bandwidth_status() -> Response:
    """Today's bytes against the thresholds."""
    return messages.answer(parts().wall.bandwidth(parts().clock()))


@blueprint.get("/events")
@opens_to(Audience.ADMIN)
def events() -> Response:
    """All that the dashboard shows of a session, at once and at every change."""
    here, session = parts(), parts().sessions.get(messages.session_id_asked())
    token = request.cookies.get(cookie_name(), "")
    return event_streams.follow(
        "snapshot",
        lambda: here.wall.snapshot(session, here.clock()),
        push=here.push,
        topics=(push.session_topic(session.session_id), push.presenting_topic(session.session_id)),
        may_read=lambda: (found := here.browser_sessions.account_of(token)) is not None and found.role is AccountRole.ADMIN,
        look_every_s=LOOKS_EVERY_S,
        ping=True,
    )


def _decide(display_id: str, act: Act, session_id: int, role: Role | None = None) -> Response:
    record = parts().admissions.decide(display_id, act, session_id=session_id, role=role, by=account().name)
    return messages.answer(parts().wall.display_view(record, parts().clock()))
