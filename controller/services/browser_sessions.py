"""Who is signed in: random ids in a cookie, stored hashed, with an absolute end.

The role is read from the account at each request, so a removed account or a changed role counts at once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime

from controller.services import keys
from controller.services.accounts import Account, Accounts
from controller.services.stores import Store

LIFE_S = 12 * 3600
"""A working day and a little; a presenter must not be signed out during an event."""


class BrowserSessions:
    """Browser sessions in the state store."""

    def __init__(self, state: Store, accounts: Accounts) -> None:
        self._state = state
        self._accounts = accounts

    def begin(self, account: Account, now: datetime) -> str:
        """A new session's token, for the cookie."""
        token = secrets.token_urlsafe(32)
        text = json.dumps({"name": account.name, "created_at": now.isoformat()})
        self._state.set(_key(token), text, ex=LIFE_S)
        return token

    def account_of(self, token: str) -> Account | None:
        """Who holds this token, or None when it is unknown or over."""
        text = self._state.get(_key(token))
        return None if text is None else self._accounts.find(json.loads(text)["name"])

    def end(self, token: str) -> None:
        """Sign out."""
        self._state.delete(_key(token))


def _key(token: str) -> str:
    return keys.browser_session(hashlib.sha256(token.encode()).hexdigest())
