"""The audit log's chain: each record names the hash of the one before, so that none can be changed, dropped or slipped in unseen.

A record is one line of JSON. Its hash is SHA-256 over that line without the hash, and what follows the last record is only known
from elsewhere: whoever can write the store could write a whole new chain. That is why the steward writes the head to its log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Fact = str | int | bool | None


class ActorKind(StrEnum):
    """What kind of actor a name is the name of, so that nobody passes for another by their name."""

    ACCOUNT = "account"
    API_KEY = "api_key"
    ENROLMENT_KEY = "enrolment_key"
    SYSTEM = "system"
    """The controller by its settings, or an operator at its command line."""


@dataclass(frozen=True)
class Actor:
    """Who does something, from where, and in which request. `address` and `request_id` are empty where there is none."""

    kind: ActorKind
    name: str
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Deed:
    """Something done, before it stands in the log. It must hold no secret, code, cookie or token."""

    at: datetime
    by: Actor
    what: str
    """A stable code, see `audit_codes`."""
    target: str
    """What it was done to: a display's id, a session's number, an account's name."""
    before: Mapping[str, Fact]
    after: Mapping[str, Fact]


@dataclass(frozen=True)
class Head:
    """Where the chain ends."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


def head_of(text: str) -> Head:
    """The head that `str` of one makes. Raises ValueError."""
    sequence, _, found = text.partition(":")
    return Head(int(sequence), found)


BEGINNING = Head(0, "0" * 64)
"""What the first record follows."""


@dataclass(frozen=True)
class AuditRecord:
    """A deed in the log."""

    sequence: int
    deed: Deed
    previous_hash: str
    hash: str
    line: str
    """As it is stored."""

    @property
    def head(self) -> Head:
        """The chain's head while this record is its last."""
        return Head(self.sequence, self.hash)


class BrokenRecord(ValueError):
    """The line is no record, or not the one that was written."""


def follow(head: Head, deed: Deed) -> AuditRecord:
    """The record of `deed` as the next after `head`."""
    fields = {
        "sequence": head.sequence + 1,
        "at": deed.at.isoformat(),
        "by": deed.by.kind.value,
        "who": deed.by.name,
        "what": deed.what,
        "from": deed.by.address,
        "target": deed.target,
        "before": dict(deed.before),
        "after": dict(deed.after),
        "request": deed.by.request_id,
        "previous": head.hash,
    }
    found = _hash(fields)
    return AuditRecord(head.sequence + 1, deed, head.hash, found, _canonical({**fields, "hash": found}))


def read(line: str) -> AuditRecord:
    """The record a line holds. Raises BrokenRecord, which says what is wrong with it."""
    try:
        fields: dict[str, Any] = json.loads(line)
        found = fields.pop("hash")
        actor = Actor(ActorKind(fields["by"]), fields["who"], fields["from"], fields["request"])
        at = datetime.fromisoformat(fields["at"])
        deed = Deed(at, actor, fields["what"], fields["target"], fields["before"], fields["after"])
        record = AuditRecord(fields["sequence"], deed, fields["previous"], found, line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenRecord("is no audit record") from error
    if found != _hash(fields) or line != _canonical({**fields, "hash": found}):
        raise BrokenRecord("was changed: its hash does not fit what it says")
    return record


def walk(lines: Iterable[str], start: Head | None) -> Head | str:
    """The head after `lines`, or where and how the chain is broken, in words.

    `start` is what the first line must follow; None where what was before it is not kept.
    """
    head = start
    for number, line in enumerate(lines, start=1):
        try:
            record = read(line)
        except BrokenRecord as broken:
            where = f"record {head.sequence + 1}" if head else f"the first record kept (line {number})"
            return f"{where} {broken}"
        if head is not None and (record.sequence, record.previous_hash) != (head.sequence + 1, head.hash):
            return f"record {record.sequence} does not follow record {head.sequence}"
        head = record.head
    return head or BEGINNING


def trouble_since(seen: Head | None, lines: Sequence[str], head: Head) -> str | None:
    """What is wrong with a chain that ended with `seen` and ends with `head` now, in words; None when it only grew.

    `lines` are its newest; where they do not reach back to `seen`, what lies between cannot be judged.
    """
    if seen is None:
        return None
    grown = head.sequence - seen.sequence
    if grown < 0:
        return f"it ended with record {seen.sequence} a minute ago and ends with record {head.sequence} now"
    reaches = grown <= len(lines)
    found = walk(lines[len(lines) - grown :] if reaches else lines, seen if reaches else None)
    if isinstance(found, str):
        return found
    return None if found == head else f"it ends with {found}, but its head says {head}"


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields).encode()).hexdigest()


def _canonical(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
