"""People: name, role, the sessions they may present in, and a hash of the password. There is no default account.

Every change is one Lua step that compares what was read and keeps the last admin. A change draws another `generation`: browser
sessions name the one they began under, so a changed or removed account has none left.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from controller.rules import passwords as password_rules
from controller.rules.audit_chain import Actor, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.passwords import Passwords
from controller.services.stores import Store


class AccountRole(StrEnum):
    """What a person may do. An admin may also present."""

    ADMIN = "admin"
    PRESENTER = "presenter"


class AccountExists(Exception):
    """There is an account of that name already."""


class BadAccount(Exception):
    """The name or the password cannot be used."""


class UnknownAccount(Exception):
    """There is no account of that name."""


class LastAdmin(Exception):
    """Nobody could administer any more."""


class AccountChanged(Exception):
    """Somebody else changed the account at the same moment."""


@dataclass(frozen=True)
class Account:
    """A person who can sign in."""

    name: str
    role: AccountRole
    sessions: tuple[int, ...] | None = None
    """The sessions a presenter may present in; None: all."""
    generation: str = field(default="", compare=False, repr=False)
    """Drawn anew by every change."""
    created_at: datetime | None = field(default=None, compare=False)
    """None: the account is not a stored one."""

    def may_present_in(self, session_id: int) -> bool:
        """Whether this person may present in a session."""
        return self.sessions is None or session_id in self.sessions


@dataclass(frozen=True)
class Signed:
    """By whom, when and as what a change stands in the audit log."""

    by: Actor
    at: datetime
    what: AuditCode


class Accounts:
    """Accounts in the state store. What is signed stands in the audit log, in the same step; every change may raise AuditBusy."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._passwords = Passwords()
        self._swap_script = audit_log.move(_SWAP)

    def add(
        self,
        name: str,
        role: AccountRole,
        password: str,
        *,
        now: datetime,
        sessions: tuple[int, ...] | None = None,
        signed: Signed | None = None,
    ) -> Account:
        """Make an account. Raises AccountExists or BadAccount."""
        _check(name, password)
        text = self._new_text(role, password, now, sessions)
        try:
            self._swap(name, None, text, signed)
        except AccountChanged:
            raise AccountExists(f"there is an account {name} already") from None
        return _account(name, text)

    def replace(self, name: str, role: AccountRole, password: str, *, now: datetime, signed: Signed | None = None) -> Account:
        """Make an account, or give an existing one this role and password. Raises BadAccount, LastAdmin or AccountChanged."""
        _check(name, password)
        text = self._new_text(role, password, now, None)
        self._swap(name, self._state.hget(keys.ACCOUNTS, name), text, signed)
        return _account(name, text)

    def change(self, name: str, role: AccountRole, sessions: tuple[int, ...] | None, *, signed: Signed | None = None) -> Account:
        """Give an account another role and other sessions. Raises UnknownAccount, LastAdmin or AccountChanged."""
        return self._update(name, signed, role=role.value, sessions=_limit(role, sessions))

    def set_password(self, name: str, password: str, *, signed: Signed | None = None) -> Account:
        """Give an account another password. Raises UnknownAccount, BadAccount or AccountChanged."""
        _check(name, password)
        self.get(name)
        return self._update(name, signed, password_hash=self._passwords.hash(password))

    def remove(self, name: str, *, signed: Signed | None = None) -> None:
        """Remove an account. Raises UnknownAccount, LastAdmin or AccountChanged."""
        self._swap(name, self._stored(name), None, signed)

    def all(self) -> list[Account]:
        """Every account, by name."""
        return sorted((_account(*item) for item in self._state.hgetall(keys.ACCOUNTS).items()), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        """The account of that name, or None."""
        text = self._state.hget(keys.ACCOUNTS, name)
        return None if text is None else _account(name, text)

    def get(self, name: str) -> Account:
        """The account of that name. Raises UnknownAccount."""
        return _account(name, self._stored(name))

    def verify(self, name: str, password: str) -> Account | None:
        """The account if the password fits. An unknown name takes as long as a wrong password. Raises HashingBusy."""
        text = self._state.hget(keys.ACCOUNTS, name)
        fits = self._passwords.fits(password, None if text is None else json.loads(text)["password_hash"])
        return _account(name, text) if text is not None and fits else None

    def _stored(self, name: str) -> str:
        text = self._state.hget(keys.ACCOUNTS, name)
        if text is None:
            raise UnknownAccount(f"there is no account {name}; reload the page to see those there are")
        return text

    def _update(self, name: str, signed: Signed | None, **changes: Any) -> Account:
        before = self._stored(name)
        after = json.dumps({**json.loads(before), **changes, "generation": _draw_generation()})
        self._swap(name, before, after, signed)
        return _account(name, after)

    def _swap(self, name: str, before: str | None, after: str | None, signed: Signed | None) -> None:
        deed = None
        if signed is not None:
            deed = Deed(signed.at, signed.by, signed.what.value, name, _facts(before), _facts(after))
        answer = self._swap_script(deed, keys=[keys.ACCOUNTS], args=[name, before or "", after or ""])
        if answer == "last_admin":
            raise LastAdmin(f"{name} is the only admin; make another one first")
        if answer == "changed":
            raise AccountChanged(f"somebody else changed {name} at the same moment; look again and repeat if still wanted")

    def _new_text(self, role: AccountRole, password: str, now: datetime, sessions: tuple[int, ...] | None) -> str:
        return json.dumps(
            {
                "role": role.value,
                "sessions": _limit(role, sessions),
                "password_hash": self._passwords.hash(password),
                "created_at": now.isoformat(),
                "generation": _draw_generation(),
            }
        )


def _facts(text: str | None) -> dict[str, Fact]:
    """What the audit log keeps of an account."""
    if text is None:
        return {}
    account = _account("", text)
    sessions = "all" if account.sessions is None else ", ".join(str(session_id) for session_id in account.sessions)
    return {"role": account.role.value, "sessions": sessions}


def _limit(role: AccountRole, sessions: tuple[int, ...] | None) -> list[int] | None:
    """Admins are not limited: they could lift the limit themselves."""
    return None if sessions is None or role is AccountRole.ADMIN else sorted(set(sessions))


def _draw_generation() -> str:
    return secrets.token_hex(8)


def _account(name: str, text: str) -> Account:
    fields = json.loads(text)
    sessions = fields.get("sessions")
    return Account(
        name,
        AccountRole(fields["role"]),
        None if sessions is None else tuple(sessions),
        fields.get("generation", ""),
        datetime.fromisoformat(fields["created_at"]),
    )


def _check(name: str, password: str) -> None:
    printable = 1 <= len(name) <= 60 and name.isprintable() and name == name.strip()
    if not printable or name.startswith(".") or "/" in name or "\\" in name:
        raise BadAccount(
            "a name has 1 to 60 printable characters, no space at its ends, no slash or backslash, and does not begin with a dot"
        )
    fault = password_rules.fault_of(password, name)
    if fault is not None:
        raise BadAccount(fault)


_SWAP = """
local stored = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if stored ~= ARGV[2] then return 'changed' end
local function is_admin(text) return text ~= '' and cjson.decode(text).role == 'admin' end
if is_admin(stored) and not is_admin(ARGV[3]) then
  local others = 0
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= ARGV[1] and is_admin(all[i + 1]) then others = others + 1 end
  end
  if others == 0 then return 'last_admin' end
end
keep_record()
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 'done'
"""
