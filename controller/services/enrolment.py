"""Enrolment keys: a secret for the installer that lets a display in as `normal` without an admin at that moment.

Shown once, stored hashed. Uses are counted in the same script that registers the display (`display_registry`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.services import keys, secret_keys
from controller.services.secret_keys import Mistyped
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
        drawn = secret_keys.draw(PREFIX)
        self._state.hset(
            keys.enrolment_key(drawn.key_id),
            mapping={
                "label": label,
                "secret_sha256": drawn.secret_sha256,
                "max_uses": max_uses,
                "uses": 0,
                "expires_at": int((now + life).timestamp()),
                "revoked": 0,
            },
        )
        return EnrolmentKey(key_id=drawn.key_id, key=drawn.text, label=label)

    def recognise(self, key: str) -> tuple[str, str]:
        """The id and label of a presented key; whether it has a use left is decided when the display is registered.

        Raises BadKey; a typing error is told apart from an unknown key by the checksum.
        """
        try:
            shown = secret_keys.read(PREFIX, key)
        except Mistyped:
            raise BadKey("the enrolment key is mistyped") from None
        stored = self._state.hgetall(keys.enrolment_key(shown.key_id))
        if not stored or not shown.fits(stored["secret_sha256"]):
            raise BadKey("the enrolment key is unknown")
        return shown.key_id, stored["label"]

    def id_of(self, key: str | None) -> str | None:
        """The id of a presented key; None where none is presented or it is none of ours."""
        try:
            return None if key is None else self.recognise(key)[0]
        except BadKey:
            return None
