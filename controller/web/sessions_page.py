"""The page about sessions: which there are and what goes on in each, and those that were put away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template

from controller.services.sessions import Session
from controller.web.access import Audience, account, opens_to, parts
from wire.display import State

blueprint = Blueprint("sessions_page", __name__)


@dataclass(frozen=True)
class Stage:
    """A session with what an admin should know before changing it."""

    session: Session
    presenter_name: str | None
    approved: int
    waiting: int
    turned_away: int


@blueprint.get("/sessions")
@opens_to(Audience.ADMIN_IN_PERSON)
def page() -> str:
    """Every session, and apart those that are archived."""
    return render_template(
        "sessions.html",
        user=account().name,
        role=account().role.value,
        stages=[_stage(session) for session in parts().sessions.all()],
        archived=[_stage(session) for session in parts().sessions.archived()],
        max_displays=parts().settings.session_max_displays,
    )


def _stage(session: Session) -> Stage:
    states = Counter(record.state for record in parts().registry.in_session(session.session_id))
    lease = parts().leases.current(session.session_id)
    return Stage(
        session=session,
        presenter_name=lease.holder if lease else None,
        approved=states[State.APPROVED],
        waiting=states[State.PENDING] + states[State.CONFLICT],
        turned_away=states[State.REJECTED] + states[State.REVOKED],
    )
