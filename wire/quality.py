"""What the quality guard decided, for whoever watches over a wall."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from wire.display import DisplayId, SessionId, ShortText, Step
from wire.message import Message
from wire.presenter import QualityAlarm, SenderLimits, Words


class QualityStep(Message):
    """Where a normal display stands."""

    display_id: DisplayId
    step: Step
    reason: Words
    """In words; empty while it never was on another step."""
    suspended: Words | None
    """Why it may not subscribe for now; None: it may."""


class QualityChange(Message):
    """One thing that was decided otherwise than before."""

    at: datetime
    display_id: DisplayId | None
    """None: it concerns the presenter."""
    display_name: ShortText | None
    """As it is called now; None where the session has it no more."""
    what: Words
    """For example `base layer`."""
    why: Words
    """With the numbers it was decided by."""


class PictureDelay(Message):
    """How old a new picture is when it appears on a display, as estimated (docs/architecture.md says how)."""

    display_id: DisplayId
    delay_ms: Annotated[int, Field(ge=0)]


class QualityView(Message):
    """What the quality guard holds in force in a session."""

    limits: SenderLimits
    """What the presenter may send at most now."""
    limits_reason: Words
    floor: SenderLimits
    """As far as the limits may fall, while the wall is as it is."""
    alarms: list[QualityAlarm]
    steps: list[QualityStep]
    """Of the normal displays that are not on the whole picture, or suspended."""
    delays: list[PictureDelay]
    """Of the displays that show, as far as they are known."""
    changes: list[QualityChange]
    """The last ones, newest first."""


class QualityLogQuery(Message):
    """Whose changes are asked for."""

    session_id: SessionId
    display_id: DisplayId | None = None
    """None: those of all displays, and the presenter's."""


class MinutesQuery(Message):
    """Which display's minutes, of which UTC day."""

    display_id: DisplayId
    date: date


class QualityLog(Message):
    """What the quality guard changed in a session, newest first; the last thousand changes."""

    session_id: SessionId
    changes: list[QualityChange] = Field(max_length=1_000)
