"""Enrolment keys: a secret for the installer that lets a display in as `normal` without an admin at that moment.

Shown once, stored hashed. Uses are counted in the same script that registers the display (`display_registry`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.services import keys
from controller.services.stores import Store

PREFIX = "mek1"
"""Fixed, so that scanners for leaked secrets can know it."""


LONGEST_LABEL = 60
"""Characters. The label stands in the dashboard, as `enrolment key LABEL`, and in no more than one line."""


class BadLabel(Exception):
    """The label cannot be used."""


class BadKey(Exception):
    """The enrolment key is mistyped or unknown."""


@dataclass(frozen=True)
class EnrolmentKey:
    """A key just made; `key` is not stored and cannot be shown again."""

    key_id: str
    key: str
    label: str


class EnrolmentKeys:
    """Makes and recognises enrolment keys in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state

    def create(self, *, label: str, max_uses: int, life: timedelta, now: datetime) -> EnrolmentKey:
        """Make a key for `max_uses` displays. Raises BadLabel."""
        if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable() or label != label.strip():
            raise BadLabel(f"a label has 1 to {LONGEST_LABEL} printable characters and no space at its ends")
        key_id, secret = secrets.token_hex(4), secrets.token_hex(24)
        self._state.hset(
            keys.enrolment_key(key_id),
            mapping={
                "label": label,
                "secret_sha256": _hash(secret),
                "max_uses": max_uses,
                "uses": 0,
                "expires_at": int((now + life).timestamp()),
                "revoked": 0,
            },
        )
        body = f"{PREFIX}_{key_id}_{secret}"
        return EnrolmentKey(key_id=key_id, key=f"{body}_{_checksum(body)}", label=label)

    def recognise(self, key: str) -> tuple[str, str]:
        """The id and label of a presented key; whether it has a use left is decided when the display is registered.

        Raises BadKey; a typing error is told apart from an unknown key by the checksum.
        """
        body, _, checksum = key.strip().rpartition("_")
        parts = body.split("_")
        if len(parts) != 3 or parts[0] != PREFIX or not hmac.compare_digest(_checksum(body), checksum):
            raise BadKey("the enrolment key is mistyped")
        stored = self._state.hgetall(keys.enrolment_key(parts[1]))
        if not stored or not hmac.compare_digest(stored["secret_sha256"], _hash(parts[2])):
            raise BadKey("the enrolment key is unknown")
        return parts[1], stored["label"]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
