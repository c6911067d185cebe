"""What the dashboard asks and does."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.rules.admission import Act
from controller.services import push
from controller.services.decisions import Order
from controller.services.display_registry import ChangedMeanwhile, DisplayRecord
from controller.web import errors, event_streams, messages
from controller.web.access import Audience, account, may_still, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.admin import (
    AdminSnapshot,
    ApproveRequest,
    DisplayList,
    DisplayView,
    MoveDisplayRequest,
    PairingCodeRequest,
    RenameDisplayRequest,
    ReplaceDisplayRequest,
    SessionRequest,
    SfuStatus,
)
from wire.command import CommandRequest
from wire.display import SessionQuery

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")

LOOKS_EVERY_S = 1.0


@blueprint.get("/livekit/displays")
@opens_to(Audience.ADMIN)
@exchange(asks=SessionQuery, gives=DisplayList)
def displays() -> Response:
    """Every display of a session."""
    session = parts().sessions.get(messages.asked(SessionQuery).session_id)
    return messages.answer(parts().display_views.of_session(session, parts().clock()))


@blueprint.post("/livekit/displays/<display_id>/approve")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=ApproveRequest, gives=DisplayView)
def approve(display_id: str) -> Response:
    """Let a display see a session's picture, or change its role."""
    asked = messages.read(ApproveRequest)
    record = parts().decisions.approve(
        _order(display_id, asked.revision),
        session_id=asked.session_id,
        role=asked.role,
        typed_code=asked.pairing_code,
        name=asked.name,
    )
    return _answer(record)


@blueprint.post("/livekit/pairing-code")
@opens_to(Audience.ADMIN, max_body_bytes=256)
@exchange(takes=PairingCodeRequest, gives=DisplayView)
def pairing_code() -> Response:
    """The waiting display at which somebody stands, by the code on its screen."""
    return _answer(parts().code_checks.waiting_at(messages.read(PairingCodeRequest).code, by=account().name))


@blueprint.post("/livekit/displays/<display_id>/reject")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionRequest, gives=DisplayView)
def reject(display_id: str) -> Response:
    """Turn a waiting display away."""
    return _decide(display_id, Act.REJECT)


@blueprint.post("/livekit/displays/<display_id>/revoke")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionRequest, gives=DisplayView)
def revoke(display_id: str) -> Response:
    """Take the picture from an approved display."""
    return _decide(display_id, Act.REVOKE)


@blueprint.post("/livekit/displays/<display_id>/pending")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionRequest, gives=DisplayView)
def return_to_pending(display_id: str) -> Response:
    """Let a rejected or revoked display wait again."""
    return _decide(display_id, Act.RETURN_TO_PENDING)


@blueprint.post("/livekit/displays/<display_id>/rename")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=RenameDisplayRequest, gives=DisplayView)
def rename(display_id: str) -> Response:
    """Give a display another name."""
    asked = messages.read(RenameDisplayRequest)
    order = _order(display_id, asked.revision)
    return _answer(parts().decisions.rename(order, session_id=asked.session_id, name=asked.name))


@blueprint.post("/livekit/displays/<display_id>/move")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=MoveDisplayRequest, gives=DisplayView)
def move(display_id: str) -> Response:
    """Take a display to another session."""
    asked = messages.read(MoveDisplayRequest)
    order = _order(display_id, asked.revision)
    return _answer(parts().decisions.move(order, session_id=asked.session_id, to_session_id=asked.to_session_id))


@blueprint.post("/livekit/displays/<display_id>/replace")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=ReplaceDisplayRequest, gives=DisplayView)
def replace(display_id: str) -> Response:
    """Let a display take the place of an old one, which is revoked."""
    asked = messages.read(ReplaceDisplayRequest)
    record = parts().decisions.replace(
        _order(display_id, asked.revision),
        session_id=asked.session_id,
        old_id=asked.replaces,
        typed_code=asked.pairing_code,
    )
    return _answer(record)


@blueprint.post("/livekit/displays/<display_id>/resolve")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=SessionRequest, gives=DisplayView)
def resolve(display_id: str) -> Response:
    """End a conflict of two machines with one key: the one that says hello next is the display."""
    asked = messages.read(SessionRequest)
    return _answer(parts().decisions.resolve(_order(display_id, asked.revision), session_id=asked.session_id))


@blueprint.post("/livekit/displays/<display_id>/commands")
@opens_to(Audience.ADMIN, max_body_bytes=1_024)
@exchange(takes=CommandRequest, gives=DisplayView)
def command(display_id: str) -> Response:
    """Ask a display to do something; what became of it stands in its view."""
    asked = messages.read(CommandRequest)
    order = _order(display_id, None)
    parts().commands.give(order, asked.kind, session_id=asked.session_id)
    return _answer(parts().registry.get(display_id))


@blueprint.errorhandler(ChangedMeanwhile)
def changed_meanwhile(error: ChangedMeanwhile) -> Response:
    """A stale page hears what the display is by now."""
    record = parts().registry.get((request.view_args or {})["display_id"])
    present = parts().display_views.one(record, parts().clock()).model_dump(mode="json")
    return errors.answer(409, "changed_meanwhile", str(error), details=present)


@blueprint.get("/livekit/status")
@opens_to(Audience.ADMIN)
@exchange(asks=SessionQuery, gives=SfuStatus)
def sfu_status() -> Response:
    """The SFU as the steward saw it last."""
    session = parts().sessions.get(messages.asked(SessionQuery).session_id)
    return messages.answer(parts().wall.sfu_status(session, parts().clock()))


@blueprint.get("/events")
@opens_to(Audience.ADMIN)
@exchange(asks=SessionQuery, streams=AdminSnapshot)
def events() -> Response:
    """All that the dashboard shows of a session, at once and at every change."""
    here, session = parts(), parts().sessions.get(messages.asked(SessionQuery).session_id)
    return event_streams.follow(
        "snapshot",
        lambda: here.wall.snapshot(here.sessions.get(session.session_id), here.clock()),
        push=here.push,
        topics=(push.session_topic(session.session_id), push.presenting_topic(session.session_id)),
        may_read=may_still(Audience.ADMIN),
        look_every_s=LOOKS_EVERY_S,
        ping=True,
    )


def _decide(display_id: str, act: Act) -> Response:
    asked = messages.read(SessionRequest)
    return _answer(parts().decisions.decide(_order(display_id, asked.revision), act, session_id=asked.session_id))


def _order(display_id: str, revision: int | None) -> Order:
    return Order(display_id, actor(), parts().clock(), revision)


def _answer(record: DisplayRecord) -> Response:
    return messages.answer(parts().display_views.one(record, parts().clock()))
