"""Counts tries to sign in, in the live store (`rules.sign_in_throttle`).

A try counts as failed from its beginning until it succeeds, so that many at once do not get past the count.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from controller.rules.sign_in_throttle import NONE, REMEMBERED, Failures, wait_for_account, wait_for_address
from controller.services import keys
from controller.services.stores import Store

REMEMBERED_S = int(REMEMBERED.total_seconds())
RACES = 5
"""Tries of the same person at the same moment, each of which changes the count that the others read."""


class TooManyFailures(Exception):
    """Wait before the next try."""

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_s = max(1, math.ceil(wait.total_seconds()))
        minutes, seconds = divmod(self.retry_after_s, 60)
        words = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        super().__init__(f"Too many tries have failed. Wait {words}, then try again; nothing is locked for good.")


class SignInThrottle:
    """Failures by account and address, and by address."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._count = live.register_script(_COUNT)
        self._forgive = live.register_script(_FORGIVE)

    def begin(self, name: str, address: str, now: datetime) -> None:
        """Count a try. Raises TooManyFailures, which counts nothing."""
        pair, alone = _key_of_pair(name, address), _key_of_address(address)
        for _ in range(RACES):
            of_pair, of_address = self._read(pair), self._read(alone)
            wait = _wait(of_pair, of_address, now)
            if wait > NONE:
                raise TooManyFailures(wait)
            seen = [of_pair.count if of_pair else 0, of_address.count if of_address else 0]
            if self._count(keys=[pair, alone], args=[*seen, now.isoformat(), REMEMBERED_S]):
                return
        raise TooManyFailures(timedelta(seconds=1))

    def succeed(self, name: str, address: str) -> None:
        """The try has not failed: forget those of this account, but not those of other names from there."""
        self._forgive(keys=[_key_of_pair(name, address), _key_of_address(address)], args=[])

    def is_locked(self, name: str, address: str, now: datetime) -> bool:
        """Whether the next try must wait."""
        return _wait(self._read(_key_of_pair(name, address)), self._read(_key_of_address(address)), now) > NONE

    def is_news(self, name: str) -> bool:
        """Whether nobody was told for a while that tries of this name failed; from now on somebody was."""
        return bool(self._live.set(keys.sign_in_failures_told(_hash(name)), 1, nx=True, ex=REMEMBERED_S))

    def _read(self, key: str) -> Failures | None:
        stored = self._live.hgetall(key)
        if not stored:
            return None
        first_at, last_at = (datetime.fromisoformat(stored[moment]) for moment in ("first_at", "last_at"))
        return Failures(int(stored["count"]), first_at, last_at)


def _wait(of_pair: Failures | None, of_address: Failures | None, now: datetime) -> timedelta:
    return max(wait_for_account(of_pair, now), wait_for_address(of_address, now))


def _key_of_pair(name: str, address: str) -> str:
    return keys.sign_in_failures(_hash(f"{address}\n{name}"))


def _key_of_address(address: str) -> str:
    return keys.sign_in_failures(_hash(address))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


_COUNT = """
for i = 1, 2 do
  if tonumber(redis.call('HGET', KEYS[i], 'count') or 0) ~= tonumber(ARGV[i]) then return 0 end
end
for i = 1, 2 do
  redis.call('HSET', KEYS[i], 'count', tonumber(ARGV[i]) + 1, 'last_at', ARGV[3])
  redis.call('HSETNX', KEYS[i], 'first_at', ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4], 'NX')
return 1
"""

_FORGIVE = """
redis.call('DEL', KEYS[1])
if redis.call('HINCRBY', KEYS[2], 'count', -1) <= 0 then redis.call('DEL', KEYS[2]) end
"""
