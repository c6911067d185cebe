"""What the kiosk is, and what happens to it. Pure: (state, event, now) -> (state, effects).

The link to the controller and the picture are independent: losing the controller never takes a running picture away.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from kiosk.link_trouble import LinkTrouble
from kiosk.reception_trouble import is_too_little
from wire.command import Command
from wire.display import (
    DisplayState,
    Presenting,
    Standstill,
    State,
    Step,
    ViewerReport,
)

TROUBLE_TOLD_EVERY_S = 0.8
"""The controller judges what comes between two reports; with one every heartbeat it would take ten seconds to see a link fail.
Less than one of the page's reports, which come each second, a little sooner or late."""

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

    @property
    def is_approved(self) -> bool:
        """Whether an admin let this display in, as the controller said last."""
        return self.display is not None and self.display.state is State.APPROVED


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
    """It is news when picture, step or the need of stills changed, and every second while too little comes."""
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
