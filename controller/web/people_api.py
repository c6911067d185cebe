"""What the page about people asks and does: accounts, their sign-ins, and API keys. Answers admins in person, and no program."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response

from controller.services.accounts import Account, AccountRole
from controller.services.api_keys import ApiKey
from controller.services.browser_sessions import SignIn
from controller.web import messages
from controller.web.access import Audience, browser_session, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.message import Nothing
from wire.people import (
    AccountChange,
    AccountList,
    AccountView,
    ApiKeyList,
    ApiKeyView,
    NewAccount,
    NewApiKey,
    ShownApiKey,
    ShownPassword,
    SignInList,
    SignInView,
)

blueprint = Blueprint("people_api", __name__, url_prefix="/api/admin")


@blueprint.get("/accounts")
@opens_to(Audience.ADMIN_IN_PERSON)
@exchange(gives=AccountList)
def accounts() -> Response:
    """Everybody who can sign in."""
    return messages.answer(account_list())


@blueprint.post("/accounts")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=4_096)
@exchange(takes=NewAccount, gives=ShownPassword)
def add_account() -> Response:
    """Make an account; its password is shown in this answer and never again."""
    asked = messages.read(NewAccount)
    made, password = parts().people.add(
        asked.name, AccountRole(asked.role), _limit(asked.sessions), by=actor(), now=parts().clock()
    )
    return messages.answer(ShownPassword(name=made.name, password=password))


@blueprint.put("/accounts/<name>")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=4_096)
@exchange(takes=AccountChange, gives=AccountView)
def change_account(name: str) -> Response:
    """Give somebody another role and other sessions."""
    asked = messages.read(AccountChange)
    after = parts().people.change(name, AccountRole(asked.role), _limit(asked.sessions), by=actor(), now=parts().clock())
    return messages.answer(_account_view(after))


@blueprint.post("/accounts/<name>/password")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=ShownPassword)
def reset_password(name: str) -> Response:
    """Draw another password for somebody; it is shown in this answer and never again."""
    messages.read(Nothing)
    password = parts().people.reset_password(name, by=actor(), now=parts().clock())
    return messages.answer(ShownPassword(name=name, password=password))


@blueprint.delete("/accounts/<name>")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=AccountList)
def remove_account(name: str) -> Response:
    """Remove an account and sign its browsers out."""
    messages.read(Nothing)
    parts().people.remove(name, by=actor(), now=parts().clock())
    return messages.answer(account_list())


@blueprint.delete("/accounts/<name>/sign-ins/<sign_in_id>")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=SignInList)
def end_sign_in(name: str, sign_in_id: str) -> Response:
    """Sign one of somebody's browsers out."""
    messages.read(Nothing)
    parts().people.end_sign_in(name, sign_in_id, by=actor(), now=parts().clock())
    return messages.answer(sign_in_list(name))


@blueprint.get("/api-keys")
@opens_to(Audience.ADMIN_IN_PERSON)
@exchange(gives=ApiKeyList)
def api_keys() -> Response:
    """The API keys that are good now."""
    return messages.answer(api_key_list())


@blueprint.post("/api-keys")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=1_024)
@exchange(takes=NewApiKey, gives=ShownApiKey)
def add_api_key() -> Response:
    """Make an API key; it is shown in this answer and never again."""
    asked = messages.read(NewApiKey)
    key, text = parts().api_keys.create(
        asked.label, AccountRole(asked.role), life=timedelta(days=asked.days), by=actor(), now=parts().clock()
    )
    return messages.answer(ShownApiKey(key_id=key.key_id, key=text, label=key.label, expires_at=key.expires_at))


@blueprint.delete("/api-keys/<key_id>")
@opens_to(Audience.ADMIN_IN_PERSON, max_body_bytes=256)
@exchange(takes=Nothing, gives=ApiKeyList)
def revoke_api_key(key_id: str) -> Response:
    """Make an API key worthless at once."""
    messages.read(Nothing)
    parts().api_keys.revoke(key_id, by=actor(), now=parts().clock())
    return messages.answer(api_key_list())


def account_list() -> AccountList:
    """Everybody who can sign in, and where they are."""
    return AccountList(accounts=[_account_view(found) for found in parts().accounts.all()])


def sign_in_list(name: str) -> SignInList:
    """Where somebody is signed in."""
    return SignInList(sign_ins=[_sign_in_view(found) for found in parts().browser_sessions.of_person(name, parts().clock())])


def api_key_list() -> ApiKeyList:
    """The API keys that are good now."""
    return ApiKeyList(keys=[_api_key_view(key) for key in parts().api_keys.all(parts().clock())])


def _limit(sessions: list[int] | None) -> tuple[int, ...] | None:
    return None if sessions is None else tuple(sessions)


def _account_view(found: Account) -> AccountView:
    return AccountView(
        name=found.name,
        role=found.role.value,
        sessions=None if found.sessions is None else list(found.sessions),
        created_at=found.created_at,
        sign_ins=sign_in_list(found.name).sign_ins,
    )


def _sign_in_view(found: SignIn) -> SignInView:
    return SignInView(
        sign_in_id=found.sign_in_id,
        began_at=found.began_at,
        used_at=found.used_at,
        address=found.address,
        browser=found.browser,
        is_this=found.token_sha256 == browser_session(),
    )


def _api_key_view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        key_id=key.key_id,
        label=key.label,
        role=key.role.value,
        made_by=key.made_by,
        made_at=key.made_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
