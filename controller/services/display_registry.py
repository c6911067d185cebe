"""Who the displays are and whether they may see the picture.

A record is one JSON text in the hash of its session. Each move is one Lua script (`registry_scripts`) that compares the record's
state, revision and key first and appends the audit record in the same step, so two admins cannot both decide, a limit on approved
displays holds however many decide at once, and nothing is decided that the audit log does not tell.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from controller.rules.admission import Admission
from controller.rules.audit_chain import Deed
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.registry_scripts import ARRIVE, REPLACE, SUCCEED
from controller.services.sessions import UnknownSession
from controller.services.stores import Store
from wire.display import PendingReason, Role, State

MAX_PENDING = 200
"""Displays that may wait at once in a session. Anybody may ask to join, so what they can store is bounded."""


class UnknownDisplay(Exception):
    """No display has this id."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the display since it was read."""


class SessionFull(Exception):
    """The session has as many approved displays as it may."""


class RegistryFull(Exception):
    """As many displays wait for approval as may."""


class Arrival(StrEnum):
    """What became of a display that arrived."""

    STORED = "stored"
    SESSION_FULL = "session_full"
    KEY_REFUSED = "key_refused"


@dataclass(frozen=True)
class DisplayRecord:
    """A display. `revision` grows by one with each change."""

    display_id: str
    public_key: str
    """base64url of the 32 raw bytes."""
    session_id: int
    state: State
    role: Role | None
    reason: PendingReason | None
    name: str
    model: str
    hostname: str
    os: str
    version: str
    address: str
    boot_id: str
    first_seen: datetime
    decided_by: str | None = None
    enrolment_key_id: str | None = None
    revision: int = 1
    code_checked: bool = False
    """Whether its approval came with the code on its own screen."""
    generation: str | None = None
    generation_before: str = ""
    generations_lost: int = 0
    """See `rules.clones`."""

    def admitted(self, admission: Admission, *, decided_by: str, session_id: int, code_checked: bool = False) -> DisplayRecord:
        """The record after an admission, one revision later."""
        return dataclasses.replace(
            self,
            state=admission.state,
            role=admission.role,
            reason=admission.reason,
            decided_by=decided_by,
            session_id=session_id,
            revision=self.revision + 1,
            code_checked=code_checked,
        )


@dataclass(frozen=True)
class Telemetry:
    """The last summary kept with the registry."""

    at: datetime
    fields: dict[str, Any]


class DisplayRegistry:
    """The registry in the state store."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._replace = audit_log.move(REPLACE)
        self._succeed = audit_log.move(SUCCEED)
        self._arrive = audit_log.move(ARRIVE)

    def find(self, display_id: str) -> DisplayRecord | None:
        """The record of a display, or None when it never registered."""
        session_id = self._state.hget(keys.DISPLAY_INDEX, display_id)
        if session_id is None:
            return None
        text = self._state.hget(keys.display_registry(int(session_id)), display_id)
        return None if text is None else record_of(text)

    def get(self, display_id: str) -> DisplayRecord:
        """The record of a display. Raises UnknownDisplay."""
        record = self.find(display_id)
        if record is None:
            raise UnknownDisplay(f"no display has the id {display_id}; reload the page to see those there are")
        return record

    def in_session(self, session_id: int) -> list[DisplayRecord]:
        """Every display of a session, oldest first."""
        raw = self._state.hgetall(keys.display_registry(session_id))
        records = [record_of(text) for field, text in raw.items() if not field.endswith(":telemetry")]
        return sorted(records, key=lambda record: (record.first_seen, record.display_id))

    def replace(self, before: DisplayRecord, after: DisplayRecord, *, max_approved: int, deed: Deed) -> None:
        """Store `after` in place of `before`, also in another session, and record the deed.

        Raises ChangedMeanwhile when what is stored is not `before` any more, SessionFull when `after` becomes approved in a
        session that has no place left, UnknownSession when that session was archived, UnknownDisplay when the display is gone.
        Nothing changes then. Who was approved in the session keeps its place, also when `max_approved` has been lowered since.
        """
        self._store(before, after, max_approved, deed)

    def refresh(self, before: DisplayRecord, after: DisplayRecord) -> None:
        """Store what a machine says of itself now. State, role and session stay; nothing is recorded. Raises ChangedMeanwhile."""
        self._store(before, after, 0, None)

    def succeed(
        self, before: DisplayRecord, after: DisplayRecord, old: DisplayRecord, old_after: DisplayRecord, *, deed: Deed
    ) -> None:
        """Give a display the place of an `old` one of the session it comes to, in one step; raises as `replace`.

        The place is the old one's, so no limit is asked.
        """
        answer = self._succeed(
            deed,
            keys=[keys.display_registry(before.session_id), keys.display_registry(old.session_id), keys.DISPLAY_INDEX],
            args=[*_identity(before), *_identity(old), _text(after), _text(old_after), old.session_id],
        )
        _raise_for(answer, after.session_id, 0)

    def arrive(
        self,
        before: DisplayRecord | None,
        wanted: DisplayRecord,
        *,
        when_full: DisplayRecord,
        when_refused: DisplayRecord,
        enrolment_key_id: str | None,
        max_approved: int,
        deed: Deed | None,
        now: datetime,
        gives_way: DisplayRecord | None = None,
    ) -> Arrival:
        """Register a display, or admit a waiting one, and count the use of its enrolment key, in one step.

        `wanted` is stored, and `deed` recorded, if the key (where one is named) still has a use left and the session a place;
        else `when_refused` or `when_full`. Where as many wait as may, it takes the place of `gives_way`, which is forgotten if it
        waits still. Raises ChangedMeanwhile when it was registered meanwhile, RegistryFull when too many wait, UnknownSession
        when the session was archived.
        """
        answer = self._arrive(
            deed,
            keys=[
                keys.display_registry(wanted.session_id),
                keys.DISPLAY_INDEX,
                keys.enrolment_key(enrolment_key_id or "none"),
                keys.display_registry(before.session_id if before else wanted.session_id),
                keys.SESSIONS,
            ],
            args=[
                wanted.display_id,
                before.revision if before else 0,
                _text(wanted),
                _text(when_full),
                _text(when_refused),
                "yes" if enrolment_key_id else "no",
                wanted.session_id,
                max_approved,
                MAX_PENDING,
                int(now.timestamp()),
                *((gives_way.display_id, gives_way.revision, gives_way.public_key) if gives_way else ("", 0, "")),
            ],
        )
        if answer in set(Arrival):
            return Arrival(answer)
        _raise_for(answer, wanted.session_id, max_approved)
        raise AssertionError(answer)

    def last_kept(self, session_id: int) -> dict[str, datetime]:
        """When each display of a session was last heard, by the summaries kept."""
        raw = self._state.hgetall(keys.display_registry(session_id))
        return {
            field.removesuffix(":telemetry"): datetime.fromisoformat(json.loads(text)["at"])
            for field, text in raw.items()
            if field.endswith(":telemetry")
        }

    def _store(self, before: DisplayRecord, after: DisplayRecord, max_approved: int, deed: Deed | None) -> None:
        answer = self._replace(
            deed,
            keys=[
                keys.display_registry(before.session_id),
                keys.display_registry(after.session_id),
                keys.DISPLAY_INDEX,
                keys.SESSIONS,
            ],
            args=[*_identity(before), _text(after), after.session_id, max_approved],
        )
        _raise_for(answer, after.session_id, max_approved)


def _identity(record: DisplayRecord) -> tuple[str, int, str, str]:
    """What a move compares with what is stored."""
    return record.display_id, record.revision, record.state.value, record.public_key


def _raise_for(answer: str, session_id: int, max_approved: int) -> None:
    match answer:
        case "no_session":
            raise UnknownSession(f"there is no session {session_id} any more; reload the page to see those there are")
        case "unknown":
            raise UnknownDisplay("the display is not registered any more; reload the page")
        case "changed":
            raise ChangedMeanwhile("somebody else changed this display meanwhile; look again and repeat if still wanted")
        case "session_full":
            raise SessionFull(
                f"the session has its {max_approved} approved displays; revoke one first, or raise SESSION_MAX_DISPLAYS"
            )
        case "registry_full":
            raise RegistryFull(
                "as many displays wait for approval as may; it tries again by itself, and gets in when one of them leaves"
            )


def _text(record: DisplayRecord) -> str:
    fields = dataclasses.asdict(record)
    fields["first_seen"] = record.first_seen.isoformat()
    return json.dumps(fields)


def telemetry_text(telemetry: Telemetry) -> str:
    """A summary as it is kept with the record. It begins with its moment."""
    return json.dumps({"at": telemetry.at.isoformat(), **telemetry.fields})


def record_of(text: str) -> DisplayRecord:
    """The record that a text holds."""
    fields = json.loads(text)
    fields["first_seen"] = datetime.fromisoformat(fields["first_seen"])
    fields["state"] = State(fields["state"])
    fields["role"] = Role(fields["role"]) if fields["role"] else None
    fields["reason"] = PendingReason(fields["reason"]) if fields["reason"] else None
    return DisplayRecord(**fields)
