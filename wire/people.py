"""What the pages about people and programs, and the controller, say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wire.display import SessionId, ShortText
from wire.message import Message

PersonRole = Literal["admin", "presenter"]
Password = Annotated[str, StringConstraints(max_length=1_000)]
"""Bounds of what is read; which passwords can be used is decided in `controller.rules.passwords`."""

SessionLimit = Annotated[list[SessionId], Field(max_length=100)] | None
"""The sessions a presenter may present in; null: all, those made later included. Without meaning for an admin."""


class NewAccount(Message):
    """Make an account."""

    name: ShortText
    role: PersonRole
    sessions: SessionLimit = None


class AccountChange(Message):
    """Another role and other sessions, for somebody who must then sign in again."""

    role: PersonRole
    sessions: SessionLimit = None


class SignInView(Message):
    """One browser in which somebody is signed in. Moments are UTC."""

    sign_in_id: ShortText
    began_at: datetime
    used_at: datetime
    """To a minute."""
    address: ShortText
    browser: ShortText
    is_this: bool
    """Whether it is the browser that asks."""


class AccountView(Message):
    """A person as an admin sees them."""

    name: ShortText
    role: PersonRole
    sessions: SessionLimit
    created_at: datetime | None
    sign_ins: list[SignInView]


class AccountList(Message):
    """Everybody who can sign in, by name."""

    accounts: list[AccountView]


class ShownPassword(Message):
    """A password that was drawn for an account. Nobody can read it again."""

    name: ShortText
    password: ShortText


class PasswordChange(Message):
    """Give oneself another password."""

    current: Password
    new: Password


class SignInList(Message):
    """Where one is signed in, the latest first."""

    sign_ins: list[SignInView]


class NewApiKey(Message):
    """Make an API key for a program."""

    label: ShortText
    role: PersonRole
    days: Annotated[int, Field(ge=1, le=400)]
    """How long it is good. There is no key without an end."""


class ApiKeyView(Message):
    """An API key, without its secret. Moments are UTC."""

    key_id: ShortText
    label: ShortText
    role: PersonRole
    made_by: ShortText
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    """To a minute; null: never."""


class ApiKeyList(Message):
    """The API keys that are good now, by label."""

    keys: list[ApiKeyView]


class ShownApiKey(Message):
    """An API key that was just made. Nobody can read it again."""

    key_id: ShortText
    key: ShortText
    label: ShortText
    expires_at: datetime
