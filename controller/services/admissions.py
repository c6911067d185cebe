"""Displays coming in: registered, admitted by what they can prove, or told to wait for an admin (`decisions`)."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from controller.rules.admission import Admission, on_arrival
from controller.rules.audit_chain import Actor, ActorKind, Deed
from controller.rules.audit_codes import AuditCode
from controller.rules.clones import LOST_IN_A_ROW, Generations, TwoMachines, after_hello, check_boot
from controller.services.decisions import Decisions, Order, audit_facts
from controller.services.device_identity import Proof
from controller.services.device_sessions import DeviceSessions
from controller.services.display_registry import Arrival, DisplayRecord, DisplayRegistry, RegistryFull
from controller.services.enrolment import BadKey, EnrolmentKey, EnrolmentKeys
from controller.services.generations import GenerationSeals
from controller.services.push import Push, display_topic, session_topic
from controller.services.sessions import Sessions, UnknownSession
from controller.services.waiting_list import WaitingList
from controller.settings import AutoApprove, Settings
from wire.display import Hello, PendingReason, State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """The machine at the other end of a hello."""

    proof: Proof
    public_key: str
    address: str
    request_id: str

    @property
    def display_id(self) -> str:
        """The display that it is, or is a copy of."""
        return self.proof.display_id


class Admissions:
    """Registers displays."""

    def __init__(
        self,
        settings: Settings,
        registry: DisplayRegistry,
        enrolment_keys: EnrolmentKeys,
        sessions: Sessions,
        decisions: Decisions,
        waiting_list: WaitingList,
        device_sessions: DeviceSessions,
        generation_seals: GenerationSeals,
        push: Push,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._enrolment_keys = enrolment_keys
        self._sessions = sessions
        self._decisions = decisions
        self._waiting_list = waiting_list
        self._device_sessions = device_sessions
        self._generation_seals = generation_seals
        self._push = push

    def register(self, caller: Caller, hello: Hello, now: datetime) -> DisplayRecord:
        """The display's record after its hello: made, admitted by its enrolment key, or with its facts brought up to date.

        A hello that shows two machines with one key suspends the display; until that is resolved no hello changes anything.

        Raises HeldBack, UnknownSession (a wish under DISPLAY_AUTO_APPROVE=all), ChangedMeanwhile, RegistryFull, AuditBusy.
        """
        before = self._registry.find(caller.display_id)
        if before is not None and before.state is State.CONFLICT:
            return before
        try:
            heard = self._device_sessions.heard(caller.display_id) if before is not None else None
            check_boot(heard, hello.boot_id, nonce_issued_at=caller.proof.nonce_issued_at, now=now)
            described = self._described(before, caller, hello, now)
        except TwoMachines:
            noticed_by = Actor(ActorKind.SYSTEM, "clone detection", caller.address, caller.request_id)
            return self._decisions.suspend(Order(caller.display_id, noticed_by, now))
        if before is None or (before.state is State.PENDING and self._may_enter(hello)):
            after = self._admit(before, described, caller, hello, now)
        else:
            after = described
            if dataclasses.replace(after, revision=before.revision) != before:
                self._registry.refresh(before, after)
            else:
                return before
        self._push.tell(session_topic(after.session_id), display_topic(after.display_id))
        return after

    def _may_enter(self, hello: Hello) -> bool:
        return hello.enrolment_key is not None or self._settings.auto_approve is AutoApprove.ALL

    def _admit(
        self, before: DisplayRecord | None, described: DisplayRecord, caller: Caller, hello: Hello, now: datetime
    ) -> DisplayRecord:
        key = self._recognise(hello)
        counted_key = key if self._settings.auto_approve is AutoApprove.ENROLLED else None
        if counted_key is not None and counted_key.session_id is not None and counted_key.lets_in(now):
            described = dataclasses.replace(described, session_id=counted_key.session_id)
        admission = on_arrival(
            auto_approve=self._settings.auto_approve.value,
            presented_key=hello.enrolment_key is not None,
            key_is_good=key is not None,
        )
        waiting = dataclasses.replace(described, state=State.PENDING, role=None, reason=admission.reason)
        when_full = dataclasses.replace(waiting, reason=PendingReason.SESSION_FULL)
        when_refused = dataclasses.replace(waiting, reason=PendingReason.ENROLMENT_KEY_REFUSED)
        admitted, deed = waiting, None
        if admission.state is State.APPROVED:
            by = _admitted_by(counted_key.label if counted_key else None, caller)
            admitted = dataclasses.replace(
                described,
                state=admission.state,
                role=admission.role,
                reason=None,
                decided_by=f"enrolment key {by.name}" if by.kind is ActorKind.ENROLMENT_KEY else by.name,
                enrolment_key_id=counted_key.key_id if counted_key else None,
            )
            facts = audit_facts(before) if before else {}
            deed = Deed(now, by, AuditCode.DISPLAY_ADMITTED.value, caller.display_id, facts, audit_facts(admitted))
        arrive = partial(
            self._registry.arrive,
            before,
            admitted,
            when_full=when_full,
            when_refused=when_refused,
            enrolment_key_id=counted_key.key_id if counted_key else None,
            max_approved=self._settings.session_max_displays,
            deed=deed,
            now=now,
        )
        arrival = self._arrived(arrive, described.session_id, now)
        after = {Arrival.STORED: admitted, Arrival.SESSION_FULL: when_full, Arrival.KEY_REFUSED: when_refused}[arrival]
        log.info(
            "display registered display_id=%s name=%s state=%s reason=%s address=%s request=%s",
            after.display_id,
            after.name,
            after.state.value,
            after.reason.value if after.reason else "-",
            after.address,
            caller.request_id,
        )
        return after

    def _arrived(self, arrive: Callable[..., Arrival], session_id: int, now: datetime) -> Arrival:
        """What becomes of a display, in the place of a silent one where as many wait as may."""
        try:
            return arrive()
        except RegistryFull:
            silent = self._waiting_list.gives_way(session_id, now)
            if silent is None:
                raise
            arrival = arrive(gives_way=silent)
            log.info(
                "silent display waits no more display_id=%s name=%s address=%s", silent.display_id, silent.name, silent.address
            )
            return arrival

    def _recognise(self, hello: Hello) -> EnrolmentKey | None:
        if hello.enrolment_key is None:
            return None
        try:
            key = self._enrolment_keys.recognise(hello.enrolment_key)
            if key.session_id is not None:
                self._sessions.get(key.session_id)
        except (BadKey, UnknownSession) as error:
            log.info("enrolment key refused reason=%s", error)
            return None
        return key

    def _described(self, before: DisplayRecord | None, caller: Caller, hello: Hello, now: datetime) -> DisplayRecord:
        facts: dict[str, Any] = {
            "model": hello.hardware.model,
            "hostname": hello.hardware.hostname,
            "os": hello.hardware.os,
            "version": hello.version,
            "address": caller.address,
            "boot_id": hello.boot_id,
            **self._generation_facts(caller.display_id, before, hello),
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

    def _generation_facts(self, display_id: str, before: DisplayRecord | None, hello: Hello) -> dict[str, Any]:
        known = Generations()
        if before is not None:
            known = Generations(before.generation, before.generation_before, before.generations_lost)
        after = after_hello(
            known,
            hello.generation,
            is_same_boot=before is not None and before.boot_id == hello.boot_id,
            fresh=self._generation_seals.after(display_id, known.current, known.before, hello.generation),
            is_of_later=self._generation_seals.is_later(display_id, hello.generation, known.current, known.before),
        )
        if before is not None and known.lost_in_a_row < LOST_IN_A_ROW <= after.lost_in_a_row:
            log.warning("display keeps nothing, is its disk failing? display_id=%s name=%s", display_id, before.name)
        return {"generation": after.current, "generation_before": after.before, "generations_lost": after.lost_in_a_row}

    def _session_wanted(self, hello: Hello) -> int:
        """What the display asks for is a wish, obeyed only under `all`, and only for a session there is."""
        if self._settings.auto_approve is not AutoApprove.ALL or hello.wanted_session_id is None:
            return self._sessions.first().session_id
        return self._sessions.get(hello.wanted_session_id).session_id


def _admitted_by(key_label: str | None, caller: Caller) -> Actor:
    """What lets a display in without an admin; the address and the request are the display's own."""
    if key_label is not None:
        return Actor(ActorKind.ENROLMENT_KEY, key_label, caller.address, caller.request_id)
    return Actor(ActorKind.SYSTEM, "DISPLAY_AUTO_APPROVE=all", caller.address, caller.request_id)
