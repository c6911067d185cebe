"""What the kiosk is, what happens to it, and what it shows. Pure: (state, event, now) -> (state, effects).

The link to the controller and the picture are independent: losing the controller never takes a running picture away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from kiosk.link_trouble import Cause, LinkTrouble
from kiosk.reception_trouble import is_too_little
from wire.command import Command
from wire.display import (
    BudgetHold,
    DisplayState,
    Hold,
    JoinTrouble,
    PendingReason,
    PresenterPhase,
    Presenting,
    Role,
    Standstill,
    State,
    Step,
    ViewerReport,
)

TROUBLE_TOLD_EVERY_S = 1.5
"""The controller judges what comes between two reports; with one every heartbeat it would take ten seconds to see a link fail.
Less than two of the page's reports, which come each second or a little late: every third would be told otherwise."""

IDENTIFIES_FOR_S = 10.0
"""Long enough to be found among many."""


class Link(StrEnum):
    """The link to the controller."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class KioskState:
    """All that the kiosk knows."""

    controller: str
    """The controller's address, for the cards."""
    version: str
    dashboard: str | None = None
    """Where a phone finds the dashboard; None where none could."""
    link: Link = Link.CONNECTING
    link_trouble: LinkTrouble | None = None
    """Set while the link is down; a controller that is too busy to hear this display counts as that."""
    next_try_at_s: float | None = None
    """Monotonic seconds, while the link is down."""
    display: DisplayState | None = None
    """What the controller said last."""
    viewer: ViewerReport = field(default_factory=ViewerReport)
    trouble_told_at_s: float = -TROUBLE_TOLD_EVERY_S
    """Monotonic seconds: when the controller was asked at once because too little of the picture came."""
    is_superseded: bool = False
    command: Command | None = None
    """The last that the controller gave, and it is not obeyed twice."""
    identify_until_s: float | None = None
    """Monotonic seconds: the name lies over the picture until then."""
    is_ending: bool = False
    """Told to end: the page leaves the room first, so that nobody waits for this display."""
    fault: str | None = None
    """Why this kiosk cannot work at all."""


@dataclass(frozen=True)
class StateHeard:
    """The controller told the display's state."""

    display: DisplayState


@dataclass(frozen=True)
class LinkLost:
    """The controller could not be asked, or is too busy to hear this display."""

    trouble: LinkTrouble
    next_try_in_s: float


@dataclass(frozen=True)
class StreamEnded:
    """An event stream that had been open ended."""


@dataclass(frozen=True)
class ViewerReported:
    """The page told what it sees."""

    viewer: ViewerReport


@dataclass(frozen=True)
class RunSuperseded:
    """Another process of this machine said hello with this display's key."""


@dataclass(frozen=True)
class KeyShared:
    """The controller found that another machine speaks with this display's key."""


@dataclass(frozen=True)
class CommandAnswered:
    """The controller took the answer to its command; only now it is carried out, so never twice."""

    command: Command


@dataclass(frozen=True)
class Ending:
    """The kiosk was told to end."""


Event: TypeAlias = StateHeard | LinkLost | StreamEnded | ViewerReported | RunSuperseded | KeyShared | CommandAnswered | Ending


class Effect(StrEnum):
    """What the agent shall do."""

    BEAT_NOW = "beat_now"
    """Ask the controller at once: the picture came or went, more or less of it is taken, too little of it comes, stills are
    needed or not any more, or hints stopped coming."""
    REMEMBER_SFU = "remember_sfu"
    """The page must be allowed to reach another SFU."""
    ANSWER_COMMAND = "answer_command"
    RELOAD_PAGE = "reload_page"
    RESTART = "restart"


class Tone(StrEnum):
    """How a card is drawn; its words say the same."""

    WAIT = "wait"
    READY = "ready"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class Card:
    """What stands on the screen while there is no picture: readable at five metres."""

    kind: str
    tone: Tone
    title: str
    lines: tuple[str, ...] = ()
    """Three at most: why, and what happens next."""
    code: str | None = None
    """The pairing code, very large."""
    dashboard: str | None = None
    """An address drawn as a QR, for the phone of whoever stands here."""
    corner: tuple[str, ...] = ()
    """The rest, small."""
    next_try_at_s: float | None = None
    """Counted down on the card."""


@dataclass(frozen=True)
class View:
    """What the page is told."""

    card: Card
    joins: bool
    """Whether to be in the room."""
    presenter_identity: str | None
    """Whose picture to show; nobody else's."""
    presenter_phase: PresenterPhase = "nobody"
    """What the controller hears of them."""
    step: Step = "full"
    """How much of the picture to take."""
    is_protected: bool = False
    """Takes no step, also not by itself."""
    newest_still: int | None = None
    """Another number for each single picture that the controller has for this display; None: there is none."""
    name: str = ""
    """The display's."""
    identify_until_s: float | None = None
    """Its name lies over the picture, or over the card, until then; monotonic."""


def step(state: KioskState, event: Event, now_s: float) -> tuple[KioskState, tuple[Effect, ...]]:
    """The state after an event, and what to do about it. `now_s` is monotonic."""
    match event:
        case StateHeard(display=display):
            before = state.display.sfu_url if state.display else None
            after = replace(state, link=Link.UP, link_trouble=None, next_try_at_s=None, display=display)
            after = replace(after, command=display.command or state.command)
            wanted = {
                Effect.REMEMBER_SFU: display.sfu_url not in (None, before),
                Effect.ANSWER_COMMAND: after.command != state.command,
            }
            return after, tuple(effect for effect, is_wanted in wanted.items() if is_wanted)
        case LinkLost(trouble=trouble, next_try_in_s=next_try_in_s):
            return replace(state, link=Link.DOWN, link_trouble=trouble, next_try_at_s=now_s + next_try_in_s), ()
        case StreamEnded():
            return state, (Effect.BEAT_NOW,) if state.link is Link.UP else ()
        case ViewerReported(viewer=viewer):
            return _seen(state, viewer, now_s)
        case RunSuperseded():
            return replace(state, is_superseded=True, display=None), ()
        case CommandAnswered(command=Command(kind="identify")):
            return replace(state, identify_until_s=now_s + IDENTIFIES_FOR_S), ()
        case CommandAnswered(command=Command(kind=kind)):
            return state, (Effect.RELOAD_PAGE if kind == "reload" else Effect.RESTART,)
        case Ending():
            return replace(state, is_ending=True), ()
        case KeyShared():
            return replace(state, link=Link.UP, link_trouble=None, next_try_at_s=None, display=_in_conflict(state.display)), ()


def _seen(state: KioskState, viewer: ViewerReport, now_s: float) -> tuple[KioskState, tuple[Effect, ...]]:
    """It is news when picture, step or the need of stills changed, and every two seconds while too little comes."""
    after = replace(state, viewer=viewer)
    is_bad = is_too_little(state.viewer.reception, viewer.reception)
    tells_trouble = is_bad and now_s - state.trouble_told_at_s >= TROUBLE_TOLD_EVERY_S
    if tells_trouble:
        after = replace(after, trouble_told_at_s=now_s)
    return after, (Effect.BEAT_NOW,) if tells_trouble or _gist(after) != _gist(state) else ()


def _gist(state: KioskState) -> tuple[bool, bool, Step]:
    return has_picture(state), needs_stills(state), state.viewer.step


def _in_conflict(display: DisplayState | None) -> DisplayState | None:
    changes = {"state": State.CONFLICT, "role": None, "session": None, "presenting": Presenting()}
    return None if display is None else display.model_copy(update=changes)


def has_picture(state: KioskState) -> bool:
    """Whether a presenter's frame stands on the screen, and nothing over it."""
    viewer = state.viewer
    return viewer.stage == "receiving" and viewer.last_frame_age_ms is not None and trouble_of(viewer) is None


def needs_stills(state: KioskState) -> bool:
    """Whether the page asks for single pictures."""
    return state.viewer.stills is not None


def trouble_of(viewer: ViewerReport) -> Standstill | None:
    """Why the picture stands still, unless it is the presenter's own screen that does."""
    return None if viewer.standstill == "presenter_still" else viewer.standstill


def view(state: KioskState) -> View:
    """What the page shall show."""
    display = state.display
    approved = _is_approved(state) and state.fault is None and not state.is_superseded and not state.is_ending
    presenting = display.presenting if display is not None and approved else Presenting()
    return View(
        card=card(state),
        joins=approved and not _is_kept_out(display),
        presenter_identity=presenting.presenter_identity,
        presenter_phase=presenting.phase,
        step=display.step if display is not None and approved else "full",
        is_protected=display is not None and display.role is Role.PROTECTED,
        newest_still=display.newest_still if display is not None and approved else None,
        name=display.name if display is not None else "",
        identify_until_s=state.identify_until_s,
    )


def _is_kept_out(display: DisplayState | None) -> bool:
    return display is not None and display.hold is not None and display.hold.keeps_out


def card(state: KioskState) -> Card:
    """The card for a state."""
    if state.fault is not None:
        lines = (state.fault, "An installer must put this right and restart the kiosk.")
        return Card("fault", Tone.TROUBLE, "This display cannot start", lines, corner=_corner(state))
    if state.is_ending:
        return Card("ending", Tone.WAIT, "Marquee ends", ("This display's program was told to end.",), corner=_corner(state))
    if state.is_superseded:
        lines = ("Another kiosk of this machine uses its key.", "Stop one of them, then restart the other.")
        return Card("superseded", Tone.TROUBLE, "This display was replaced", lines, corner=_corner(state))
    if state.link_trouble is not None and not _is_approved(state):
        kind = "busy" if state.link_trouble.cause is Cause.BUSY else "unreachable"
        return _card_for_trouble(kind, state, state.link_trouble)
    if state.display is None:
        return Card("starting", Tone.WAIT, "Starting", ("Looking for the controller.",), corner=_corner(state))
    return _card_for_display(state, state.display)


def _card_for_display(state: KioskState, display: DisplayState) -> Card:
    corner = _corner(state)
    match display.state:
        case State.PENDING:
            lines = (_PENDING[display.reason or PendingReason.NEEDS_APPROVAL], f"Fingerprint {display.fingerprint}")
            title, code = "Waiting for approval", display.pairing_code
            return Card("pending", Tone.WAIT, title, lines, code=code, dashboard=state.dashboard, corner=corner)
        case State.REJECTED:
            lines = ("An administrator turned this display away.", "They can let it wait again in the dashboard.")
            return Card("rejected", Tone.TROUBLE, "Not admitted", lines, corner=corner)
        case State.REVOKED:
            lines = ("An administrator removed this display.", "They can let it wait again in the dashboard.")
            return Card("revoked", Tone.TROUBLE, "Removed", lines, corner=corner)
        case State.CONFLICT:
            lines = (
                "Two machines use this display's key.",
                "Switch the copy off; an administrator then resolves it.",
            )
            return Card("conflict", Tone.TROUBLE, "Needs attention", lines, corner=corner)
        case State.APPROVED:
            return _card_for_approved(state, display, corner)


def _card_for_approved(state: KioskState, display: DisplayState, corner: tuple[str, ...]) -> Card:
    place = display.session.name if display.session else ""
    presenter = display.presenting.presenter_name
    not_joined = state.viewer.join_trouble
    if state.link_trouble is not None and (state.link_trouble.is_at_this_end or not_joined == "unheard"):
        return _card_for_trouble("controller_away", state, state.link_trouble)
    if not_joined is not None and display.hold is None:
        return replace(_NOT_IN_ROOM[not_joined], corner=corner)
    seen = state.viewer.standstill or _TOLD.get(display.presenting.phase, state.viewer.step)
    missing = None if display.hold else _MISSING.get(seen)
    if presenter is not None and missing is not None:
        lacks_stills = display.stills_off and (missing.tone is Tone.TROUBLE or missing.kind == "stills")
        what_is_next = (_BACK_WITHOUT_STILLS,) if lacks_stills else missing.lines[1:]
        return replace(missing, lines=(f"{presenter} presents in {place}.", missing.lines[0], *what_is_next), corner=corner)
    if state.link_trouble is not None:
        return _card_for_trouble("controller_away", state, state.link_trouble)
    if display.hold is not None:
        return _card_for_hold(display.hold, corner)
    if presenter is None:
        return Card(
            "ready",
            Tone.READY,
            display.name,
            (f"Ready for {place}", "The picture appears when somebody presents."),
            corner=corner,
        )
    if state.viewer.stage in ("joined", "receiving"):
        lines = (f"{presenter} presents in {place}.", "The picture comes as soon as they send it.")
        return Card("waiting_for_picture", Tone.WAIT, "Waiting for the picture", lines, corner=corner)
    lines = (f"{presenter} presents in {place}.", "Connecting to the media server.")
    return Card("joining", Tone.WAIT, "Connecting", lines, corner=corner)


def _card_for_hold(hold: BudgetHold, corner: tuple[str, ...]) -> Card:
    title, why = _HELD[hold.reason]
    until = f"The picture comes by itself at midnight ({hold.time_zone}),"
    lines = (why, until, "or when an administrator lifts the budget.")
    return Card("held", Tone.WAIT, title, lines, corner=corner)


def _card_for_trouble(kind: str, state: KioskState, trouble: LinkTrouble) -> Card:
    return Card(kind, Tone.TROUBLE, trouble.title, trouble.lines, corner=_corner(state), next_try_at_s=state.next_try_at_s)


def _is_approved(state: KioskState) -> bool:
    return state.display is not None and state.display.state is State.APPROVED


def _corner(state: KioskState) -> tuple[str, ...]:
    name = (state.display.name,) if state.display is not None else ()
    return (*name, state.controller, f"Marquee {state.version}")


_BACK = "It comes back by itself."
_BACK_WITHOUT_STILLS = "It comes back by itself; single pictures are off (no REDIS_LIVE_URL)."

_MISSING: Mapping[str, Card] = {
    "presenter_paused": Card("paused", Tone.WAIT, "The picture is paused", ("Their computer gives none for now.", _BACK)),
    "presenter_silent": Card(
        "presenter_silent", Tone.WAIT, "The presenter is not heard", ("Their page or network is away.", _BACK)
    ),
    "network": Card("network", Tone.TROUBLE, "The network brings no picture", ("This display hears nothing of it.", _BACK)),
    "decoder": Card("decoder", Tone.TROUBLE, "The picture is not decoded", ("It comes, and cannot be read.", _BACK)),
    "renderer": Card("renderer", Tone.TROUBLE, "The picture is not drawn", ("It comes, and does not reach the screen.", _BACK)),
    "stills": Card("stills", Tone.WAIT, "Single pictures only", ("The moving picture is too much for now.", _BACK)),
    "off": Card("off", Tone.WAIT, "No picture here for now", ("It is too much for this display's link.", _BACK)),
}
"""Why there is no picture of somebody who presents."""

_NOT_IN_ROOM: Mapping[JoinTrouble, Card] = {
    "unheard": Card("sfu_unheard", Tone.TROUBLE, "The media server is away", ("It does not answer this display.", _BACK)),
    "no_media": Card(
        "no_media",
        Tone.TROUBLE,
        "No way for the picture",
        (
            "The media server answers, but its picture does not get through.",
            "This network must let its media ports pass (UDP, TCP).",
        ),
    ),
}
"""Why this display does not come into the room."""

_TOLD: Mapping[str, str] = {"paused": "presenter_paused", "silent": "presenter_silent", "reconnecting": "presenter_silent"}
"""The same as the controller tells it, where the page cannot know."""

_HELD: Mapping[Hold, tuple[str, str]] = {
    "no_more_join": ("No more displays join today", "Today's bandwidth is nearly used up."),
    "used_up": ("Today's bandwidth is used up", "What is left is kept for protected displays."),
    "stopped": ("Today's bandwidth is used up", "Every display stops then, as the operator wants it."),
}

_PENDING = {
    PendingReason.NEEDS_APPROVAL: "An administrator types this code in the dashboard.",
    PendingReason.SESSION_FULL: "The session has all the displays it may have; an administrator must make room.",
    PendingReason.ENROLMENT_KEY_REFUSED: "Its enrolment key was not accepted; an administrator types this code in the dashboard.",
}
