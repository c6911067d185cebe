"""What admins decide about displays: the rule, the registry with its audit record, the hint and the door in one place."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.rules.admission import SUSPENDED_BY_CLONES, Act, Admission, MoveNotAllowed, decide, state_after
from controller.rules.audit_chain import Actor, Deed, Fact
from controller.rules.audit_codes import AuditCode, code_of
from controller.services.code_checks import CodeChecks
from controller.services.device_sessions import DeviceSessions
from controller.services.display_registry import ChangedMeanwhile, DisplayRecord, DisplayRegistry, UnknownDisplay
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.push import Push, display_topic, session_topic
from controller.services.room_access import RoomAccess
from controller.services.sessions import Sessions
from wire.display import Role, State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """Who wants something done to which display, and when. `revision` is the one they saw; None: whatever it is now."""

    display_id: str
    by: Actor
    at: datetime
    revision: int | None = None


class Decisions:
    """Carries out what admins decide. Whatever is refused changes nothing, and what is done stands in the audit log.

    Every act raises UnknownDisplay (also when it is in another session), UnknownSession, MoveNotAllowed, ChangedMeanwhile and
    AuditBusy.
    """

    def __init__(
        self,
        registry: DisplayRegistry,
        sessions: Sessions,
        rooms: RoomAccess,
        push: Push,
        code_checks: CodeChecks,
        device_sessions: DeviceSessions,
        *,
        max_approved: int,
    ) -> None:
        self._registry = registry
        self._sessions = sessions
        self._rooms = rooms
        self._push = push
        self._code_checks = code_checks
        self._device_sessions = device_sessions
        self._max_approved = max_approved

    def approve(
        self, order: Order, *, session_id: int, role: Role, typed_code: str | None = None, name: str | None = None
    ) -> DisplayRecord:
        """Let a display see a session's picture, whatever its present session, or change its role, and perhaps its name.

        Raises SessionFull, PairingCodeRequired, WrongPairingCode and TooManyGuesses too.
        """
        before = self.present(order, session_id, anywhere=True)
        admission = decide(before.state, Act.APPROVE, role)
        code_checked = self._code_checks.is_checked(before, role, typed_code, by=order.by.name)
        after = before.admitted(admission, decided_by=order.by.name, session_id=session_id, code_checked=code_checked)
        after = dataclasses.replace(after, name=name or before.name)
        return self._carry_out(order, before, after, code_of(Act.APPROVE, before.role, after.role))

    def decide(self, order: Order, act: Act, *, session_id: int) -> DisplayRecord:
        """Reject, revoke or return to pending a display of that session."""
        before = self.present(order, session_id)
        after = before.admitted(decide(before.state, act), decided_by=order.by.name, session_id=session_id)
        return self._carry_out(order, before, after, code_of(act, before.role, after.role))

    def rename(self, order: Order, *, session_id: int, name: str) -> DisplayRecord:
        """Give a display another name."""
        before = self.present(order, session_id)
        state_after(before.state, Act.RENAME)
        return self._carry_out(order, before, _next(order, before, name=name), AuditCode.DISPLAY_RENAMED)

    def move(self, order: Order, *, session_id: int, to_session_id: int) -> DisplayRecord:
        """Take a display to another session, as it is; raises SessionFull too."""
        before = self.present(order, session_id)
        state_after(before.state, Act.MOVE)
        self._sessions.get(to_session_id)
        if to_session_id == session_id:
            raise MoveNotAllowed(f"{before.name} is in session {session_id} already")
        return self._carry_out(order, before, _next(order, before, session_id=to_session_id), AuditCode.DISPLAY_MOVED)

    def replace(self, order: Order, *, session_id: int, old_id: str, typed_code: str | None = None) -> DisplayRecord:
        """Give a display name, role and session of an approved one that it replaces, and revoke the old one's key.

        Raises PairingCodeRequired, WrongPairingCode and TooManyGuesses too.
        """
        before, old = self.present(order, session_id), self._registry.get(old_id)
        state = state_after(before.state, Act.REPLACE)
        if old.state is not State.APPROVED or old_id == order.display_id:
            raise MoveNotAllowed(f"{old.name} is {old.state.value}; only another display that is approved can be replaced")
        role = old.role or Role.NORMAL
        code_checked = self._code_checks.is_checked(before, role, typed_code, by=order.by.name)
        admission = Admission(state, role=role)
        after = before.admitted(admission, decided_by=order.by.name, session_id=old.session_id, code_checked=code_checked)
        after = dataclasses.replace(after, name=old.name)
        old_after = old.admitted(decide(old.state, Act.REVOKE), decided_by=order.by.name, session_id=old.session_id)
        deed = _deed(order, before, after, AuditCode.DISPLAY_REPLACED, replaces=old_id)
        self._registry.succeed(before, after, old, old_after, deed=deed)
        self._follow_up(order, old, old_after)
        return self._follow_up(order, before, after)

    def suspend(self, order: Order) -> DisplayRecord:
        """Trust neither of two machines that use this display's key."""
        before = self._registry.get(order.display_id)
        if before.state not in SUSPENDED_BY_CLONES:
            return before
        log.warning("two machines use one display's key display_id=%s name=%s", before.display_id, before.name)
        after = before.admitted(Admission(State.CONFLICT), decided_by=order.by.name, session_id=before.session_id)
        return self._carry_out(order, before, after, AuditCode.DISPLAY_SUSPENDED)

    def resolve(self, order: Order, *, session_id: int) -> DisplayRecord:
        """End a conflict: the machine that says hello next is the display. When the other one speaks too, it begins again."""
        before = self.present(order, session_id)
        waiting = before.admitted(decide(before.state, Act.RESOLVE), decided_by=order.by.name, session_id=session_id)
        last = before.generation or before.generation_before
        after = dataclasses.replace(waiting, generation=None, generation_before=last, generations_lost=0)
        self._device_sessions.end_all(before.display_id)
        return self._carry_out(order, before, after, AuditCode.DISPLAY_RESOLVED)

    def present(self, order: Order, session_id: int, *, anywhere: bool = False) -> DisplayRecord:
        """The display as it is, if it is in that session and is what was seen."""
        self._sessions.get(session_id)
        found = self._registry.get(order.display_id)
        if session_id != found.session_id and not anywhere:
            raise UnknownDisplay(f"{found.name} is not in session {session_id} but in session {found.session_id}; decide there")
        if order.revision not in (None, found.revision):
            raise ChangedMeanwhile("this display has changed since you saw it; look again and repeat if still wanted")
        return found

    def _carry_out(self, order: Order, before: DisplayRecord, after: DisplayRecord, code: AuditCode) -> DisplayRecord:
        self._registry.replace(before, after, max_approved=self._max_approved, deed=_deed(order, before, after, code))
        return self._follow_up(order, before, after)

    def _follow_up(self, order: Order, before: DisplayRecord, after: DisplayRecord) -> DisplayRecord:
        """Tell the log, the room and whoever watches."""
        log.info(
            "display %s display_id=%s name=%s role=%s session=%d by=%s request=%s",
            after.state.value,
            after.display_id,
            after.name,
            after.role.value if after.role else "-",
            after.session_id,
            order.by.name,
            order.by.request_id,
        )
        if before.state is State.APPROVED and (after.state is not State.APPROVED or after.session_id != before.session_id):
            self._expel(before)
        if before.state is State.PENDING and after.state is not State.PENDING:
            self._code_checks.forget(after.display_id)
        self._push.tell(display_topic(after.display_id), session_topic(before.session_id), session_topic(after.session_id))
        return after

    def _expel(self, record: DisplayRecord) -> None:
        """Out of the room in the same request; the steward removes whoever slips through."""
        try:
            self._rooms.expel(self._sessions.get(record.session_id), record.display_id)
        except (SfuUnreachable, SfuRefused) as error:
            log.warning("display not removed from the room yet display_id=%s error=%s", record.display_id, error)
        except LiveKitNotConfigured:
            log.info("no room to remove the display from display_id=%s", record.display_id)


def audit_facts(record: DisplayRecord) -> dict[str, Fact]:
    """What the audit log keeps of a display before and after a move."""
    return {
        "name": record.name,
        "state": record.state.value,
        "role": record.role.value if record.role else None,
        "session": record.session_id,
        "code_checked": record.code_checked,
        "revision": record.revision,
    }


def _deed(order: Order, before: DisplayRecord, after: DisplayRecord, code: AuditCode, **more: Fact) -> Deed:
    return Deed(order.at, order.by, code.value, order.display_id, audit_facts(before), {**audit_facts(after), **more})


def _next(order: Order, record: DisplayRecord, **changes: Any) -> DisplayRecord:
    """The record as it is, with changes. A waiting one that nobody had dealt with is dealt with now (`rules.waiting`)."""
    return dataclasses.replace(record, **changes, decided_by=record.decided_by or order.by.name, revision=record.revision + 1)
