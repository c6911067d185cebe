"""Which waiting display gives way when as many wait as may, and another one asks to.

Anybody may ask to join, so what waits unasked is live data: whoever fell silent gives way to who is there. Whom an admin has
dealt with stays, and so does every display that is heard. One that gave way and comes back says hello again and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.rules.liveness import liveness


@dataclass(frozen=True)
class Waiting:
    """A display that waits for an admin."""

    display_id: str
    last_heard: datetime
    """Its last heartbeat, or its first hello where none came yet: a kiosk's first comes 5 s after it."""
    is_dealt_with: bool
    """Whether an admin has decided something about it, be it only its name."""


def gives_way(waiting: Iterable[Waiting], now: datetime) -> Waiting | None:
    """The one that is silent for longest; None when each is heard or dealt with."""
    silent = [one for one in waiting if not one.is_dealt_with and liveness(one.last_heard, now) == "offline"]
    return min(silent, key=lambda one: (one.last_heard, one.display_id), default=None)
