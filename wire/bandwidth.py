"""What the controller says of bandwidth. Bytes are bytes; who shows gigabytes shows decimal ones, as hosts bill."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wire.display import DisplayId, SessionId, ShortText
from wire.message import Message


class BandwidthForecast(Message):
    """Where a period will end, in billed bytes."""

    expected_bytes: int
    low_bytes: int
    high_bytes: int
    method: Literal["as the days before", "as the last hour"]
    """By what the rest is expected to go. The range is that of the days before; without three of them, nothing to the last
    hour."""


BudgetState = Literal["ok", "warn", "critical", "exhausted"]


class BandwidthBudgetView(Message):
    """What was decided for the day, and what it asks of displays."""

    state: BudgetState
    notice: str | None
    """What is done, in words; None while all is well."""
    foretold: str | None
    """What is to be known beforehand: that the budget does not hold for the protected displays alone."""
    committed_bytes: int | None
    """Billed bytes so far, and what the protected displays will still take until the day ends, where that fits at all; the state
    goes by it. None while nothing fresh is counted."""
    lifted_by: ShortText | None
    """The admin who lifted the budget for this day."""


class LiftRequest(Message):
    """Lift the budget for a day, or take that back."""

    date: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    """The day that is meant, as `BandwidthStatus.date` said it: once it is over, nothing happens."""


class BandwidthMonth(Message):
    """The month of the allowance, in billed bytes."""

    begins: datetime
    ends: datetime
    used_bytes: int
    allowance_bytes: int | None
    """None: the host bills no allowance, or nobody said which."""
    state: BudgetState | None
    """By the parts of the allowance at which a day's thresholds stand in its budget; None without an allowance."""
    forecast: BandwidthForecast


class BandwidthShare(Message):
    """A display's part of what the card sends."""

    display_id: DisplayId
    name: ShortText
    session_id: SessionId
    received_bps: int
    """The picture's payload, as the display counts it."""
    sent_bps: int
    """With headers, as its part of what the card sent in the last minute."""
    today_bytes: int
    """The same of this day."""


class BandwidthDrift(Message):
    """What card, displays and SFU count of what was sent in ten minutes, in bytes as on the card; a minute ago."""

    card_bytes: int
    displays_bytes: int
    sfu_bytes: int | None
    """None: the SFU's metrics are not read."""
    sent_again_bytes: int | None = None
    """Of them, for packets that were lost on the way."""
    displays_percent: float | None
    """By how much the card sent more than displays count and was sent again, of what it sent. None: it sent nothing."""
    sfu_percent: float | None
    alarm: str | None
    """In words, where one of them is beyond 3 % while displays take more than 1 Mbit/s."""


class DisplayCost(Message):
    """What one more display would take."""

    sent_bps: int
    bytes_per_hour: int
    is_measured: bool
    """Whether it is what displays take now; otherwise it is the most that a presenter encodes."""


class BandwidthStatus(Message):
    """The network cards' bytes of a day against the thresholds. GB are decimal: 10^9 bytes."""

    enabled: bool
    date: str
    """Of the day, in `time_zone`."""
    time_zone: ShortText
    interface: ShortText | None
    billing: Literal["tx", "rx+tx", "max"]
    """What the host counts: sent, both, or the larger. Every `used_bytes`, forecast and `rate_bps` is meant so, times
    `calibration`."""
    calibration: float
    received_bytes: int
    sent_bytes: int
    used_bytes: int
    rate_bps: int
    """Over the last full minute."""
    budget_bytes: int
    warn_bytes: int
    critical_bytes: int
    state: Literal["ok", "warn", "critical", "exhausted", "unknown"]
    budget: BandwidthBudgetView
    forecast: BandwidthForecast
    month: BandwidthMonth
    displays: list[BandwidthShare]
    """Those that receive the picture now, or did today, of all sessions."""
    rest_bps: int
    """Sent, and no display's: control traffic, retransmission, other services."""
    rest_today_bytes: int
    drift: BandwidthDrift
    one_more_display: DisplayCost
    last_sample_age_s: float | None
    message: str


class BandwidthDay(Message):
    """A day of the ledger."""

    date: str
    received_bytes: int
    sent_bytes: int
    used_bytes: int


class BandwidthHistory(Message):
    """The last 24 hours by minute, and five weeks by day."""

    begins: datetime
    """Of the first minute."""
    received_bytes: list[int]
    sent_bytes: list[int]
    days: list[BandwidthDay]
    """Today is the last."""


class DaysQuery(Message):
    """How many days are asked for, today included."""

    days: Annotated[int, Field(ge=1, le=400)] = 35
