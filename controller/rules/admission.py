"""States of a display, the moves between them, and what happens on arrival.

One table names every move an admin can make; what is not in it is refused. `rejected` and `revoked` come back to `pending` by an
admin's act only, never by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wire.display import PendingReason, Role, State


class Act(StrEnum):
    """What an admin can do to a display."""

    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"
    RETURN_TO_PENDING = "pending"
    RESOLVE = "resolve"
    """End a conflict: whichever machine says hello next is the display."""
    RENAME = "rename"
    MOVE = "move"
    """To another session."""
    REPLACE = "replace"
    """Take the place of an old display, whose key is revoked."""


MOVES: dict[tuple[State, Act], State] = {
    **{(state, Act.RENAME): state for state in State},
    (State.PENDING, Act.APPROVE): State.APPROVED,
    (State.PENDING, Act.REJECT): State.REJECTED,
    (State.PENDING, Act.MOVE): State.PENDING,
    (State.PENDING, Act.REPLACE): State.APPROVED,
    (State.APPROVED, Act.APPROVE): State.APPROVED,  # another role
    (State.APPROVED, Act.REVOKE): State.REVOKED,
    (State.APPROVED, Act.MOVE): State.APPROVED,
    (State.APPROVED, Act.REPLACE): State.APPROVED,
    (State.REJECTED, Act.RETURN_TO_PENDING): State.PENDING,
    (State.REVOKED, Act.RETURN_TO_PENDING): State.PENDING,
    (State.CONFLICT, Act.RESOLVE): State.PENDING,
    (State.CONFLICT, Act.REVOKE): State.REVOKED,
}

SUSPENDED_BY_CLONES = frozenset({State.PENDING, State.APPROVED})
"""What becomes `conflict` when two machines use one key; who is turned away stays so."""


class MoveNotAllowed(Exception):
    """The display's state does not permit this act."""


@dataclass(frozen=True)
class Admission:
    """A display's state with what belongs to it: a role while approved, a reason while pending."""

    state: State
    role: Role | None = None
    reason: PendingReason | None = None


def state_after(state: State, act: Act) -> State:
    """The state `act` leads to. Raises MoveNotAllowed, which says what would be possible instead."""
    after = MOVES.get((state, act))
    if after is None:
        possible = ", ".join(sorted(move.value for before, move in MOVES if before is state))
        raise MoveNotAllowed(f"'{act.value}' cannot be done to a display that is {state.value}; possible now: {possible}")
    return after


def decide(state: State, act: Act, role: Role | None = None) -> Admission:
    """The admission after an admin's `act` on a display in `state`. Raises MoveNotAllowed."""
    after = state_after(state, act)
    return Admission(
        state=after,
        role=role if after is State.APPROVED else None,
        reason=PendingReason.NEEDS_APPROVAL if after is State.PENDING else None,
    )


def on_arrival(*, auto_approve: str, presented_key: bool, key_is_good: bool) -> Admission:
    """What a display becomes when it joins. Nothing but an admin makes a display protected.

    `auto_approve` is `none`, `enrolled` or `all` (see settings).
    """
    if auto_approve == "all" or (auto_approve == "enrolled" and presented_key and key_is_good):
        return Admission(State.APPROVED, role=Role.NORMAL)
    if presented_key and not key_is_good:
        return Admission(State.PENDING, reason=PendingReason.ENROLMENT_KEY_REFUSED)
    return Admission(State.PENDING, reason=PendingReason.NEEDS_APPROVAL)
