"""What the dashboard and the controller say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from wire.bandwidth import BandwidthStatus
from wire.command import CommandView
from wire.display import (
    DisplayId,
    Hold,
    MachineReport,
    PendingReason,
    PresenterPhase,
    Role,
    SessionId,
    ShortText,
    State,
    ViewerReport,
    in_one_line,
)
from wire.message import Message
from wire.presenter import SenderReport
from wire.quality import QualityView

LONGEST_NAME = 60
"""Characters of a name that a person gives."""


GivenName = Annotated[
    str, StringConstraints(max_length=LONGEST_NAME), AfterValidator(in_one_line), StringConstraints(min_length=1)
]
"""Brought into one line, without space at its ends. Its length is that of what was sent, as the API's description says."""

Revision = Annotated[int, Field(ge=0)]

TypedCode = Annotated[str, StringConstraints(max_length=60)]
"""As somebody typed it; whether it can be a pairing code is judged where the guesses are counted."""


class ApproveRequest(Message):
    """Let a display see a session's picture."""

    session_id: SessionId
    role: Role
    revision: Revision | None = None
    """The revision that was seen; when the display has another by now, nothing happens. None: whatever it is now."""
    pairing_code: TypedCode | None = None
    """The code on the display's own screen. Where it is given it must be right, also where none is required."""
    name: GivenName | None = None
    """What to call the display from now on; None leaves its name."""


class PairingCodeRequest(Message):
    """Which waiting display shows this code?"""

    code: TypedCode


class SessionRequest(Message):
    """Names the session an act concerns (reject, revoke, back to pending)."""

    session_id: SessionId
    revision: Revision | None = None
    """As in ApproveRequest."""


class RenameDisplayRequest(Message):
    """Give a display of this session another name."""

    session_id: SessionId
    name: GivenName
    revision: Revision | None = None
    """As in ApproveRequest."""


class MoveDisplayRequest(Message):
    """Take a display of this session to another one, as it is."""

    session_id: SessionId
    to_session_id: SessionId
    revision: Revision | None = None
    """As in ApproveRequest."""


class ReplaceDisplayRequest(Message):
    """Let a display of this session take name, role and session of an approved one, which is revoked."""

    session_id: SessionId
    replaces: DisplayId
    revision: Revision | None = None
    """As in ApproveRequest."""
    pairing_code: TypedCode | None = None
    """As in ApproveRequest; required where approving with the old one's role would require it."""


class SessionNameRequest(Message):
    """Make a session of this name, or give this name to one."""

    name: GivenName


class ArchiveSessionRequest(Message):
    """Put a session away; the address says which."""


class UnarchiveSessionRequest(Message):
    """Bring an archived session back; the address says which."""


class LockRoomRequest(Message):
    """Lock a session's room; the address says which session's."""


class LockedRoom(Message):
    """The session has another room now, which no token of before is for."""

    session_id: SessionId
    room: ShortText
    is_ended: bool
    """Whether everybody is out of the room of before. False while the SFU is away: the steward ends it as soon as it is back."""


class SessionView(Message):
    """A session."""

    session_id: SessionId
    name: ShortText


class SessionList(Message):
    """Every session, by number."""

    sessions: list[SessionView]
    archived: list[SessionView]
    """Those that were put away, and can be brought back."""


class DisplayView(Message):
    """A display as an admin sees it. Moments are UTC."""

    display_id: DisplayId
    session_id: SessionId
    name: ShortText
    state: State
    role: Role | None
    revision: int
    reason: PendingReason | None
    fingerprint: ShortText
    model: ShortText
    hostname: ShortText
    os: ShortText
    version: ShortText
    address: ShortText
    first_seen: datetime
    last_seen: datetime | None
    decided_by: ShortText | None
    """Who approved, rejected or revoked it: an account's name, `enrolment key LABEL`, or `DISPLAY_AUTO_APPROVE=all`."""
    liveness: Literal["online", "late", "offline"]
    showing: Literal["showing", "not_showing", "unknown"]
    viewer: ViewerReport | None
    machine: MachineReport | None
    code_checked: bool
    """Whether the admin who approved it typed the code on its own screen."""
    same_address: int | None
    """Other displays, of whatever session and state, that came from the same address; None unless it waits."""
    command: CommandView | None = None
    """What it was asked to do last, and what became of it."""
    hold: Hold | None = None
    """Why the bandwidth budget holds it back; None where it does not."""


class DisplayList(Message):
    """Every display of a session, pending ones first."""

    session_id: SessionId
    approved: int
    max_displays: int
    auto_approve: Literal["none", "enrolled", "all"]
    require_pairing_code: Literal["none", "protected", "all"]
    displays: list[DisplayView]


class SfuTrack(Message):
    """What the presenter publishes, as the SFU sees it."""

    codec: ShortText
    layers: int
    width: int
    height: int


class SfuParticipant(Message):
    """Somebody in the room, hidden ones included."""

    identity: ShortText
    kind: Literal["presenter", "display", "unknown"]
    name: ShortText
    joined_at: datetime | None
    tracks: list[SfuTrack]


class SfuStatus(Message):
    """The SFU as the steward last saw it, at most every two seconds."""

    up: bool
    message: str
    """In words, also what to do when it is not up."""
    version: ShortText | None
    """As told by the clients in the room: the room API does not say it."""
    url: str
    room: ShortText
    observed_at: datetime | None
    participants: list[SfuParticipant]


class PresentingView(Message):
    """Who presents, for the dashboard."""

    presenter_name: ShortText | None
    phase: PresenterPhase
    """silent: holds the lease and was not heard for five seconds."""
    sender: SenderReport | None


AuditHead = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}:[0-9a-f]{64}$")]
"""Where an audit log ends: its last record's sequence and hash."""


class StateDoubt(Message):
    """The state store came back older, empty or as another one: nothing is decided until it is restored or accepted."""

    message: str
    head: AuditHead
    """Where its audit log ends."""


class AcceptStateRequest(Message):
    """Take the state store as it is, although acts that were acknowledged are missing from it."""

    head: AuditHead
    """As it was seen; when the store ends elsewhere by now, nothing happens."""


class AcceptedState(Message):
    """The state is not in doubt any more."""

    head: AuditHead
    """Of the record that says so."""


class AdminSnapshot(Message):
    """All that the dashboard shows of a session; the `snapshot` event of its stream."""

    session_id: SessionId
    session_name: ShortText
    displays: DisplayList
    presenting: PresentingView
    sfu: SfuStatus
    bandwidth: BandwidthStatus
    quality: QualityView
    doubt: StateDoubt | None
    """None: the state store is what was acknowledged."""
