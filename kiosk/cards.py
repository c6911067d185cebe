"""What stands on the screen while there is no picture: the card for each state of the kiosk. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.lifecycle import KioskState
from kiosk.link_trouble import Cause, LinkTrouble
from wire.display import BudgetHold, DisplayState, Hold, JoinTrouble, PendingReason, State


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
    if state.link_trouble is not None and not state.is_approved:
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
