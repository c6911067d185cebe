"""What an admin decides about a state store that came back older, empty or as another one: it is accepted.

To restore it is the operator's, by hand; then nothing is in doubt any more, and there is nothing to decide.
"""

from __future__ import annotations

from flask import Blueprint, Response

from controller.rules.audit_chain import head_of
from controller.services import push
from controller.web import messages
from controller.web.access import Audience, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.admin import AcceptedState, AcceptStateRequest

blueprint = Blueprint("state_api", __name__, url_prefix="/api/admin/state")


@blueprint.post("/accept")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=1_024)
@exchange(takes=AcceptStateRequest, gives=AcceptedState)
def accept() -> Response:
    """Take the state as it is."""
    asked = messages.read(AcceptStateRequest)
    accepted = parts().audit_log.accept(head_of(asked.head), by=actor(), at=parts().clock())
    parts().push.tell(*(push.session_topic(session.session_id) for session in parts().sessions.all()))
    return messages.answer(AcceptedState(head=str(accepted)))
