"""What an admin asks a display to do, once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wire.message import Message

CommandId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]

CommandKind = Literal["identify", "reload", "restart"]
"""Show the display's name over the picture for a moment; load the kiosk's page again; start the kiosk again. The picture stays
on the screen."""


class Command(Message):
    """Told to a display until it says what became of it, for half a minute at most."""

    command_id: CommandId
    kind: CommandKind


class CommandResult(Message):
    """What became of a command; the address says of which. Who was not answered tells it again."""

    outcome: Literal["done", "failed"]


class CommandRequest(Message):
    """Ask a display of this session to do something."""

    session_id: Annotated[int, Field(ge=1, le=1_000_000)]
    kind: CommandKind


class CommandView(Message):
    """The last command that a display was given in the last ten minutes."""

    kind: CommandKind
    by: str
    asked_at: datetime
    outcome: Literal["waiting", "done", "failed", "unheard"]
    """unheard: the display said nothing of it in half a minute, and is not told it any more."""
