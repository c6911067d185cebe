"""The audit log as the dashboard and programs read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from wire.display import LONGEST_TEXT
from wire.message import Message

Fact = str | int | bool | None

Sought = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Sequence = Annotated[int, Field(ge=1, le=10**12)]


class AuditQuery(Message):
    """Which records are asked for; what is left out or empty lets everything through."""

    who: Sought = ""
    """A part of the actor's name, in any case."""
    what: Sought = ""
    """A code, or its beginning: `display.` is whatever happened to displays."""
    target: Sought = ""
    """A part of the target, or of a name in the record."""
    before: Sequence | None = None
    """Only records older than that."""
    after: Sequence | None = None
    """Only records newer than that."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """How many at most."""


class AuditEntry(Message):
    """Something done. `what` is a stable code; the rest is as the record says it."""

    sequence: int
    at: datetime
    by: str
    """What kind of actor `who` is: account, api_key, enrolment_key or system."""
    who: str
    what: str
    address: str
    """Where it came from; empty where nobody asked from anywhere."""
    target: str
    before: dict[str, Fact]
    after: dict[str, Fact]
    request: str
    """The id of the request, as in its X-Request-Id and in the log."""
    hash: str


class AuditList(Message):
    """Records as asked for, newest first; those that rolled to files too."""

    entries: list[AuditEntry]
    more: bool
    """Whether older ones were asked for that are kept, or not looked at yet: one answer looks at 5,000 at most."""
    next_before: int | None
    """Ask again with this as `before` for older ones; None when there are no more."""
    head_sequence: int
    head_hash: str
    trouble: str | None
    """In words, where what was read on the way is not what was written, or cannot be read."""
