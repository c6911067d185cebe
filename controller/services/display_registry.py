"""Who the displays are and whether they may see the picture.

A record is one JSON text in the hash of its session. Each change is one Lua script that compares the record's revision first, so
two admins cannot both decide, and a limit on approved displays holds however many decide at once.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from controller.rules.admission import Admission
from controller.services import keys
from controller.services.stores import Store
from wire.display import PendingReason, Role, State

MAX_PENDING = 200
"""Displays that may wait at once. Anybody may ask to join, so what they can store is bounded."""


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

    def admitted(self, admission: Admission, *, decided_by: str, session_id: int) -> DisplayRecord:
        """The record after an admission, one revision later."""
        return dataclasses.replace(
            self,
            state=admission.state,
            role=admission.role,
            reason=admission.reason,
            decided_by=decided_by,
            session_id=session_id,
            revision=self.revision + 1,
        )


@dataclass(frozen=True)
class Telemetry:
    """The last summary kept with the registry."""

    at: datetime
    fields: dict[str, Any]


class DisplayRegistry:
    """The registry in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._replace = state.register_script(_REPLACE)
        self._arrive = state.register_script(_ARRIVE)

    def find(self, display_id: str) -> DisplayRecord | None:
        """The record of a display, or None when it never registered."""
        session_id = self._state.hget(keys.DISPLAY_INDEX, display_id)
        if session_id is None:
            return None
        text = self._state.hget(keys.display_registry(int(session_id)), display_id)
        return None if text is None else _record(text)

    def get(self, display_id: str) -> DisplayRecord:
        """The record of a display. Raises UnknownDisplay."""
        record = self.find(display_id)
        if record is None:
            raise UnknownDisplay(f"no display has the id {display_id}; reload the page to see those there are")
        return record

    def in_session(self, session_id: int) -> list[DisplayRecord]:
        """Every display of a session, oldest first."""
        raw = self._state.hgetall(keys.display_registry(session_id))
        records = [_record(text) for field, text in raw.items() if not field.endswith(":telemetry")]
        return sorted(records, key=lambda record: (record.first_seen, record.display_id))

    def replace(self, before: DisplayRecord, after: DisplayRecord, *, max_approved: int) -> None:
        """Store `after` in place of `before`, also in another session.

        Raises ChangedMeanwhile when the stored revision is not `before`'s, SessionFull when `after` becomes approved in a session
        that has no place left, UnknownDisplay when it is gone. Nothing changes then. Who was approved in the session keeps its
        place, also when `max_approved` has been lowered since.
        """
        answer = self._replace(
            keys=[keys.display_registry(before.session_id), keys.display_registry(after.session_id), keys.DISPLAY_INDEX],
            args=[before.display_id, before.revision, _text(after), after.session_id, max_approved],
        )
        _raise_for(cast(str, answer), max_approved)

    def arrive(
        self,
        before: DisplayRecord | None,
        wanted: DisplayRecord,
        *,
        when_full: DisplayRecord,
        when_refused: DisplayRecord,
        enrolment_key_id: str | None,
        max_approved: int,
        now: datetime,
    ) -> Arrival:
        """Register a display, or admit a waiting one, and count the use of its enrolment key, in one step.

        `wanted` is stored if the key (where one is named) still has a use left and the session a place; else `when_refused` or
        `when_full`. Raises ChangedMeanwhile when it was registered meanwhile, RegistryFull when too many wait.
        """
        answer = self._arrive(
            keys=[
                keys.display_registry(wanted.session_id),
                keys.DISPLAY_INDEX,
                keys.enrolment_key(enrolment_key_id or "none"),
                keys.display_registry(before.session_id if before else wanted.session_id),
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
            ],
        )
        if answer in set(Arrival):
            return Arrival(cast(str, answer))
        _raise_for(cast(str, answer), max_approved)
        raise AssertionError(answer)

    def keep_telemetry(self, session_id: int, display_id: str, telemetry: Telemetry) -> None:
        """Keep a summary with the record, without touching the record's revision."""
        text = json.dumps({"at": telemetry.at.isoformat(), **telemetry.fields})
        self._state.hset(keys.display_registry(session_id), f"{display_id}:telemetry", text)

    def last_kept(self, session_id: int) -> dict[str, datetime]:
        """When each display of a session was last heard, by the summaries kept."""
        raw = self._state.hgetall(keys.display_registry(session_id))
        return {
            field.removesuffix(":telemetry"): datetime.fromisoformat(json.loads(text)["at"])
            for field, text in raw.items()
            if field.endswith(":telemetry")
        }


def _raise_for(answer: str, max_approved: int) -> None:
    match answer:
        case "unknown":
            raise UnknownDisplay("the display is not registered any more; reload the page")
        case "changed":
            raise ChangedMeanwhile("somebody else changed this display meanwhile; look again and repeat if still wanted")
        case "session_full":
            raise SessionFull(
                f"the session has its {max_approved} approved displays; revoke one first, or raise SESSION_MAX_DISPLAYS"
            )
        case "registry_full":
            raise RegistryFull("too many displays wait for approval; an admin must reject some first")


def _text(record: DisplayRecord) -> str:
    fields = dataclasses.asdict(record)
    fields["first_seen"] = record.first_seen.isoformat()
    return json.dumps(fields)


def _record(text: str) -> DisplayRecord:
    fields = json.loads(text)
    fields["first_seen"] = datetime.fromisoformat(fields["first_seen"])
    fields["state"] = State(fields["state"])
    fields["role"] = Role(fields["role"]) if fields["role"] else None
    fields["reason"] = PendingReason(fields["reason"]) if fields["reason"] else None
    return DisplayRecord(**fields)


_COUNT = """
local function count(registry, state, except)
  local found = 0
  local all = redis.call('HGETALL', registry)
  for i = 1, #all, 2 do
    if all[i] ~= except and not string.find(all[i], ':') and cjson.decode(all[i + 1]).state == state then found = found + 1 end
  end
  return found
end
"""

_REPLACE = (
    _COUNT
    + """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 'unknown' end
local before = cjson.decode(stored)
if before.revision ~= tonumber(ARGV[2]) then return 'changed' end
local had_place = before.state == 'approved' and KEYS[1] == KEYS[2]
local wants_place = cjson.decode(ARGV[3]).state == 'approved' and not had_place
if wants_place and count(KEYS[2], 'approved', ARGV[1]) >= tonumber(ARGV[5]) then return 'session_full' end
if KEYS[1] ~= KEYS[2] then redis.call('HDEL', KEYS[1], ARGV[1], ARGV[1] .. ':telemetry') end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
return 'done'
"""
)

_ARRIVE = (
    _COUNT
    + """
local stored = redis.call('HGET', KEYS[4], ARGV[1])
local revision = stored and cjson.decode(stored).revision or 0
if revision ~= tonumber(ARGV[2]) then return 'changed' end
local function store(record)
  if not stored and cjson.decode(record).state == 'pending' and count(KEYS[1], 'pending', ARGV[1]) >= tonumber(ARGV[9]) then
    return false
  end
  if KEYS[1] ~= KEYS[4] then redis.call('HDEL', KEYS[4], ARGV[1], ARGV[1] .. ':telemetry') end
  redis.call('HSET', KEYS[1], ARGV[1], record)
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[7])
  return true
end
if ARGV[6] == 'yes' then
  local key = redis.call('HMGET', KEYS[3], 'uses', 'max_uses', 'expires_at', 'revoked')
  local good = key[1] and tonumber(key[1]) < tonumber(key[2]) and tonumber(key[3]) > tonumber(ARGV[10]) and key[4] == '0'
  if not good then return store(ARGV[5]) and 'key_refused' or 'registry_full' end
end
if cjson.decode(ARGV[3]).state == 'approved' and count(KEYS[1], 'approved', ARGV[1]) >= tonumber(ARGV[8]) then
  return store(ARGV[4]) and 'session_full' or 'registry_full'
end
if not store(ARGV[3]) then return 'registry_full' end
if ARGV[6] == 'yes' then redis.call('HINCRBY', KEYS[3], 'uses', 1) end
return 'stored'
"""
)
