"""What the kiosk shows in each state, and that controller and picture are independent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from kiosk.cards import Card, Tone, card
from kiosk.lifecycle import (
    IDENTIFIES_FOR_S,
    CommandAnswered,
    Effect,
    Ending,
    Event,
    KeyShared,
    KioskState,
    Link,
    LinkLost,
    RunSuperseded,
    StateHeard,
    StreamEnded,
    ViewerReported,
    step,
)
from kiosk.link_trouble import Cause, LinkTrouble
from kiosk.view import view
from wire.command import Command, CommandKind
from wire.display import (
    BudgetHold,
    DisplaySession,
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
    StillsReport,
    ViewerReport,
)

START = KioskState(controller="https://marquee.example.org", version="0.1.0")
DISPLAY_ID = "0" * 26
RECEIVING = ViewerReport(stage="receiving", presenter_identity="presenter-1", last_frame_age_ms=40, frames_presented=1)
PAULA = Presenting(presenter_identity="presenter-1", presenter_name="paula")


def display(state: State, **changes: Any) -> DisplayState:
    fields: dict[str, Any] = {"name": "lobby", "fingerprint": "AAAA BBBB CCCC DDDD", "revision": 1, **changes}
    return DisplayState(display_id=DISPLAY_ID, state=state, **fields)


def approved(**changes: Any) -> DisplayState:
    session = DisplaySession(session_id=1, name="Main stage")
    return display(State.APPROVED, role=Role.NORMAL, session=session, **changes)


def after(*events: Event, start: KioskState = START) -> KioskState:
    for event in events:
        start, _ = step(start, event, 100.0)
    return start


def effects(state: KioskState, event: Event) -> tuple[Effect, ...]:
    return step(state, event, 100.0)[1]


def told(phase: PresenterPhase) -> Presenting:
    return PAULA.model_copy(update={"phase": phase})


HOLDS: tuple[Hold, ...] = get_args(Hold)


def held(reason: Hold) -> DisplayState:
    return approved(presenting=told("paused"), hold=BudgetHold(reason=reason, time_zone="Europe/Berlin"))


def stands_still(cause: Standstill) -> KioskState:
    viewer = RECEIVING.model_copy(update={"standstill": cause})
    return after(StateHeard(approved(presenting=told("live"))), ViewerReported(viewer))


def not_in_room(trouble: JoinTrouble) -> KioskState:
    viewer = ViewerReport(stage="joining", join_trouble=trouble)
    return after(StateHeard(approved(presenting=told("reconnecting"))), ViewerReported(viewer))


# -- each state has its card --------------------------------------------------------------------------------------------------

HOST = "marquee.example.org"
TROUBLES = {
    Cause.NO_LINK: "no network cable is in, and no Wi-Fi is joined",
    Cause.NO_ADDRESS: "the network gives this display no address",
    Cause.NO_NAME: f"the name {HOST} is not found",
    Cause.NO_ROUTE: f"this network does not lead to {HOST}",
    Cause.SILENT: f"no answer came from {HOST}",
    Cause.NOTHING_ANSWERS: f"nothing answers at {HOST}",
    Cause.BROKE: f"the connection to {HOST} broke",
    Cause.CLOCK: "this display takes today for 1 January 1970, the controller for 26 September 2026",
    Cause.CERTIFICATE: f"the certificate of {HOST} is signed by nobody whom this display trusts",
    Cause.FOREIGN: "something that is no Marquee controller answers (status 404)",
    Cause.BUSY: "too many requests; wait 12 s, then try again",
    Cause.REFUSED: "there is no session 7; the sessions are 1, 2",
}
"""As the kiosk words them."""


def lost(cause: Cause) -> LinkLost:
    return LinkLost(LinkTrouble(cause, TROUBLES[cause]), 5.0)


LOST, BUSY = lost(Cause.NOTHING_ANSWERS), lost(Cause.BUSY)

CARDS: list[tuple[str, KioskState, str, Tone]] = [
    ("before anything", START, "starting", Tone.WAIT),
    ("fault", replace(START, fault="key.pem does not hold a key"), "fault", Tone.TROUBLE),
    ("never reached", after(LOST), "unreachable", Tone.TROUBLE),
    ("not heard yet", after(BUSY), "busy", Tone.TROUBLE),
    ("busy, then away", after(BUSY, LOST), "unreachable", Tone.TROUBLE),
    ("busy, then heard", after(BUSY, StateHeard(display(State.PENDING))), "pending", Tone.WAIT),
    ("pending", after(StateHeard(display(State.PENDING, reason=PendingReason.NEEDS_APPROVAL))), "pending", Tone.WAIT),
    ("pending and lost", after(StateHeard(display(State.PENDING)), LOST), "unreachable", Tone.TROUBLE),
    ("rejected", after(StateHeard(display(State.REJECTED))), "rejected", Tone.TROUBLE),
    ("revoked", after(StateHeard(display(State.REVOKED))), "revoked", Tone.TROUBLE),
    ("conflict", after(StateHeard(display(State.CONFLICT))), "conflict", Tone.TROUBLE),
    ("approved", after(StateHeard(approved())), "ready", Tone.READY),
    ("presenting", after(StateHeard(approved(presenting=PAULA))), "joining", Tone.WAIT),
    (
        "in the room",
        after(StateHeard(approved(presenting=PAULA)), ViewerReported(ViewerReport(stage="joined"))),
        "waiting_for_picture",
        Tone.WAIT,
    ),
    ("not heard, as the controller says", after(StateHeard(approved(presenting=told("silent")))), "presenter_silent", Tone.WAIT),
    ("reconnecting", after(StateHeard(approved(presenting=told("reconnecting")))), "presenter_silent", Tone.WAIT),
    ("paused", after(StateHeard(approved(presenting=told("paused")))), "paused", Tone.WAIT),
    ("not heard, as the page says", stands_still("presenter_silent"), "presenter_silent", Tone.WAIT),
    ("no packets", stands_still("network"), "network", Tone.TROUBLE),
    ("not decoded", stands_still("decoder"), "decoder", Tone.TROUBLE),
    ("not drawn", stands_still("renderer"), "renderer", Tone.TROUBLE),
    ("no packets, and no controller", after(LOST, start=stands_still("network")), "network", Tone.TROUBLE),
    ("approved and lost", after(StateHeard(approved(presenting=PAULA)), LOST), "controller_away", Tone.TROUBLE),
    ("approved and not heard", after(StateHeard(approved()), BUSY), "controller_away", Tone.TROUBLE),
    *((f"never reached: {cause}", after(lost(cause)), "unreachable", Tone.TROUBLE) for cause in Cause if cause is not Cause.BUSY),
    ("unplugged", after(lost(Cause.NO_LINK), start=stands_still("network")), "controller_away", Tone.TROUBLE),
    *((f"held: {reason}", after(StateHeard(held(reason))), "held", Tone.WAIT) for reason in HOLDS),
    ("held, and no controller", after(StateHeard(held("used_up")), LOST), "controller_away", Tone.TROUBLE),
    ("no media server", not_in_room("unheard"), "sfu_unheard", Tone.TROUBLE),
    ("no media", not_in_room("no_media"), "no_media", Tone.TROUBLE),
    ("no media server, and no controller", after(LOST, start=not_in_room("unheard")), "controller_away", Tone.TROUBLE),
    ("told to end", after(StateHeard(approved(presenting=PAULA)), Ending()), "ending", Tone.WAIT),
    ("superseded", after(StateHeard(approved()), RunSuperseded()), "superseded", Tone.TROUBLE),
    ("copied", after(StateHeard(approved(presenting=PAULA)), KeyShared()), "conflict", Tone.TROUBLE),
    ("copied and lost", after(StateHeard(approved()), KeyShared(), LOST), "unreachable", Tone.TROUBLE),
    ("superseded and lost", after(RunSuperseded(), LOST), "superseded", Tone.TROUBLE),
]


@pytest.mark.parametrize(("state", "kind", "tone"), [row[1:] for row in CARDS], ids=[row[0] for row in CARDS])
def test_each_state_has_its_card(state: KioskState, kind: str, tone: Tone) -> None:
    shown = card(state)
    assert (shown.kind, shown.tone) == (kind, tone)


@pytest.mark.parametrize("state", [row[1] for row in CARDS], ids=[row[0] for row in CARDS])
def test_each_card_says_why_and_can_be_read_from_afar(state: KioskState) -> None:
    shown = card(state)
    assert 0 < len(shown.title) <= 30
    assert 1 <= len(shown.lines) <= 3
    assert all(shown.lines)
    assert "https://marquee.example.org" in shown.corner
    assert "Marquee 0.1.0" in shown.corner


def test_who_was_told_to_end_leaves_the_room_first() -> None:
    assert view(after(StateHeard(approved(presenting=PAULA)))).joins
    assert not view(after(StateHeard(approved(presenting=PAULA)), Ending())).joins


def test_who_is_held_by_the_budget_stays_out_of_the_room_until_it_is_not() -> None:
    held_back = after(StateHeard(approved(presenting=PAULA)), StateHeard(held("no_more_join")))
    assert not view(held_back).joins
    assert "midnight (Europe/Berlin)" in card(held_back).lines[1]
    assert view(after(StateHeard(approved(presenting=PAULA)), start=held_back)).joins
    assert view(after(StateHeard(held("used_up")))).joins, "stills only is no reason to leave"


@pytest.mark.parametrize("reason", list(PendingReason))
def test_a_waiting_display_shows_its_code_and_why_it_waits(reason: PendingReason) -> None:
    shown = card(after(StateHeard(display(State.PENDING, reason=reason, pairing_code="BCDF-GHJK"))))
    assert shown.code == "BCDF-GHJK"
    assert "Fingerprint AAAA BBBB CCCC DDDD" in shown.lines
    word = {
        "needs_approval": "types this code",
        "session_full": "all the displays it may have",
        "enrolment_key_refused": "not accepted",
    }
    assert word[reason.value] in shown.lines[0]


@pytest.mark.parametrize("state", [State.REJECTED, State.REVOKED, State.CONFLICT])
def test_no_code_is_shown_when_nothing_waits_for_it(state: State) -> None:
    assert card(after(StateHeard(display(state)))).code is None


def test_only_a_waiting_display_leads_a_phone_to_the_dashboard_and_never_with_its_code() -> None:
    for name, state, kind, _ in CARDS:
        shown = card(replace(state, dashboard="https://marquee.example.org/"))
        assert shown.dashboard == ("https://marquee.example.org/" if kind == "pending" else None), name


def test_a_busy_controller_is_said_to_be_busy_and_when_the_next_try_is() -> None:
    for start in (START, after(StateHeard(approved()))):
        shown = card(after(BUSY, start=start))
        assert shown.title == "The controller is busy"
        assert shown.lines == ("Too many requests; wait 12 s, then try again.", "It keeps trying by itself.")
        assert shown.next_try_at_s == 105.0


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_has_its_own_title_and_what_to_do(cause: Cause) -> None:
    shown = card(after(lost(cause)))
    assert shown.title not in {card(after(lost(other))).title for other in Cause if other is not cause}
    assert shown.lines[0] == TROUBLES[cause][:1].upper() + TROUBLES[cause][1:] + "."
    assert len(shown.lines) == 2


def test_with_the_cable_out_nothing_farther_is_blamed() -> None:
    assert card(after(lost(Cause.NO_LINK), start=stands_still("network"))).title == "No network"


def test_a_lost_link_says_the_cause_and_counts_down() -> None:
    shown = card(after(LOST))
    assert shown.lines[0] == "Nothing answers at marquee.example.org."
    assert shown.next_try_at_s == 105.0


def test_a_ready_display_says_its_name_and_stage() -> None:
    shown = card(after(StateHeard(approved())))
    assert (shown.title, shown.lines[0]) == ("lobby", "Ready for Main stage")


def test_who_presents_is_said_while_the_picture_is_awaited() -> None:
    assert card(after(StateHeard(approved(presenting=PAULA)))).lines[0] == "paula presents in Main stage."


def test_a_fault_goes_before_everything_else() -> None:
    broken = replace(after(StateHeard(approved(presenting=PAULA)), RunSuperseded()), fault="no key")
    assert card(broken).kind == "fault"
    assert view(broken) == view(replace(broken, viewer=RECEIVING))
    assert not view(broken).joins


def test_a_standstill_is_told_at_once_and_a_still_screen_is_none() -> None:
    watching = after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING))
    still = RECEIVING.model_copy(update={"standstill": "presenter_still"})
    gone = RECEIVING.model_copy(update={"standstill": "presenter_silent"})
    assert effects(watching, ViewerReported(still)) == ()
    assert effects(watching, ViewerReported(gone)) == (Effect.BEAT_NOW,)


def test_that_stills_are_needed_or_not_any_more_is_told_at_once() -> None:
    watching = after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING))
    needing = RECEIVING.model_copy(update={"stills": StillsReport()})
    assert effects(watching, ViewerReported(needing)) == (Effect.BEAT_NOW,)
    watching = after(ViewerReported(needing), start=watching)
    older = needing.model_copy(update={"stills": StillsReport(age_ms=2_000)})
    assert effects(watching, ViewerReported(older)) == ()
    assert effects(watching, ViewerReported(RECEIVING)) == (Effect.BEAT_NOW,)


def test_a_still_is_for_an_approved_display() -> None:
    assert view(after(StateHeard(approved(presenting=PAULA, newest_still=7)))).newest_still == 7
    assert view(after(StateHeard(display(State.REVOKED, newest_still=7)))).newest_still is None


def test_a_card_says_that_there_are_no_stills_either() -> None:
    stuck = RECEIVING.model_copy(update={"standstill": "network"})
    shown = card(after(StateHeard(approved(presenting=PAULA, stills_off=True)), ViewerReported(stuck)))
    assert (shown.kind, shown.lines[-1]) == (
        "network",
        "It comes back by itself; single pictures are off (no REDIS_LIVE_URL).",
    )


# -- the room -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in State if state is not State.APPROVED])
def test_only_an_approved_display_joins(state: State) -> None:
    shown = view(after(StateHeard(display(state, presenting=PAULA))))
    assert (shown.joins, shown.presenter_identity) == (False, None)


def test_an_approved_display_joins_before_anybody_presents() -> None:
    shown = view(after(StateHeard(approved())))
    assert (shown.joins, shown.presenter_identity) == (True, None)


def test_the_named_presenters_picture_is_shown_and_no_other() -> None:
    assert view(after(StateHeard(approved(presenting=PAULA)))).presenter_identity == "presenter-1"


def test_losing_the_controller_takes_no_picture_away() -> None:
    watching = after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING))
    lost = after(LOST, start=watching)
    assert (view(lost).joins, view(lost).presenter_identity) == (True, "presenter-1")
    assert lost.viewer == RECEIVING


def test_losing_the_picture_does_not_touch_the_link() -> None:
    watching = after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING))
    dark = after(ViewerReported(ViewerReport(stage="joining")), start=watching)
    assert (dark.link, dark.display) == (Link.UP, watching.display)


def test_a_revoked_display_leaves_at_once() -> None:
    watching = after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING))
    assert not view(after(StateHeard(display(State.REVOKED)), start=watching)).joins


@pytest.mark.parametrize("late", [StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING), LOST], ids=type)
def test_a_replaced_display_stays_out_whatever_it_hears_later(late: Event) -> None:
    replaced = after(StateHeard(approved(presenting=PAULA)), RunSuperseded(), late)
    assert (card(replaced).kind, view(replaced).joins, view(replaced).presenter_identity) == ("superseded", False, None)


# -- events and effects -------------------------------------------------------------------------------------------------------


def test_an_answer_ends_the_trouble() -> None:
    back = after(LOST, StateHeard(display(State.PENDING)))
    assert (back.link, back.link_trouble, back.next_try_at_s) == (Link.UP, None, None)


def test_a_picture_that_comes_or_goes_is_told_at_once() -> None:
    before = after(StateHeard(approved(presenting=PAULA)))
    watching = after(ViewerReported(RECEIVING), start=before)
    assert effects(before, ViewerReported(RECEIVING)) == (Effect.BEAT_NOW,)
    assert effects(watching, ViewerReported(RECEIVING)) == ()
    assert effects(watching, ViewerReported(ViewerReport(stage="joined"))) == (Effect.BEAT_NOW,)


def test_a_step_is_told_to_the_page_and_what_the_page_takes_is_told_at_once() -> None:
    watching = after(StateHeard(approved(presenting=PAULA, step="base")), ViewerReported(RECEIVING))
    assert (view(watching).step, view(watching).is_protected) == ("base", False)
    assert effects(watching, ViewerReported(RECEIVING.model_copy(update={"step": "base"}))) == (Effect.BEAT_NOW,)


def test_a_promoted_display_is_told_to_take_no_step() -> None:
    promoted = approved(presenting=PAULA).model_copy(update={"role": Role.PROTECTED})
    assert view(after(StateHeard(promoted))).is_protected


@pytest.mark.parametrize(("taken", "title"), [("stills", "Single pictures only"), ("off", "No picture here for now")])
def test_a_display_without_a_moving_picture_says_so(taken: Step, title: str) -> None:
    found = card(after(StateHeard(approved(presenting=PAULA)), ViewerReported(RECEIVING.model_copy(update={"step": taken}))))
    assert (found.kind, found.title) == (taken, title)


def test_a_track_without_a_frame_is_no_picture() -> None:
    assert effects(START, ViewerReported(ViewerReport(stage="receiving"))) == ()


def test_a_stream_that_ended_asks_at_once_but_not_while_the_link_is_down() -> None:
    up = after(StateHeard(approved()))
    assert step(up, StreamEnded(), 100.0) == (up, (Effect.BEAT_NOW,))
    assert effects(after(LOST, start=up), StreamEnded()) == ()


def test_a_new_address_of_the_sfu_is_remembered_once() -> None:
    heard = StateHeard(approved(sfu_url="wss://sfu.example.org"))
    assert effects(START, heard) == (Effect.REMEMBER_SFU,)
    assert effects(after(heard), heard) == ()
    assert effects(after(heard), StateHeard(approved(sfu_url="wss://other.example.org"))) == (Effect.REMEMBER_SFU,)


def test_the_sfu_is_not_forgotten_when_the_controller_names_none() -> None:
    assert effects(after(StateHeard(approved(sfu_url="wss://sfu.example.org"))), StateHeard(approved())) == ()


def test_steps_change_nothing_in_place() -> None:
    before = replace(START)
    step(START, LOST, 1.0)
    assert before == START
    assert isinstance(card(START), Card)


# -- commands -----------------------------------------------------------------------------------------------------------------


def commanded(kind: CommandKind, command_id: str = "0" * 16) -> StateHeard:
    return StateHeard(approved(command=Command(command_id=command_id, kind=kind)))


def test_a_command_is_answered_once_however_often_it_is_heard() -> None:
    assert Effect.ANSWER_COMMAND in effects(START, commanded("reload"))
    told = after(commanded("reload"), StateHeard(approved()))
    assert effects(told, commanded("reload")) == ()
    assert effects(told, commanded("reload", "1" * 16)) == (Effect.ANSWER_COMMAND,)


@pytest.mark.parametrize(("kind", "effect"), [("reload", Effect.RELOAD_PAGE), ("restart", Effect.RESTART)])
def test_what_was_answered_is_carried_out(kind: CommandKind, effect: Effect) -> None:
    assert effects(START, CommandAnswered(Command(command_id="0" * 16, kind=kind))) == (effect,)


def test_a_display_that_is_to_be_found_shows_its_name_for_a_while() -> None:
    asked = after(commanded("identify"))
    assert view(asked).identify_until_s is None
    found = view(after(CommandAnswered(Command(command_id="0" * 16, kind="identify")), start=asked))
    assert (found.name, found.identify_until_s) == (approved().name, 100.0 + IDENTIFIES_FOR_S)
