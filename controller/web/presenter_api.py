"""What the presenter page asks: permission to present, and how the wall is."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.rules.bandwidth_budget import stops_everything
from controller.rules.presenting import Claim
from controller.services import push
from controller.services.sessions import Session
from controller.services.wall import few_protected_notice
from controller.web import event_streams, messages
from controller.web.access import Audience, account, browser_session, may_still, opens_to, parts
from controller.web.actors import actor
from controller.web.errors import Refused
from controller.web.messages import exchange
from wire.display import SessionQuery
from wire.presenter import LeaseRelease, PresenterHeartbeat, PresenterStatus, PresenterToken, PresenterTokenRequest

blueprint = Blueprint("presenter_api", __name__)

LOOKS_EVERY_S = 1.0
"""Showing turns into unknown with time alone, without anybody telling."""


@blueprint.post("/api/admin/presenter/livekit-token")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=1_024)
@exchange(takes=PresenterTokenRequest, gives=PresenterToken)
def livekit_token() -> Response:
    """Take the session's lease, from another only if they are named, and get a token to publish one screen."""
    asked = messages.read(PresenterTokenRequest)
    parts().audit_log.require_sound()
    _require_bandwidth()
    now = parts().clock()
    session = _session(asked.session_id)
    held, room_token = parts().presenters.admit(session, claim(asked.lease, asked.take_over), by=actor(), now=now)
    status = parts().wall.presenter_status(asked.session_id, browser_session(), now)
    return messages.answer(
        PresenterToken(
            **room_token.model_dump(),
            session_id=asked.session_id,
            lease=held.secret,
            limits=status.limits,
            protected_approved=status.protected_approved,
            warning=few_protected_notice(status.protected_approved),
        )
    )


@blueprint.post("/api/presenter/v1/heartbeat")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=4_096)
@exchange(takes=PresenterHeartbeat, gives=PresenterStatus)
def heartbeat() -> Response:
    """The presenter page is alive, and hears what the wall shows."""
    message = messages.read(PresenterHeartbeat)
    parts().audit_log.require_sound()
    now = parts().clock()
    lease = parts().leases.check(message.session_id, claim(message.lease))
    before = parts().window.of_presenter(message.session_id)
    parts().window.keep_presenter(message, lease, now)
    if message.phase != "live":
        parts().stills.drop(message.session_id)
    if before is None or before.message.phase != message.phase:
        parts().push.tell(push.session_topic(message.session_id), push.presenting_topic(message.session_id))
    parts().quality_guard.look_at(message.session_id, lease, parts().budget_decisions.in_force(), now)
    return messages.answer(parts().wall.presenter_status(message.session_id, browser_session(), now))


@blueprint.delete("/api/presenter/v1/lease")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=1_024)
@exchange(takes=LeaseRelease, gives=PresenterStatus)
def release_lease() -> Response:
    """The presenter stops."""
    message = messages.read(LeaseRelease)
    parts().audit_log.require_sound()
    parts().leases.release(message.session_id, claim(message.lease), by=actor(), now=parts().clock())
    parts().stills.drop(message.session_id)
    parts().push.tell(push.presenting_topic(message.session_id))
    return messages.answer(parts().wall.presenter_status(message.session_id, browser_session(), parts().clock()))


@blueprint.get("/api/presenter/v1/events")
@opens_to(Audience.PRESENTER_IN_PERSON)
@exchange(asks=SessionQuery, streams=PresenterStatus)
def events() -> Response:
    """What the wall shows, at once and at every change."""
    here, session = parts(), _session(messages.asked(SessionQuery).session_id)
    asker = browser_session()

    def status() -> PresenterStatus:
        here.audit_log.require_sound()
        return here.wall.presenter_status(session.session_id, asker, here.clock())

    return event_streams.follow(
        "status",
        status,
        push=here.push,
        topics=(push.session_topic(session.session_id), push.presenting_topic(session.session_id)),
        may_read=may_still(Audience.PRESENTER_IN_PERSON),
        look_every_s=LOOKS_EVERY_S,
        ping=True,
    )


def _session(session_id: int) -> Session:
    """The session, if whoever asks may present in it. Raises UnknownSession or Refused (403)."""
    session = parts().sessions.get(session_id)
    if not account().may_present_in(session_id):
        raise Refused(403, "wrong_session", f"{account().name} may not present in {session.name}; an admin can permit it")
    return session


def _require_bandwidth() -> None:
    """Raises Refused (403) where the day's bandwidth is used up and the operator wants that to be the end of it."""
    wanted = parts().settings.bandwidth
    if stops_everything(parts().budget_decisions.in_force(), stops_hard=wanted.hard_stop):
        until = f"until midnight ({wanted.time_zone.key}), or until an admin lifts the budget"
        raise Refused(403, "held_by_budget", f"today's bandwidth is used up, so nobody presents {until}")


def claim(secret: str | None, takes_over: str | None = None) -> Claim:
    """What the one who asks says of the lease."""
    return Claim(account().name, browser_session(), secret, takes_over)
