"""The sessions there are. Session 1 exists from the first start; admins make, rename and archive others, and bring them back.

Archived sessions are kept apart and keep their numbers, so a number means the same stage for ever in records and room names.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass
from datetime import datetime

from controller.rules.audit_chain import Actor, Deed
from controller.rules.audit_codes import AuditCode
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.stores import Store

log = logging.getLogger(__name__)

FIRST_SESSION_ID = 1
FIRST_NAME = "Main stage"


class UnknownSession(Exception):
    """There is no such session; the text lists those there are."""


class SessionChanged(Exception):
    """Somebody else changed the session since it was read."""


class SessionInUse(Exception):
    """The session cannot be archived; the text says why, and what to do first."""


@dataclass(frozen=True)
class Session:
    """One stage. `epoch` is part of the room's name: a new one locks everybody out at once."""

    session_id: int
    name: str
    epoch: int


class Sessions:
    """The sessions in the state store. Each change is one step with its audit record, and raises AuditBusy."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._make = audit_log.move(_MAKE)
        self._change = audit_log.move(_CHANGE)
        self._archive = audit_log.move(_ARCHIVE)
        self._unarchive = audit_log.move(_UNARCHIVE)

    def all(self) -> list[Session]:
        """Every session that is not archived, by number."""
        raw = self._state.hgetall(keys.SESSIONS)
        if str(FIRST_SESSION_ID) not in raw and self._state.hget(keys.SESSIONS_ARCHIVED, str(FIRST_SESSION_ID)) is None:
            self._state.hsetnx(keys.SESSIONS, str(FIRST_SESSION_ID), _text(Session(FIRST_SESSION_ID, FIRST_NAME, 1)))
            raw = self._state.hgetall(keys.SESSIONS)
        return _by_number(raw)

    def archived(self) -> list[Session]:
        """Every session that was put away, by number."""
        return _by_number(self._state.hgetall(keys.SESSIONS_ARCHIVED))

    def first(self) -> Session:
        """The session where displays wait whose session nobody has decided."""
        return self.all()[0]

    def get(self, session_id: int) -> Session:
        """One session. Raises UnknownSession."""
        text = self._state.hget(keys.SESSIONS, str(session_id))
        if text is not None:
            return session_of(session_id, text)
        known = self.all()
        for session in known:
            if session.session_id == session_id:
                return session
        away = self._state.hget(keys.SESSIONS_ARCHIVED, str(session_id))
        missing = f"there is no session {session_id}" if away is None else f"{session_of(session_id, away).name} is archived"
        raise UnknownSession(f"{missing}; known sessions: {_listed(known)}")

    def make(self, name: str, *, by: Actor, at: datetime) -> Session:
        """A new session, with a number that no other ever had. Raises SessionChanged when another was made at the same moment."""
        taken = [session.session_id for session in self.all()]
        taken += [int(number) for number in self._state.hgetall(keys.SESSIONS_ARCHIVED)]
        made = Session(1 + max(taken), name, 1)
        deed = Deed(at, by, AuditCode.SESSION_MADE.value, str(made.session_id), {}, {"name": name})
        _raise_for(self._make(deed, keys=[keys.SESSIONS, keys.SESSIONS_ARCHIVED], args=[made.session_id, _text(made)]), made)
        _say(made, "made", by)
        return made

    def rename(self, session_id: int, name: str, *, by: Actor, at: datetime) -> Session:
        """The session under another name. Raises UnknownSession or SessionChanged."""
        before = self.get(session_id)
        after = dataclasses.replace(before, name=name)
        deed = Deed(at, by, AuditCode.SESSION_RENAMED.value, str(session_id), {"name": before.name}, {"name": name})
        _raise_for(self._change(deed, keys=[keys.SESSIONS], args=[session_id, _text(before), _text(after)]), before)
        _say(after, "renamed", by)
        return after

    def lock(self, session_id: int, *, by: Actor, at: datetime) -> Session:
        """The session with a new epoch: its room has another name, which no token of before is for. Raises as `rename`."""
        before = self.get(session_id)
        after = dataclasses.replace(before, epoch=before.epoch + 1)
        deed = Deed(at, by, AuditCode.SESSION_LOCKED.value, str(session_id), {"epoch": before.epoch}, {"epoch": after.epoch})
        _raise_for(self._change(deed, keys=[keys.SESSIONS], args=[session_id, _text(before), _text(after)]), before)
        return after

    def archive(self, session_id: int, *, by: Actor, at: datetime) -> Session:
        """Put a session away, with the displays turned away in it. Raises UnknownSession, SessionChanged or SessionInUse."""
        found = self.get(session_id)
        deed = Deed(at, by, AuditCode.SESSION_ARCHIVED.value, str(session_id), {"name": found.name}, {})
        answer = self._archive(
            deed,
            keys=[
                keys.SESSIONS,
                keys.SESSIONS_ARCHIVED,
                keys.display_registry(session_id),
                keys.presenter_lease(session_id),
            ],
            args=[session_id, _text(found)],
        )
        _raise_for(answer, found)
        _say(found, "archived", by)
        return found

    def unarchive(self, session_id: int, *, by: Actor, at: datetime) -> Session:
        """Bring an archived session back; no token of before is for its room. Raises UnknownSession or SessionChanged."""
        text = self._state.hget(keys.SESSIONS_ARCHIVED, str(session_id))
        if text is None:
            archived = _listed(self.archived()) or "none"
            raise UnknownSession(f"there is no archived session {session_id}; archived sessions: {archived}")
        before = session_of(session_id, text)
        after = dataclasses.replace(before, epoch=before.epoch + 1)
        deed = Deed(at, by, AuditCode.SESSION_UNARCHIVED.value, str(session_id), {}, {"name": before.name})
        move_keys = [keys.SESSIONS_ARCHIVED, keys.SESSIONS]
        _raise_for(self._unarchive(deed, keys=move_keys, args=[session_id, _text(before), _text(after)]), before)
        _say(after, "brought back", by)
        return after


def _say(session: Session, done: str, by: Actor) -> None:
    log.info("session %s session=%d name=%s by=%s request=%s", done, session.session_id, session.name, by.name, by.request_id)


def _raise_for(answer: str, session: Session) -> None:
    match answer:
        case "changed":
            raise SessionChanged("somebody else changed the sessions meanwhile; look again and repeat if still wanted")
        case "only":
            raise SessionInUse(f"{session.name} is the only session; make another one first")
        case "displays":
            raise SessionInUse(
                f"{session.name} has displays that are approved or wait: move them to another session, revoke or reject them"
            )
        case "presenting":
            raise SessionInUse(f"somebody presents in {session.name}; ask them to stop first")


def _by_number(raw: dict[str, str]) -> list[Session]:
    return sorted((session_of(int(number), text) for number, text in raw.items()), key=lambda session: session.session_id)


def _listed(sessions: list[Session]) -> str:
    return ", ".join(f"{session.session_id} ({session.name})" for session in sessions)


def _text(session: Session) -> str:
    return json.dumps({"name": session.name, "epoch": session.epoch})


def session_of(session_id: int, text: str) -> Session:
    """The session that a text holds."""
    fields = json.loads(text)
    return Session(session_id=session_id, name=fields["name"], epoch=fields["epoch"])


_MAKE = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 'changed' end
keep_record()
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'done'
"""

_CHANGE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'changed' end
keep_record()
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'done'
"""

_ARCHIVE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'changed' end
if redis.call('HLEN', KEYS[1]) == 1 then return 'only' end
local displays = redis.call('HGETALL', KEYS[3])
for i = 1, #displays, 2 do
  local state = not string.find(displays[i], ':') and cjson.decode(displays[i + 1]).state or 'rejected'
  if state ~= 'rejected' and state ~= 'revoked' then return 'displays' end
end
local lease = redis.call('GET', KEYS[4])
if lease and not cjson.decode(lease).is_vacant then return 'presenting' end
keep_record()
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 'done'
"""

_UNARCHIVE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'changed' end
keep_record()
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 'done'
"""
