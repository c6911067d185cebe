"""What the page about enrolment keys and the controller say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from wire.display import SessionId, ShortText
from wire.message import Message


class NewEnrolmentKey(Message):
    """Make a key that lets displays in, as `normal` and never more."""

    label: ShortText
    uses: Annotated[int, Field(ge=1, le=50)] = 1
    days: Annotated[int, Field(ge=1, le=90)] = 7
    session_id: SessionId
    """The session of the displays that come by it."""


class EnrolmentKeyView(Message):
    """An enrolment key, without its secret. Moments are UTC."""

    key_id: ShortText
    label: ShortText
    session_id: SessionId | None
    """None: the first session there is."""
    max_uses: int
    uses: int
    expires_at: datetime
    is_revoked: bool
    lets_in: bool
    """Whether a display that came now would be let in."""
    made_by: ShortText
    displays: list[ShortText]
    """The names of those that came by it."""


class EnrolmentKeyList(Message):
    """Every enrolment key there ever was, those that end last first."""

    keys: list[EnrolmentKeyView]


class ShownEnrolmentKey(Message):
    """An enrolment key that was just made. Nobody can read it again."""

    key_id: ShortText
    key: ShortText
    label: ShortText
    expires_at: datetime
    variables: str
    """What an installer gives the kiosk: the key and the controller's address, to be copied."""
