"""What the page is told to show, and whether to be in the room. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.cards import Card, card
from kiosk.lifecycle import KioskState
from wire.display import DisplayState, PresenterPhase, Presenting, Role, Step


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


def view(state: KioskState) -> View:
    """What the page shall show."""
    display = state.display
    approved = state.is_approved and state.fault is None and not state.is_superseded and not state.is_ending
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
