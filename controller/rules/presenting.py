"""One presenter a session: who may hold the lease, and what the presenter should know.

A lease lapses when its page was silent; a lapsed lease may be taken by somebody else, but never removes by itself somebody who is
publishing: displays go on showing the identity it names until another one takes it, or until that identity has left the room too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LAPSES_AFTER = timedelta(seconds=15)
"""Fifteen missed heartbeats of the presenter page."""

SILENT_AFTER = timedelta(seconds=5)

RECOMMENDED_PROTECTED = 2
"""Protected displays recommended before presenting (change document, 2026-01-16)."""


IDENTITY_PREFIX = "presenter-"


@dataclass(frozen=True)
class Claim:
    """Somebody who asks to present, or says that they do."""

    holder: str
    """The account's name."""
    browser_session: str
    """SHA-256 of the token in the cookie."""
    secret: str | None = field(default=None, repr=False)
    """What names the lease that the page holds; None: it holds none yet."""
    takes_over: str | None = None
    """The public id of another's lease, which it was told of and wants to replace; None: it does not."""


@dataclass(frozen=True)
class Lease:
    """The right to present in one session. It belongs to one page: an account, a browser session, and a secret of the tab's."""

    lease_id: str
    """Public: every display and everybody in the room sees it."""
    secret_sha256: str
    holder: str
    """The account's name, as it is told to others."""
    browser_session: str
    taken_at: datetime
    is_vacant: bool = False
    """Its page fell silent and left the room: nobody presents. The page may come back to it, and anybody else may take it."""

    @property
    def identity(self) -> str:
        """The presenter's identity in the room."""
        return f"{IDENTITY_PREFIX}{self.lease_id}"


def is_presenter(identity: str) -> bool:
    """Whether it is how a presenter is called in a room; displays are called by their ids."""
    return identity.startswith(IDENTITY_PREFIX)


def sha256_of(secret: str) -> str:
    """How a lease keeps its secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_held_by(lease: Lease, claim: Claim) -> bool:
    """Whether it is this page's lease. The secret alone is not enough, nor is the browser session: it has other tabs."""
    is_theirs = (lease.holder, lease.browser_session) == (claim.holder, claim.browser_session)
    return is_theirs and claim.secret is not None and hmac.compare_digest(lease.secret_sha256, sha256_of(claim.secret))


def may_take(current: Lease, last_heard: datetime | None, claim: Claim, now: datetime) -> bool:
    """Whether a page may take or renew a session's lease now. A take-over is only of the very lease that the page was told of."""
    is_theirs = is_held_by(current, claim) or claim.takes_over == current.lease_id
    return is_theirs or current.is_vacant or _has_lapsed(current, last_heard, now)


def is_silent(lease: Lease, last_heard: datetime | None, now: datetime) -> bool:
    """Whether the page that holds a lease was not heard lately."""
    return now - (last_heard or lease.taken_at) > SILENT_AFTER


def is_abandoned(lease: Lease, last_heard: datetime | None, identities: Collection[str], now: datetime) -> bool:
    """Whether nobody presents any more: the page is silent, and its identity is not among those in the room."""
    return _has_lapsed(lease, last_heard, now) and lease.identity not in identities


def few_protected_warning(protected_approved: int) -> str | None:
    """What the presenter is told while fewer than two protected displays are approved; it stops nothing."""
    if protected_approved >= RECOMMENDED_PROTECTED:
        return None
    have = "No protected display is" if protected_approved == 0 else "Only one protected display is"
    return f"{have} approved. Two are recommended: protected displays keep their picture when others have trouble."


def _has_lapsed(lease: Lease, last_heard: datetime | None, now: datetime) -> bool:
    return now - max(lease.taken_at, last_heard or lease.taken_at) > LAPSES_AFTER
