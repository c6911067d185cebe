"""What the presenter page and the controller say to each other."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wire.display import Counter, Hold, Milliseconds, Role, RoomToken, SessionId, ShortText, Step
from wire.message import Message

MAX_BITRATE_BPS = 4_000_000
MAX_FRAMES_PER_SECOND = 15
"""The ceilings of the change document."""

Words = Annotated[str, Field(max_length=400)]

BitsPerSecond = Annotated[int, Field(ge=0, le=10_000_000_000)]


class PresenterTokenRequest(Message):
    """Ask to present in a session; takes its lease, or renews it."""

    session_id: SessionId
    lease: ShortText | None = None
    """The secret of the lease this page holds already: a page that reconnects or was reloaded renews it; another tab has none."""
    take_over: ShortText | None = None
    """Another's lease, by the `lease_id` in the details of `session_taken`: take the session from them. None: only a free one."""


class Notice(Message):
    """Something the presenter should know and that stops nothing."""

    code: str
    message: str


class SenderLimits(Message):
    """The ceiling that the presenter encodes under. The frame rate is the capture's, never the encoder's cap: an encoder that was
    capped to 10 on a capture of 15 was measured to give 5."""

    max_bitrate_bps: Annotated[int, Field(gt=0, le=MAX_BITRATE_BPS)] = MAX_BITRATE_BPS
    max_frames_per_second: Annotated[int, Field(gt=0, le=MAX_FRAMES_PER_SECOND)] = MAX_FRAMES_PER_SECOND


class PresenterToken(RoomToken):
    """Permission to publish one screen track."""

    session_id: SessionId
    lease: str
    """A secret that names the lease, for this page alone; `identity` is what others see of it."""
    limits: SenderLimits = SenderLimits()
    protected_approved: int
    warning: Notice | None = None
    """`few_protected` while fewer than two protected displays are approved (recommended, not required)."""


class SenderReport(Message):
    """What the presenter's encoder says of itself, over the last second."""

    frames_encoded: Annotated[int, Field(ge=0)] = 0
    """Since the track was published."""
    frames_per_second: Annotated[float, Field(ge=0, le=240)] = 0
    sent_bps: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    width: Annotated[int, Field(ge=0, le=16_384)] = 0
    height: Annotated[int, Field(ge=0, le=16_384)] = 0
    codec: ShortText = ""
    scalability_mode: ShortText = ""
    quality_limitation: ShortText = ""
    """The browser's own word for what holds the encoder back: none, cpu, bandwidth or other."""
    sfu_version: ShortText | None = None
    target_bps: BitsPerSecond | None = None
    """What the encoder aims at: the cap, or less where the uplink carries less."""
    available_bps: BitsPerSecond | None = None
    """What the browser believes that the uplink carries."""
    encode_ms: Milliseconds | None = None
    """Of one frame, over the last second."""
    round_trip_ms: Milliseconds | None = None
    """To the SFU and back."""
    uplink_lost_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """Of the packets sent, as the SFU says."""
    key_frames_encoded: Counter = 0
    plis_received: Counter = 0
    """How often the SFU asked for a key frame, for whichever display."""
    applied: SenderLimits | None = None
    """The limits that the page has put in force; None before it did."""


class PresenterHeartbeat(Message):
    """Sent each second while the page holds the lease. Answered with a PresenterStatus."""

    session_id: SessionId
    lease: str
    phase: Literal["starting", "live", "paused", "reconnecting"]
    """paused: the system or the browser gives no picture of the screen for now."""
    sender: SenderReport = SenderReport()


class PresenterBeat(Message):
    """Sent each second into the room, lossy, as data of the topic `beat`: frames or beats are life."""

    sequence: Annotated[int, Field(ge=0)]
    """Since the page began to present."""
    frames_encoded: Annotated[int, Field(ge=0)]
    """Of the present publication."""
    paused: bool


class StillQuery(Message):
    """Goes with a still, a bare WebP picture of the presenter's screen; the lease goes in the header `X-Lease`."""

    session_id: SessionId
    taken_ms: Counter
    """When it was captured, by the page's own clock: it orders the page's stills and means nothing else."""
    age_ms: Annotated[int, Field(ge=0, le=60_000)]
    """Since it was captured, when it was sent."""


class LeaseRelease(Message):
    """The presenter stops."""

    session_id: SessionId
    lease: str


class WallDisplay(Message):
    """One approved display as the presenter sees it."""

    name: ShortText
    role: Role
    showing: Literal["showing", "not_showing", "unknown"]
    liveness: Literal["online", "late", "offline"]
    has_stills: bool = False
    """Whether single pictures stand on it in place of the moving one."""
    step: Step = "full"
    """How much of the picture the quality guard lets it take."""
    step_reason: Words = ""
    """Why, in words; empty while it never changed."""
    hold: Hold | None = None
    """Why the bandwidth budget holds it back; None where it does not."""


class QualityAlarm(Message):
    """Something that the quality guard wants somebody to look at."""

    display_name: ShortText | None
    """None: it concerns the presenter."""
    cause: Literal["presenter_uplink", "presenter_computer", "media_server", "display_machine", "display_link"]
    message: Words
    """What was measured and the likely cause, in words."""


class PresenterStatus(Message):
    """What the wall shows; the answer to each heartbeat and the `status` event of the presenter's stream."""

    session_id: SessionId
    holds_lease: bool
    """Whether it is this browser session that presents."""
    approved: int
    showing: int
    protected_approved: int
    displays: list[WallDisplay]
    warning: Notice | None = None
    budget: Notice | None = None
    """What the day's bandwidth budget asks of displays, and that it does not hold for the protected ones alone; None while all is
    well."""
    limits: SenderLimits = SenderLimits()
    """What the presenter's page is to put in force, without a key frame."""
    limits_reason: Words = ""
    alarms: list[QualityAlarm] = Field(default_factory=list)
    still_every_ms: int | None = None
    """How often a still is wanted; None: nobody needs one."""
