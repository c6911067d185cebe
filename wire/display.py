"""What a display and the controller say to each other."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from wire.command import Command
from wire.message import Message

DISPLAY_ID_LENGTH = 26
"""Crockford base32 characters of SHA-256(public key): 130 bits."""

BREAKS_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Control characters and the two separators of Unicode; letters of every script, joiners and emoji are left alone."""


def in_one_line(text: str) -> str:
    """The text with a space for whatever could start another line or drive a terminal."""
    return BREAKS_A_LINE.sub(" ", text).strip()


DisplayId = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
RunId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
BootId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
LONGEST_TEXT = 120
ShortText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
DeviceText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(in_one_line)]
"""What a device says of itself. It comes to stand in logs and pages, so it is brought into one line."""

SessionId = Annotated[int, Field(ge=1, le=1_000_000)]


def _is_none(value: object) -> bool:
    return value is None


def _is_false(value: object) -> bool:
    return value is False


def _is_nothing(value: object) -> bool:
    return value == 0


def _is_full(value: object) -> bool:
    return value == "full"


JoinTrouble = Literal["unheard", "no_media"]
"""Why a display does not come into the room: the SFU does not answer; or it answers, and neither by UDP nor by TCP does a media
connection come about, as where a firewall lets only signalling through."""

Step = Literal["full", "base", "stills", "off"]
"""How much of the picture a display is given: all of it; its base layer, which is a quarter of the frames and half of the bits;
single pictures every few seconds; nothing."""


class SessionQuery(Message):
    """Which session is asked about."""

    session_id: SessionId


class State(StrEnum):
    """Whether a display may see the picture. Kept for ever, moved only by the controller."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"
    CONFLICT = "conflict"


class Role(StrEnum):
    """The class of service an approved display has."""

    PROTECTED = "protected"
    NORMAL = "normal"


class PendingReason(StrEnum):
    """Why a display waits."""

    NEEDS_APPROVAL = "needs_approval"
    SESSION_FULL = "session_full"
    ENROLMENT_KEY_REFUSED = "enrolment_key_refused"


class Hardware(Message):
    """What the machine says of itself, for the admin to recognise it by. Not proof of anything."""

    model: DeviceText = ""
    hostname: DeviceText = ""
    os: DeviceText = ""


class NonceAnswer(Message):
    """A number to sign once, so that a captured hello is worth nothing."""

    nonce: str
    expires_in_s: int


class Hello(Message):
    """A display introduces itself. Signed; the key that signs it *is* the identity (see PROTOCOL.md)."""

    boot_id: BootId
    """Of the machine's present boot: /proc/sys/kernel/random/boot_id."""
    run_id: RunId
    """Of the kiosk process: 128 random bits, drawn at start."""
    version: DeviceText
    hardware: Hardware = Hardware()
    wanted_session_id: SessionId | None = None
    """A wish; only `DISPLAY_AUTO_APPROVE=all` obeys it."""
    enrolment_key: Annotated[str, StringConstraints(max_length=200)] | None = None
    generation: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] | None = None
    """What the last HelloAnswer gave, empty while there is none; None from a kiosk that keeps none."""


class DisplaySession(Message):
    """The session a display belongs to."""

    session_id: SessionId
    name: ShortText


PresenterPhase = Literal["nobody", "starting", "live", "paused", "reconnecting", "silent"]
"""What the presenter's page says of itself; silent: it holds the session, and was not heard for 5 s."""


class Presenting(Message):
    """Who presents in a display's session. `presenter_identity` is the one identity whose track may be shown."""

    presenter_identity: str | None = None
    presenter_name: ShortText | None = None
    phase: PresenterPhase = "nobody"


Hold = Literal["no_more_join", "used_up", "stopped"]
"""Why today's bandwidth budget keeps the moving picture from a display: no more normal ones join; what is left is for protected
ones, and the others take the step `stills`; all is used up, and the operator wants that to be the end of it."""

OUT_OF_ROOM: frozenset[Hold] = frozenset({"no_more_join", "stopped"})
"""Those that keep it out of the room, too."""


class BudgetHold(Message):
    """The bandwidth budget holds this display back, until midnight of that time zone or until an admin lifts it."""

    reason: Hold
    time_zone: ShortText

    @property
    def keeps_out(self) -> bool:
        """Whether the display stays out of the room; otherwise it goes without the moving picture."""
        return self.reason in OUT_OF_ROOM


class DisplayState(Message):
    """All that a display needs to know about itself; the same message with hello, with each heartbeat and on the event stream."""

    display_id: DisplayId
    fingerprint: ShortText
    """The first 16 hex digits of SHA-256(public key) in groups of four; on the card and in the dashboard."""
    revision: Annotated[int, Field(ge=0)]
    state: State
    role: Role | None = None
    """Set while approved."""
    name: ShortText
    reason: PendingReason | None = None
    """Set while pending."""
    pairing_code: str | None = None
    """`XXXX-XXXX`, only while pending, only to the display itself."""
    pairing_code_expires_in_s: int | None = None
    session: DisplaySession | None = None
    """Set while approved."""
    presenting: Presenting = Presenting()
    sfu_url: str | None = None
    """Where the room will be (ws:// or wss://); None while the controller has no LiveKit credentials."""
    command: Annotated[Command | None, Field(exclude_if=_is_none)] = None
    """What to do once, and to tell of. Left out where there is none, as in HelloAnswer."""
    heartbeat_every_s: Annotated[float, Field(gt=0)] = 5.0
    hold: Annotated[BudgetHold | None, Field(exclude_if=_is_none)] = None
    """Set while the bandwidth budget holds this display back; left out otherwise, as for an older kiosk."""
    step: Annotated[Step, Field(exclude_if=_is_full)] = "full"
    """How much of the picture this display is to take. Left out while it is all of it, as for an older kiosk."""
    newest_still: Annotated[int | None, Field(exclude_if=_is_none)] = None
    """A number that every still has another of, while this display asks for stills; None: there is none for it. Left out then."""
    stills_off: Annotated[bool, Field(exclude_if=_is_false)] = False
    """The controller has nowhere to keep pictures: `REDIS_LIVE_URL` is not set. Left out while it has."""


class HelloAnswer(Message):
    """The display's state and a bearer token for the next hour, kept in memory only."""

    session_token: str
    session_token_expires_in_s: int
    display: DisplayState
    generation: Annotated[str | None, Field(exclude_if=_is_none)] = None
    """To be kept beside the key and shown with the next hello, so that a copy of the machine is noticed. Left out where there is
    none, so that an older kiosk, which takes no unknown field, understands the answer."""


Standstill = Literal["presenter_still", "presenter_paused", "presenter_silent", "network", "decoder", "renderer"]
"""Why no new frame came: the presenter's screen does not change (which is no fault), they paused it, or neither frame nor beat of
theirs comes; too little reaches this display; what comes is not decoded; what is decoded is not on the glass."""


Counter = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""Counts up since the track came or was published. At most what a page's own numbers tell exactly."""

Milliseconds = Annotated[float, Field(ge=0, le=60_000)]

MAX_STILL_BYTES = 100_000
"""Of a still: a single picture of the presenter's screen, as WebP."""

SHORTEST_STILL_INTERVAL_MS = 3_000
"""Between two stills that a display takes: at 100 KB each they stay under a tenth of 4 Mbit/s."""

LONGEST_STILL_INTERVAL_MS = 60_000


class Reception(Message):
    """The receiver's own counters, all of the present track: what happened between two reports is their difference, however many
    reports were lost between. The gauges are means over the last second, None while there is nothing to measure."""

    track_age_ms: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    """Since the track came, by a clock that is never set. Less than before: another track."""
    received_bytes: Counter = 0
    """Of the payload."""
    header_bytes: Counter = 0
    """Of the packets' RTP headers, with what they are extended by, and of padding."""
    packets_received: Counter = 0
    packets_lost: Counter = 0
    """Still missing; one that was sent again in time counts as received."""
    nacks_sent: Counter = 0
    """Requests to send packets again."""
    plis_sent: Counter = 0
    """Requests for a key frame, which all displays then get."""
    frames_decoded: Counter = 0
    frames_dropped: Counter = 0
    """Received and not presented, because the machine was too slow or they came too late."""
    freezes: Counter = 0
    frozen_ms: Counter = 0
    outage_ms: Annotated[Counter, Field(exclude_if=_is_nothing)] = 0
    """In which nothing at all came over the link, 1.2 s or more at a time: it was cut. Left out while there was none,
    as for an older controller."""
    jitter_buffer_ms: Milliseconds | None = None
    """How long a frame waited before it was decoded."""
    decode_ms: Milliseconds | None = None
    """Of one frame."""
    arrival_to_glass_ms: Milliseconds | None = None
    """From a frame's last packet to when the browser expects it to be seen; None also where it does not tell."""
    round_trip_ms: Milliseconds | None = None
    """To the SFU and back."""


class StillsReport(Message):
    """The single pictures that the page asks for in place of the moving one."""

    age_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    """Since the one on the glass was captured, when the report was made; None: there is none."""
    interval_ms: Annotated[int, Field(ge=SHORTEST_STILL_INTERVAL_MS, le=LONGEST_STILL_INTERVAL_MS)] = SHORTEST_STILL_INTERVAL_MS
    """How often this display's link carries one."""
    received_bytes: Counter = 0
    """Of all since the page was loaded."""
    carried_bps: Annotated[int | None, Field(ge=0, le=10_000_000_000, exclude_if=_is_none)] = None
    """How fast the slowest of the last three came, while no beat was missing for 20 s; None, and left out, while that is not so,
    or one was too small to tell."""
    beats_whole: Annotated[bool, Field(exclude_if=_is_false)] = False
    """Whether none of the presenter's beats was missing for 20 s. Left out while one was."""


class ViewerReport(Message):
    """What the kiosk's page sees of the picture."""

    stage: Literal["none", "joining", "joined", "receiving"] = "none"
    """none: not in a room; joined: in the room, no track; receiving: subscribed to the named presenter's track."""
    presenter_identity: DeviceText | None = None
    """Whose track is on the glass."""
    last_frame_age_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    """Since the last frame was presented, when the report was made; None before the first."""
    frames_presented: Annotated[int, Field(ge=0)] = 0
    """Since the track came."""
    frames_per_second: Annotated[float, Field(ge=0, le=240)] = 0
    """Presented, over the last second."""
    received_bps: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """Bits per second of the track, over the last second."""
    width: Annotated[int, Field(ge=0, le=16_384)] = 0
    height: Annotated[int, Field(ge=0, le=16_384)] = 0
    picture_check: Literal["none", "good", "bad"] = "none"
    """Whether the last look at the window's own pixels, at most 40 s ago, agreed with the picture that was decoded."""
    standstill: Standstill | None = None
    """None while new frames come, and while there is no picture to come."""
    join_trouble: JoinTrouble | None = None
    """None in the room, and for the first seconds out of it."""
    resubscribed: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How often this page asked the SFU for the track anew, to mend a standstill."""
    rejoined: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How often this page left the room and came back, for whatever reason."""
    last_remedy: DeviceText | None = None
    """What was done last to bring the picture back, and why."""
    sfu_version: DeviceText | None = None
    reception: Reception | None = None
    """None while no track is received."""
    step: Step = "full"
    """What the page does now, told or by itself."""
    stills: Annotated[StillsReport | None, Field(exclude_if=_is_none)] = None
    """None while the page needs none. Left out then, as for an older controller."""


class MachineReport(Message):
    """How the machine is."""

    cpu_percent: Annotated[float, Field(ge=0, le=100)] = 0
    memory_percent: Annotated[float, Field(ge=0, le=100)] = 0
    kiosk_memory_bytes: Annotated[int, Field(ge=0)] = 0
    """Proportional set size of the kiosk's processes, or resident size where the kernel does not tell."""
    temperature_celsius: Annotated[float, Field(ge=-50, le=200)] | None = None
    uptime_s: Annotated[float, Field(ge=0)] = 0
    kiosk_uptime_s: Annotated[float, Field(ge=0)] = 0
    """Of the kiosk's process: falls when it was started again."""
    renderer_falls: Annotated[int, Field(ge=0)] = 0
    """How often the page's renderer ended by itself since the kiosk's start; it is loaded again each time."""
    renderer_hangs: Annotated[int, Field(ge=0)] = 0
    """How often it was ended because the page did not report."""
    renderer_stuck: Annotated[int, Field(ge=0)] = 0
    """How often it was ended because the picture came and was not decoded or drawn, and the page could not mend that."""
    renderer_large: Annotated[int, Field(ge=0)] = 0
    """How often it was ended because the kiosk needed more memory than it may."""
    restarts: Annotated[int, Field(ge=0)] = 0
    """How often the kiosk started itself again, since somebody else started it."""
    restarted_for: DeviceText | None = None
    """Why it did so last: stuck or large, as above, or asked."""


class Heartbeat(Message):
    """Sent every `heartbeat_every_s`, and at once when the picture comes or goes. Answered with a DisplayState."""

    run_id: RunId
    sequence: Annotated[int, Field(ge=0)]
    viewer: ViewerReport = ViewerReport()
    machine: MachineReport = MachineReport()


class RoomToken(Message):
    """What a display or a presenter needs to join the room."""

    sfu_url: str
    token: str
    room: str
    identity: str
    expires_in_s: int
