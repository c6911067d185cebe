"""People: name, role, and an argon2id hash of the password. There is no default account."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from controller.services import keys
from controller.services.stores import Store

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""OWASP ASVS 6.2.1 and 6.2.9."""

HASHING_PASSES = 2
HASHING_MEMORY_KIB = 19_456
"""OWASP Password Storage: argon2id, 19 MiB, two passes, one lane."""


class AccountRole(StrEnum):
    """What a person may do. An admin may also present."""

    ADMIN = "admin"
    PRESENTER = "presenter"


class AccountExists(Exception):
    """There is an account of that name already."""


class BadAccount(Exception):
    """The name or the password cannot be used."""


@dataclass(frozen=True)
class Account:
    """A person who can sign in."""

    name: str
    role: AccountRole


class Accounts:
    """Accounts in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._hasher = PasswordHasher(time_cost=HASHING_PASSES, memory_cost=HASHING_MEMORY_KIB, parallelism=1)
        self._hash_of_nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def add(self, name: str, role: AccountRole, password: str, *, now: datetime) -> Account:
        """Make an account. Raises AccountExists or BadAccount."""
        _check(name, password)
        if not self._state.hsetnx(keys.ACCOUNTS, name, self._text(role, password, now)):
            raise AccountExists(f"there is an account {name} already")
        return Account(name, role)

    def replace(self, name: str, role: AccountRole, password: str, *, now: datetime) -> Account:
        """Make an account, or give an existing one this role and password. Raises BadAccount."""
        _check(name, password)
        self._state.hset(keys.ACCOUNTS, name, self._text(role, password, now))
        return Account(name, role)

    def find(self, name: str) -> Account | None:
        """The account of that name, or None."""
        text = self._state.hget(keys.ACCOUNTS, name)
        return None if text is None else Account(name, AccountRole(json.loads(text)["role"]))

    def verify(self, name: str, password: str) -> Account | None:
        """The account if the password fits. An unknown name takes as long as a wrong password."""
        text = self._state.hget(keys.ACCOUNTS, name)
        stored: dict[str, str] = json.loads(text) if text else {"password_hash": self._hash_of_nobody}
        try:
            self._hasher.verify(stored["password_hash"], password[: LONGEST_PASSWORD + 1])
        except VerificationError:
            return None
        return Account(name, AccountRole(stored["role"])) if text else None

    def _text(self, role: AccountRole, password: str, now: datetime) -> str:
        return json.dumps({"role": role.value, "password_hash": self._hasher.hash(password), "created_at": now.isoformat()})


def random_password() -> str:
    """A password for a new account: 96 random bits."""
    return secrets.token_urlsafe(12)


def _check(name: str, password: str) -> None:
    if not 1 <= len(name) <= 60 or not name.isprintable() or name != name.strip():
        raise BadAccount("a name has 1 to 60 printable characters and no space at its ends")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
