"""What has become of a command to a display, and whether it may be given another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from wire.command import CommandKind

LIVES = timedelta(seconds=30)
"""Six heartbeats. What was asked longer ago would surprise whoever stands at the screen."""

Told: TypeAlias = Literal["done", "failed"]


@dataclass(frozen=True)
class GivenCommand:
    """A command, and what its display said of it."""

    command_id: str
    kind: CommandKind
    by: str
    asked_at: datetime
    told: Told | None = None
    """None: nothing yet."""

    def outcome(self, now: datetime) -> Literal["waiting", "done", "failed", "unheard"]:
        """What has become of it."""
        if self.told is not None:
            return self.told
        return "waiting" if now - self.asked_at < LIVES else "unheard"

    def waits(self, now: datetime) -> bool:
        """Whether the display is still to be told, and no other command may be given."""
        return self.outcome(now) == "waiting"

    def may_be(self, told: Told, now: datetime) -> bool:
        """Whether the display may say this of it. Again is no trouble: what it was answered may have been lost on the way."""
        return self.told in (None, told) and now - self.asked_at < LIVES
