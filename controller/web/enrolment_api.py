"""Enrolment keys: the page about them, and what it asks and does. Answers admins in person, and no program."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, render_template, request

from controller.services.enrolment import EnrolmentKey
from controller.web import messages
from controller.web.access import Audience, account, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.display import LONGEST_TEXT
from wire.enrolment import EnrolmentKeyList, EnrolmentKeyView, NewEnrolmentKey, ShownEnrolmentKey
from wire.message import Nothing

blueprint = Blueprint("enrolment_api", __name__)


@blueprint.get("/enrolment-keys")
@opens_to(Audience.ADMIN_IN_PERSON)
def page() -> str:
    """Which keys there are, who came by them, and a form for another one."""
    return render_template(
        "enrolment_keys.html",
        user=account().name,
        role=account().role.value,
        keys=_key_list().keys,
        sessions=parts().sessions.all(),
        auto_approve=parts().settings.auto_approve.value,
    )


@blueprint.get("/api/admin/enrolment-keys")
@opens_to(Audience.ADMIN_IN_PERSON)
@exchange(gives=EnrolmentKeyList)
def enrolment_keys() -> Response:
    """Every enrolment key."""
    return messages.answer(_key_list())


@blueprint.post("/api/admin/enrolment-keys")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=1_024)
@exchange(takes=NewEnrolmentKey, gives=ShownEnrolmentKey)
def make() -> Response:
    """Make an enrolment key; it is shown in this answer and never again."""
    asked = messages.read(NewEnrolmentKey)
    session = parts().sessions.get(asked.session_id)
    made = parts().enrolment_keys.create(
        label=asked.label,
        max_uses=asked.uses,
        life=timedelta(days=asked.days),
        session_id=session.session_id,
        by=actor(),
        now=parts().clock(),
    )
    variables = f"KIOSK_ENROLMENT_KEY={made.key} CONTROLLER_URL={request.host_url.rstrip('/')}"
    return messages.answer(
        ShownEnrolmentKey(key_id=made.key_id, key=made.key, label=made.label, expires_at=made.expires_at, variables=variables)
    )


@blueprint.delete("/api/admin/enrolment-keys/<key_id>")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=EnrolmentKeyList)
def revoke(key_id: str) -> Response:
    """Let nobody more in by an enrolment key; the displays that came by it stay."""
    messages.read(Nothing)
    parts().enrolment_keys.revoke(key_id, by=actor(), now=parts().clock())
    return messages.answer(_key_list())


def _key_list() -> EnrolmentKeyList:
    came = [record for session in parts().sessions.all() for record in parts().registry.in_session(session.session_id)]
    return EnrolmentKeyList(
        keys=[
            _view(key, [record.name for record in came if record.enrolment_key_id == key.key_id])
            for key in parts().enrolment_keys.all()
        ]
    )


def _view(key: EnrolmentKey, displays: list[str]) -> EnrolmentKeyView:
    return EnrolmentKeyView(
        key_id=key.key_id,
        label=key.label[:LONGEST_TEXT],  # labels had no limit once
        session_id=key.session_id,
        max_uses=key.max_uses,
        uses=key.uses,
        expires_at=key.expires_at,
        is_revoked=key.is_revoked,
        lets_in=key.lets_in(parts().clock()),
        made_by=key.made_by,
        displays=displays,
    )
