"""How long somebody who failed to sign in must wait before the next try. Delays grow and end; nobody is locked out for good.

Counted for an account and an address together, so that a stranger elsewhere does not lock the owner out, and for an address
alone, so that one cannot go through the names (OWASP ASVS 6.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

REMEMBERED = timedelta(minutes=15)
"""Failures of an account are forgotten so long after the last, those of an address so long after the first: a whole site's typing
errors must not add up for days."""

FREE_TRIES = 5
"""For one account from one address."""

FIRST_DELAY = timedelta(seconds=30)
"""After the fifth failure; doubled by each further one, up to `REMEMBERED`."""

FREE_TRIES_OF_ADDRESS = 20
"""Whatever the names."""


@dataclass(frozen=True)
class Failures:
    """What is remembered."""

    count: int
    first_at: datetime
    last_at: datetime


NONE = timedelta(0)


def wait_for_account(failures: Failures | None, now: datetime) -> timedelta:
    """How long until this account may be tried again from this address; nothing when it may."""
    if failures is None or failures.count < FREE_TRIES:
        return NONE
    doublings = min(failures.count - FREE_TRIES, 10)
    return _left(failures.last_at + min(FIRST_DELAY * 2**doublings, REMEMBERED), now)


def wait_for_address(failures: Failures | None, now: datetime) -> timedelta:
    """How long until anybody may be tried again from this address; nothing when they may."""
    if failures is None or failures.count < FREE_TRIES_OF_ADDRESS:
        return NONE
    return _left(failures.first_at + REMEMBERED, now)


def _left(until: datetime, now: datetime) -> timedelta:
    return max(until - now, NONE)
