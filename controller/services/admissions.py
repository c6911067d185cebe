"""Displays coming in, and admins deciding about them: the rule, the registry, the hint and the door in one place."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.rules.admission import Act, Admission, decide, on_arrival
from controller.services.display_registry import Arrival, DisplayRecord, DisplayRegistry, UnknownDisplay
from controller.services.enrolment import BadKey, EnrolmentKeys
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.push import Push, display_topic, session_topic
from controller.services.room_access import RoomAccess
from controller.services.sessions import FIRST_SESSION_ID, Sessions
from controller.settings import AutoApprove, Settings
from wire.display import Hello, PendingReason, Role, State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """The machine at the other end of a hello."""

    display_id: str
    public_key: str
    address: str


class Admissions:
    """Registers displays and carries out decisions about them."""

    def __init__(
        self,
        settings: Settings,
        registry: DisplayRegistry,
        enrolment_keys: EnrolmentKeys,
        sessions: Sessions,
        rooms: RoomAccess,
        push: Push,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._enrolment_keys = enrolment_keys
        self._sessions = sessions
        self._rooms = rooms
        self._push = push

    def register(self, caller: Caller, hello: Hello, now: datetime) -> DisplayRecord:
        """The display's record after its hello: made, admitted by its enrolment key, or with its facts brought up to date.

        Raises UnknownSession (a wish under DISPLAY_AUTO_APPROVE=all), ChangedMeanwhile, RegistryFull.
        """
        before = self._registry.find(caller.display_id)
        described = self._described(before, caller, hello, now)
        if before is None or (before.state is State.PENDING and self._may_enter(hello)):
            after = self._admit(before, described, hello, now)
        else:
            after = described
            if dataclasses.replace(after, revision=before.revision) != before:
                self._registry.replace(before, after, max_approved=self._settings.session_max_displays)
            else:
                return before
        self._push.tell(session_topic(after.session_id), display_topic(after.display_id))
        return after

    def decide(self, display_id: str, act: Act, *, session_id: int, role: Role | None, by: str) -> DisplayRecord:
        """Carry out an admin's act. `session_id` is the display's session after an approval, and its present one otherwise.

        Raises UnknownDisplay (also when it is in another session), UnknownSession, MoveNotAllowed, ChangedMeanwhile, SessionFull;
        nothing is changed then.
        """
        self._sessions.get(session_id)
        before = self._registry.get(display_id)
        if act is not Act.APPROVE and session_id != before.session_id:
            raise UnknownDisplay(f"{before.name} is not in session {session_id} but in session {before.session_id}; decide there")
        admission = decide(before.state, act, role)
        after = before.admitted(admission, decided_by=by, session_id=session_id)
        self._registry.replace(before, after, max_approved=self._settings.session_max_displays)
        log.info(
            "display %s display_id=%s name=%s role=%s session=%d by=%s",
            after.state.value,
            display_id,
            after.name,
            after.role.value if after.role else "-",
            after.session_id,
            by,
        )
        if after.state is not State.APPROVED or after.session_id != before.session_id:
            self._expel(before)
        self._push.tell(display_topic(display_id), session_topic(before.session_id), session_topic(after.session_id))
        return after

    def _expel(self, record: DisplayRecord) -> None:
        """Out of the room in the same request; the steward removes whoever slips through."""
        try:
            self._rooms.expel(self._sessions.get(record.session_id), record.display_id)
        except (SfuUnreachable, SfuRefused) as error:
            log.warning("display not removed from the room yet display_id=%s error=%s", record.display_id, error)
        except LiveKitNotConfigured:
            log.info("no room to remove the display from display_id=%s", record.display_id)

    def _may_enter(self, hello: Hello) -> bool:
        return hello.enrolment_key is not None or self._settings.auto_approve is AutoApprove.ALL

    def _admit(self, before: DisplayRecord | None, described: DisplayRecord, hello: Hello, now: datetime) -> DisplayRecord:
        key_id, key_label = self._recognise(hello)
        counted_key_id = key_id if self._settings.auto_approve is AutoApprove.ENROLLED else None
        admission = on_arrival(
            auto_approve=self._settings.auto_approve.value,
            presented_key=hello.enrolment_key is not None,
            key_is_good=key_id is not None,
        )
        decided_by = None
        if admission.state is State.APPROVED:
            decided_by = f"enrolment key {key_label}" if counted_key_id else "DISPLAY_AUTO_APPROVE=all"
        admitted = dataclasses.replace(
            described,
            state=admission.state,
            role=admission.role,
            reason=admission.reason,
            decided_by=decided_by,
            enrolment_key_id=counted_key_id,
        )
        waiting = dataclasses.replace(admitted, state=State.PENDING, role=None, decided_by=None, enrolment_key_id=None)
        when_full = dataclasses.replace(waiting, reason=PendingReason.SESSION_FULL)
        when_refused = dataclasses.replace(waiting, reason=PendingReason.ENROLMENT_KEY_REFUSED)
        arrival = self._registry.arrive(
            before,
            admitted,
            when_full=when_full,
            when_refused=when_refused,
            enrolment_key_id=counted_key_id,
            max_approved=self._settings.session_max_displays,
            now=now,
        )
        after = {Arrival.STORED: admitted, Arrival.SESSION_FULL: when_full, Arrival.KEY_REFUSED: when_refused}[arrival]
        log.info(
            "display registered display_id=%s name=%s state=%s reason=%s address=%s",
            after.display_id,
            after.name,
            after.state.value,
            after.reason.value if after.reason else "-",
            after.address,
        )
        return after

    def _recognise(self, hello: Hello) -> tuple[str | None, str | None]:
        if hello.enrolment_key is None:
            return None, None
        try:
            return self._enrolment_keys.recognise(hello.enrolment_key)
        except BadKey as error:
            log.info("enrolment key refused reason=%s", error)
            return None, None

    def _described(self, before: DisplayRecord | None, caller: Caller, hello: Hello, now: datetime) -> DisplayRecord:
        facts: dict[str, Any] = {
            "model": hello.hardware.model,
            "hostname": hello.hardware.hostname,
            "os": hello.hardware.os,
            "version": hello.version,
            "address": caller.address,
            "boot_id": hello.boot_id,
        }
        if before is not None:
            return dataclasses.replace(before, **facts, revision=before.revision + 1)
        admission = Admission(State.PENDING, reason=PendingReason.NEEDS_APPROVAL)
        return DisplayRecord(
            display_id=caller.display_id,
            public_key=caller.public_key,
            session_id=self._session_wanted(hello),
            state=admission.state,
            role=admission.role,
            reason=admission.reason,
            name=hello.hardware.hostname or f"display {caller.display_id[:4]}",
            first_seen=now,
            **facts,
        )

    def _session_wanted(self, hello: Hello) -> int:
        """What the display asks for is a wish, obeyed only under `all`, and only for a session there is."""
        if self._settings.auto_approve is not AutoApprove.ALL or hello.wanted_session_id is None:
            return FIRST_SESSION_ID
        return self._sessions.get(hello.wanted_session_id).session_id
