"""API keys: what programs show instead of a cookie. Bound to a role, shown once, stored hashed, and never without an end."""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.rules.audit_chain import Actor, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.services import keys, secret_keys
from controller.services.accounts import Account, AccountRole
from controller.services.audit_log import AuditLog
from controller.services.secret_keys import Mistyped
from controller.services.stores import Store

log = logging.getLogger(__name__)

PREFIX = "mak1"
LONGEST_LIFE = timedelta(days=400)
"""A little over a year, so that whoever renews yearly need not do it to the day. A key without an end is one that nobody misses
until it is abused."""

LONGEST_LABEL = 60
USE_NOTED_EVERY = timedelta(minutes=1)


class BadApiKey(Exception):
    """A key with this label or life cannot be made."""


class UnknownApiKey(Exception):
    """There is no such key, or not any more."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is kept."""

    key_id: str
    label: str
    role: AccountRole
    secret_sha256: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


class ApiKeys:
    """API keys in the state store."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._make = audit_log.move(_MAKE)
        self._revoke = audit_log.move(_REVOKE)

    def create(self, label: str, role: AccountRole, *, life: timedelta, by: Actor, now: datetime) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can read again. Raises BadApiKey or AuditBusy."""
        if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable() or label != label.strip():
            raise BadApiKey(f"a label has 1 to {LONGEST_LABEL} printable characters and no space at its ends")
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise BadApiKey(f"a key is good for 1 to {LONGEST_LIFE.days} days")
        drawn = secret_keys.draw(PREFIX)
        key = ApiKey(drawn.key_id, label, role, drawn.secret_sha256, by.name, now, now + life)
        deed = Deed(now, by, AuditCode.API_KEY_MADE.value, key.key_id, {}, _facts(key))
        self._make(deed, keys=[keys.API_KEYS], args=[key.key_id, _text(key)])
        log.info("API key made key_id=%s label=%s role=%s by=%s", key.key_id, label, role.value, by.name)
        return key, drawn.text

    def account_of(self, text: str, now: datetime) -> Account | None:
        """Who a program with this key is, which is thereby in use; None when it is mistyped, unknown, expired or revoked."""
        try:
            shown = secret_keys.read(PREFIX, text)
        except Mistyped:
            return None
        key = self._find(shown.key_id)
        if key is None or not shown.fits(key.secret_sha256) or key.expires_at <= now:
            return None
        if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
            self._state.hset(keys.API_KEYS_USED, key.key_id, now.isoformat())
        return Account(f"API key {key.label}", key.role)

    def all(self, now: datetime) -> list[ApiKey]:
        """Every key that is good now, by label; those that have expired are forgotten."""
        used = self._state.hgetall(keys.API_KEYS_USED)
        known = [_key(text, used.get(key_id)) for key_id, text in self._state.hgetall(keys.API_KEYS).items()]
        for key in known:
            if key.expires_at <= now:
                self._forget(key.key_id)
        return sorted((key for key in known if key.expires_at > now), key=lambda key: (key.label, key.key_id))

    def revoke(self, key_id: str, *, by: Actor, now: datetime) -> None:
        """Make a key worthless at once. Raises UnknownApiKey or AuditBusy."""
        key = self._find(key_id)
        if key is None or not self._revoked(key, by, now):
            raise UnknownApiKey(f"there is no API key {key_id}; reload the page to see those there are")
        log.info("API key revoked key_id=%s label=%s by=%s", key_id, key.label, by.name)

    def _find(self, key_id: str) -> ApiKey | None:
        text = self._state.hget(keys.API_KEYS, key_id)
        return None if text is None else _key(text, self._state.hget(keys.API_KEYS_USED, key_id))

    def _revoked(self, key: ApiKey, by: Actor, now: datetime) -> bool:
        deed = Deed(now, by, AuditCode.API_KEY_REVOKED.value, key.key_id, _facts(key), {})
        return self._revoke(deed, keys=[keys.API_KEYS, keys.API_KEYS_USED], args=[key.key_id]) == "done"

    def _forget(self, key_id: str) -> None:
        self._state.hdel(keys.API_KEYS, key_id)
        self._state.hdel(keys.API_KEYS_USED, key_id)


def _facts(key: ApiKey) -> dict[str, Fact]:
    """What the audit log keeps of a key."""
    return {"label": key.label, "role": key.role.value, "expires_at": key.expires_at.isoformat()}


def _text(key: ApiKey) -> str:
    moments = {"made_at": key.made_at.isoformat(), "expires_at": key.expires_at.isoformat()}
    return json.dumps({**dataclasses.asdict(key), **moments})


def _key(text: str, used: str | None) -> ApiKey:
    fields = json.loads(text)
    fields["role"] = AccountRole(fields["role"])
    for moment in ("made_at", "expires_at"):
        fields[moment] = datetime.fromisoformat(fields[moment])
    fields["last_used_at"] = datetime.fromisoformat(used) if used else None
    return ApiKey(**fields)


_MAKE = """
keep_record()
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'done'
"""

_REVOKE = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'unknown' end
keep_record()
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 'done'
"""
