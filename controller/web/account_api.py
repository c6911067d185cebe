"""What anybody who is signed in does about their own account, in person."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.web import messages, sign_in
from controller.web.access import Audience, account, network, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from controller.web.people_api import sign_in_list
from wire.message import Nothing
from wire.people import PasswordChange, SignInList

blueprint = Blueprint("account_api", __name__, url_prefix="/api/account/v1")


@blueprint.put("/password")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=4_096)
@exchange(takes=PasswordChange, gives=SignInList)
def change_password() -> Response:
    """Give oneself another password: every browser is signed out, and this one in again."""
    asked = messages.read(PasswordChange)
    changed = parts().people.change_own_password(actor(), asked.current, asked.new, network=network(), now=parts().clock())
    token = sign_in.begin(changed)
    response = messages.answer(sign_in_list(changed.name))
    sign_in.give_cookie(response, token)
    return response


@blueprint.get("/sign-ins")
@opens_to(Audience.PRESENTER_IN_PERSON)
@exchange(gives=SignInList)
def sign_ins() -> Response:
    """Where one is signed in."""
    return messages.answer(sign_in_list(account().name))


@blueprint.delete("/sign-ins/<sign_in_id>")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=SignInList)
def end_sign_in(sign_in_id: str) -> Response:
    """Sign one of one's own browsers out."""
    messages.read(Nothing)
    parts().people.end_sign_in(account().name, sign_in_id, by=actor(), now=parts().clock())
    return messages.answer(sign_in_list(account().name))
