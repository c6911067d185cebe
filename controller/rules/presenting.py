"""One presenter a session: who may hold the lease, and what the presenter should know.

A lease lapses when its page was silent; a lapsed lease may be taken by somebody else, but never removes by itself somebody who is
publishing: displays go on showing the identity it names until another one takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LAPSES_AFTER = timedelta(seconds=15)
"""Fifteen missed heartbeats of the presenter page."""

SILENT_AFTER = timedelta(seconds=5)

RECOMMENDED_PROTECTED = 2
"""Protected displays recommended before presenting (change document, 2026-01-16)."""


@dataclass(frozen=True)
class Lease:
    """The right to present in one session."""

    lease_id: str
    holder: str
    """The account's name, as it is told to others."""
    taken_at: datetime

    @property
    def identity(self) -> str:
        """The presenter's identity in the room."""
        return f"presenter-{self.lease_id}"


def may_take(current: Lease, last_heard: datetime | None, own_lease_id: str | None, now: datetime) -> bool:
    """Whether somebody who says they hold `own_lease_id` (None: nothing yet) may take or renew a session's lease now."""
    if current.lease_id == own_lease_id:
        return True
    return now - max(current.taken_at, last_heard or current.taken_at) > LAPSES_AFTER


def few_protected_warning(protected_approved: int) -> str | None:
    """What the presenter is told while fewer than two protected displays are approved; it stops nothing."""
    if protected_approved >= RECOMMENDED_PROTECTED:
        return None
    have = "No protected display is" if protected_approved == 0 else "Only one protected display is"
    return f"{have} approved. Two are recommended: protected displays keep their picture when others have trouble."
