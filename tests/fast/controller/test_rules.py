"""The controller's decisions, without any server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.rules import liveness, presenting
from controller.rules.admission import MOVES, Act, MoveNotAllowed, decide, on_arrival
from wire.display import PendingReason, Role, State, ViewerReport

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_approval_gives_a_role_and_everything_else_takes_it() -> None:
    assert decide(State.PENDING, Act.APPROVE, Role.PROTECTED).role is Role.PROTECTED
    assert decide(State.APPROVED, Act.REVOKE, Role.PROTECTED).role is None


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", list(Act))
def test_what_is_not_in_the_table_is_refused_and_says_what_is_possible(state: State, act: Act) -> None:
    if (state, act) in MOVES:
        assert decide(state, act, Role.NORMAL).state is MOVES[state, act]
    else:
        with pytest.raises(MoveNotAllowed, match="possible now"):
            decide(state, act, Role.NORMAL)


@pytest.mark.parametrize(
    ("auto_approve", "presented", "good", "state", "reason"),
    [
        ("enrolled", False, False, State.PENDING, PendingReason.NEEDS_APPROVAL),
        ("enrolled", True, True, State.APPROVED, None),
        ("enrolled", True, False, State.PENDING, PendingReason.ENROLMENT_KEY_REFUSED),
        ("all", False, False, State.APPROVED, None),
        ("all", True, False, State.APPROVED, None),
        ("none", False, False, State.PENDING, PendingReason.NEEDS_APPROVAL),
        ("none", True, True, State.PENDING, PendingReason.NEEDS_APPROVAL),
    ],
)
def test_arrival(auto_approve: str, presented: bool, good: bool, state: State, reason: PendingReason | None) -> None:
    admission = on_arrival(auto_approve=auto_approve, presented_key=presented, key_is_good=good)
    assert (admission.state, admission.reason) == (state, reason)
    assert admission.role is (Role.NORMAL if state is State.APPROVED else None)


@pytest.mark.parametrize(
    ("silent_s", "expected"), [(0, "online"), (12, "online"), (12.1, "late"), (30, "late"), (30.1, "offline")]
)
def test_liveness_is_computed_from_the_last_heartbeat(silent_s: float, expected: str) -> None:
    assert liveness.liveness(NOW - timedelta(seconds=silent_s), NOW) == expected


def test_a_display_never_heard_is_offline() -> None:
    assert liveness.liveness(None, NOW) == "offline"


SHOWING = ViewerReport(stage="receiving", presenter_identity="presenter-1", last_frame_age_ms=40, frames_presented=10)


@pytest.mark.parametrize(
    ("changes", "reported_s_ago", "presenter", "expected"),
    [
        ({}, 1, "presenter-1", "showing"),
        ({}, 13, "presenter-1", "unknown"),
        ({}, 1, None, "not_showing"),
        ({}, 1, "presenter-2", "not_showing"),
        ({"stage": "joined"}, 1, "presenter-1", "not_showing"),
        ({"last_frame_age_ms": 3_001}, 1, "presenter-1", "not_showing"),
        ({"last_frame_age_ms": 60_000, "picture_check": "good"}, 1, "presenter-1", "showing"),
        ({"last_frame_age_ms": None}, 1, "presenter-1", "not_showing"),
        ({"picture_check": "bad"}, 1, "presenter-1", "not_showing"),
        ({"standstill": "presenter_still", "last_frame_age_ms": 60_000, "picture_check": "good"}, 1, "presenter-1", "showing"),
        ({"standstill": "presenter_silent", "picture_check": "good"}, 1, "presenter-1", "not_showing"),
    ],
)
def test_showing_is_judged_by_presented_frames(
    changes: dict[str, object], reported_s_ago: float, presenter: str | None, expected: str
) -> None:
    viewer = SHOWING.model_copy(update=changes)
    assert liveness.showing(viewer, NOW - timedelta(seconds=reported_s_ago), presenter, NOW) == expected


PAULA = presenting.Claim("paula", "browser", "secret")
LEASE = presenting.Lease("abc", presenting.sha256_of("secret"), "paula", "browser", NOW - timedelta(seconds=60))


@pytest.mark.parametrize(
    ("heard_s_ago", "changes", "expected"),
    [
        (1, {}, True),
        (1, {"secret": None}, False),
        (1, {"secret": "abc"}, False),
        (1, {"browser_session": "another"}, False),
        (1, {"holder": "grace"}, False),
        (15, {"secret": None}, False),
        (15.1, {"secret": None}, True),
        (15.1, {"holder": "grace", "browser_session": "another", "secret": None}, True),
    ],
)
def test_a_lease_is_taken_from_a_silent_page_only(heard_s_ago: float, changes: dict[str, Any], expected: bool) -> None:
    claim = replace(PAULA, **changes)
    assert presenting.may_take(LEASE, NOW - timedelta(seconds=heard_s_ago), claim, NOW) is expected


def test_a_lease_just_taken_is_not_silent_yet() -> None:
    assert not presenting.may_take(replace(LEASE, taken_at=NOW), None, replace(PAULA, secret=None), NOW)


def test_a_vacant_lease_is_anybodys() -> None:
    vacant = replace(LEASE, is_vacant=True)
    assert presenting.may_take(vacant, NOW, presenting.Claim("grace", "another"), NOW)
    assert presenting.may_take(vacant, NOW, PAULA, NOW)


@pytest.mark.parametrize(
    ("heard_s_ago", "identities", "expected"),
    [
        (15.1, [], True),
        (15.1, ["presenter-other"], True),
        (None, [], True),
        (15, [], False),
        (15.1, ["presenter-abc"], False),
        (3_600, ["presenter-abc"], False),
    ],
)
def test_a_lease_is_abandoned_by_who_is_neither_heard_nor_in_the_room(
    heard_s_ago: float | None, identities: list[str], expected: bool
) -> None:
    last_heard = None if heard_s_ago is None else NOW - timedelta(seconds=heard_s_ago)
    assert presenting.is_abandoned(LEASE, last_heard, identities, NOW) is expected


def test_fewer_than_two_protected_displays_are_warned_of() -> None:
    assert presenting.few_protected_warning(2) is None
    assert "Only one" in str(presenting.few_protected_warning(1))
    assert "No protected" in str(presenting.few_protected_warning(0))
