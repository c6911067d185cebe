"""The pages about people: everybody's accounts and API keys for admins, and one's own account for all."""

from __future__ import annotations

from flask import Blueprint, render_template

from controller.web.access import Audience, account, opens_to, parts
from controller.web.people_api import account_list, api_key_list, sign_in_list

blueprint = Blueprint("people_pages", __name__)


@blueprint.get("/people")
@opens_to(Audience.ADMIN_IN_PERSON)
def people() -> str:
    """Who can sign in, where they are, and which programs have a key."""
    return render_template(
        "people.html",
        user=account().name,
        role=account().role.value,
        accounts=account_list().accounts,
        api_keys=api_key_list().keys,
        sessions=parts().sessions.all(),
    )


@blueprint.get("/account")
@opens_to(Audience.PRESENTER_IN_PERSON)
def own_account() -> str:
    """One's own password and sign-ins."""
    name = account().name
    return render_template("account.html", user=name, role=account().role.value, sign_ins_here=sign_in_list(name).sign_ins)
