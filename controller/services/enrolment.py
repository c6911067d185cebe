"""Enrolment keys: a secret for the installer that lets a display in as `normal` without an admin at that moment.

Shown once, stored hashed. Uses are counted in the same script that registers the display (`registry_scripts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.rules.audit_chain import Actor, ActorKind, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.services import keys, secret_keys
from controller.services.audit_log import AuditLog
from controller.services.secret_keys import Mistyped
from controller.services.stores import Store

PREFIX = "mek1"
"""Fixed, so that scanners for leaked secrets can know it."""

LONGEST_LABEL = 60
"""Characters. The label stands in the dashboard, as `enrolment key LABEL`, and in no more than one line."""

MOST_USES = 50
LONGEST_LIFE = timedelta(days=90)

OPERATOR = Actor(ActorKind.SYSTEM, "operator")


class BadEnrolmentKey(Exception):
    """A key with this label, life or number of uses cannot be made."""


class BadKey(Exception):
    """The enrolment key is mistyped or unknown."""


class UnknownEnrolmentKey(Exception):
    """There is no such key, or it was revoked already."""


@dataclass(frozen=True)
class ShownKey:
    """A key just made; `key` is not stored and cannot be shown again."""

    key_id: str
    key: str
    label: str
    expires_at: datetime


@dataclass(frozen=True)
class EnrolmentKey:
    """A key as it is kept. Its secret is not."""

    key_id: str
    label: str
    session_id: int | None
    """The session of the displays that come by it; None: the first there is."""
    max_uses: int
    uses: int
    expires_at: datetime
    is_revoked: bool
    made_by: str
    """Empty for a key that an older version of us made."""

    def lets_in(self, now: datetime) -> bool:
        """Whether a display that came now would be let in."""
        return not self.is_revoked and self.uses < self.max_uses and now < self.expires_at


class EnrolmentKeys:
    """Enrolment keys in the state store."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._make = audit_log.move(_MAKE)
        self._revoke = audit_log.move(_REVOKE)

    def create(
        self,
        *,
        label: str,
        max_uses: int,
        life: timedelta,
        now: datetime,
        session_id: int | None = None,
        by: Actor = OPERATOR,
    ) -> ShownKey:
        """Make a key for `max_uses` displays. Raises BadEnrolmentKey, AuditBusy."""
        _check(label, max_uses, life)
        drawn = secret_keys.draw(PREFIX)
        key = EnrolmentKey(drawn.key_id, label, session_id, max_uses, 0, now + life, False, by.name)
        facts: dict[str, Fact] = {"label": label, "uses": max_uses, "session": session_id, "expires": key.expires_at.isoformat()}
        fields = _fields(key, drawn.secret_sha256)
        self._make(
            Deed(now, by, AuditCode.ENROLMENT_KEY_MADE.value, key.key_id, {}, facts),
            keys=[keys.ENROLMENT_KEYS, keys.enrolment_key(key.key_id)],
            args=[key.key_id, len(fields), *(part for field in fields.items() for part in field)],
        )
        return ShownKey(key.key_id, drawn.text, label, key.expires_at)

    def all(self) -> list[EnrolmentKey]:
        """Every key there ever was, those that end last first."""
        found = [self._find(key_id) for key_id in self._state.hgetall(keys.ENROLMENT_KEYS)]
        return sorted((key for key in found if key is not None), key=lambda key: (key.expires_at, key.key_id), reverse=True)

    def revoke(self, key_id: str, *, by: Actor, now: datetime) -> EnrolmentKey:
        """Let nobody more in by a key; who came by it stays. Raises UnknownEnrolmentKey, AuditBusy."""
        key = self._find(key_id)
        if key is not None:
            facts: dict[str, Fact] = {"label": key.label, "used": key.uses}
            deed = Deed(now, by, AuditCode.ENROLMENT_KEY_REVOKED.value, key_id, facts, {**facts, "revoked": True})
            if self._revoke(deed, keys=[keys.enrolment_key(key_id)], args=[]) == "done":
                return key
        raise UnknownEnrolmentKey(f"there is no enrolment key {key_id}, or it is revoked; look again at those there are")

    def recognise(self, text: str) -> EnrolmentKey:
        """The key that is presented; whether it has a use left is decided when the display is registered.

        Raises BadKey; a typing error is told apart from an unknown key by the checksum.
        """
        try:
            shown = secret_keys.read(PREFIX, text)
        except Mistyped:
            raise BadKey("the enrolment key is mistyped") from None
        stored = self._state.hgetall(keys.enrolment_key(shown.key_id))
        if not stored or not shown.fits(stored["secret_sha256"]):
            raise BadKey("the enrolment key is unknown")
        return _key(shown.key_id, stored)

    def id_of(self, text: str | None) -> str | None:
        """The id of a presented key; None where none is presented or it is none of ours."""
        try:
            return None if text is None else self.recognise(text).key_id
        except BadKey:
            return None

    def _find(self, key_id: str) -> EnrolmentKey | None:
        stored = self._state.hgetall(keys.enrolment_key(key_id))
        return _key(key_id, stored) if stored else None


def _check(label: str, max_uses: int, life: timedelta) -> None:
    if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable() or label != label.strip():
        raise BadEnrolmentKey(f"a label has 1 to {LONGEST_LABEL} printable characters and no space at its ends")
    if not (1 <= max_uses <= MOST_USES and timedelta(0) < life <= LONGEST_LIFE):
        raise BadEnrolmentKey(f"a key is good for 1 to {LONGEST_LIFE.days} days and 1 to {MOST_USES} displays")


def _fields(key: EnrolmentKey, secret_sha256: str) -> dict[str, str | int]:
    return {
        "label": key.label,
        "secret_sha256": secret_sha256,
        "max_uses": key.max_uses,
        "uses": key.uses,
        "expires_at": int(key.expires_at.timestamp()),
        "revoked": 0,
        "session_id": "" if key.session_id is None else key.session_id,
        "made_by": key.made_by,
    }


def _key(key_id: str, stored: dict[str, str]) -> EnrolmentKey:
    session_id = stored.get("session_id", "")
    return EnrolmentKey(
        key_id=key_id,
        label=stored["label"],
        session_id=int(session_id) if session_id else None,
        max_uses=int(stored["max_uses"]),
        uses=int(stored["uses"]),
        expires_at=datetime.fromtimestamp(int(stored["expires_at"]), UTC),
        is_revoked=stored["revoked"] != "0",
        made_by=stored.get("made_by", ""),
    )


_MAKE = """
keep_record()
for place = 3, 1 + 2 * tonumber(ARGV[2]), 2 do redis.call('HSET', KEYS[2], ARGV[place], ARGV[place + 1]) end
redis.call('HSET', KEYS[1], ARGV[1], '')
return 'done'
"""
"""KEYS: the index, the key. ARGV: id, number of fields, the fields."""

_REVOKE = """
if redis.call('HGET', KEYS[1], 'revoked') ~= '0' then return 'unknown' end
keep_record()
redis.call('HSET', KEYS[1], 'revoked', 1)
return 'done'
"""
"""KEYS: the key."""
