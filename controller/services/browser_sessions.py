"""Who is signed in: random tokens in a cookie, stored hashed, with an idle and an absolute end (`rules.sign_ins`).

Role and right are read from the account at each request, and a session counts only under the account's generation it began under:
a removed or changed account has no session left, without any being looked for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.rules import sign_ins
from controller.services import keys
from controller.services.accounts import Account, Accounts
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store

LIFE_S = int(sign_ins.LONGEST.total_seconds())

USE_NOTED_EVERY = timedelta(minutes=1)
"""Each note is written through to disk, and nobody needs to know to the second."""


@dataclass(frozen=True)
class SignIn:
    """One browser in which somebody is signed in."""

    token_sha256: str
    name: str
    generation: str
    began_at: datetime
    used_at: datetime
    address: str
    browser: str

    @property
    def sign_in_id(self) -> str:
        """What it is called in lists; gives no right."""
        return self.token_sha256[:16]


class BrowserSessions:
    """Browser sessions in the state store."""

    def __init__(self, state: Store, accounts: Accounts) -> None:
        self._state = state
        self._accounts = accounts
        self._kept = KeptMessages("browser session", _sign_in)

    def begin(self, account: Account, now: datetime, *, address: str = "", browser: str = "") -> str:
        """A new session's token, for the cookie."""
        token = secrets.token_urlsafe(32)
        sign_in = SignIn(hash_of(token), account.name, account.generation, now, now, address, browser)
        with self._state.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.browser_session(sign_in.token_sha256), _text(sign_in), ex=LIFE_S)
            pipeline.hset(keys.sign_ins(account.name), sign_in.token_sha256, now.isoformat())
            pipeline.expire(keys.sign_ins(account.name), LIFE_S)
            pipeline.execute()
        return token

    def use(self, token: str, now: datetime) -> Account | None:
        """Who asks with this token, which is thereby in use; None when it is unknown or over."""
        sign_in = self._find(hash_of(token))
        account = None if sign_in is None else self._account_of(sign_in, now)
        if sign_in is not None and account is not None and now - sign_in.used_at >= USE_NOTED_EVERY:
            text = _text(dataclasses.replace(sign_in, used_at=now))
            self._state.set(keys.browser_session(sign_in.token_sha256), text, xx=True, keepttl=True)  # not if it ended meanwhile
        return account

    def account_of(self, token: str, now: datetime) -> Account | None:
        """As `use`, without being one: for streams, which ask again by themselves."""
        sign_in = self._find(hash_of(token))
        return None if sign_in is None else self._account_of(sign_in, now)

    def of_person(self, name: str, now: datetime) -> list[SignIn]:
        """Where somebody is signed in, the latest first."""
        known = [self._find(token_sha256) for token_sha256 in self._state.hgetall(keys.sign_ins(name))]
        good = [sign_in for sign_in in known if sign_in is not None and self._account_of(sign_in, now) is not None]
        return sorted(good, key=lambda sign_in: sign_in.began_at, reverse=True)

    def end(self, sign_in: SignIn) -> None:
        """Sign that browser out."""
        self._state.delete(keys.browser_session(sign_in.token_sha256))
        self._state.hdel(keys.sign_ins(sign_in.name), sign_in.token_sha256)

    def by_token(self, token: str) -> SignIn | None:
        """The session of this token, over or not; None when there is none."""
        return self._find(hash_of(token))

    def _find(self, token_sha256: str) -> SignIn | None:
        return self._kept.read(self._state.get(keys.browser_session(token_sha256)))

    def _account_of(self, sign_in: SignIn, now: datetime) -> Account | None:
        account = self._accounts.find(sign_in.name)
        if account is None or account.generation != sign_in.generation:
            return None
        return None if sign_ins.is_over(account.role.value, sign_in.began_at, sign_in.used_at, now) else account


def hash_of(token: str) -> str:
    """How a token is stored, and how leases name a browser session."""
    return hashlib.sha256(token.encode()).hexdigest()


def _text(sign_in: SignIn) -> str:
    moments = {"began_at": sign_in.began_at.isoformat(), "used_at": sign_in.used_at.isoformat()}
    return json.dumps({**dataclasses.asdict(sign_in), **moments})


def _sign_in(text: str) -> SignIn:
    fields = json.loads(text)
    return SignIn(
        fields["token_sha256"],
        fields["name"],
        fields["generation"],
        datetime.fromisoformat(fields["began_at"]),
        datetime.fromisoformat(fields["used_at"]),
        fields["address"],
        fields["browser"],
    )
