"""argon2id, and not too many at once: each hash takes 19 MiB, and signing in must be no way to fill the memory."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from controller.rules.passwords import LONGEST

HASHING_PASSES = 2
HASHING_MEMORY_KIB = 19_456
"""OWASP Password Storage: argon2id, 19 MiB, two passes, one lane."""

HASHES_AT_ONCE = 4
"""A process. 76 MiB, and two cores are busy with them anyway."""

PLACE_WAITED_FOR_S = 5.0
"""A hash takes some 50 ms: who waits longer stands behind a hundred others."""


class HashingBusy(Exception):
    """Too many sign in at this moment."""


class Passwords:
    """Makes and checks hashes."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=HASHING_PASSES, memory_cost=HASHING_MEMORY_KIB, parallelism=1)
        self._hash_of_nobody = self._hasher.hash(secrets.token_urlsafe(16))
        self._places = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to store. Raises HashingBusy."""
        with self._place():
            return self._hasher.hash(password)

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the hashed one. None, for nobody, takes as long and never fits. Raises HashingBusy."""
        with self._place():
            try:
                self._hasher.verify(password_hash or self._hash_of_nobody, password[: LONGEST + 1])
            except VerificationError:
                return False
        return password_hash is not None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PLACE_WAITED_FOR_S):
            raise HashingBusy("too many people sign in at this moment; try again in a few seconds")
        try:
            yield
        finally:
            self._places.release()


def random_password() -> str:
    """A password for an account: 96 random bits."""
    return secrets.token_urlsafe(12)
