"""The generations that displays are handed out: numbered, drawn, and sealed with our key, so that we know our own again.

The number tells whether one was handed out later than all that is remembered: after a backup of the state store was restored,
displays know more than we do (`rules.clones`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

NUMBER_DIGITS, DRAWN_DIGITS, SEAL_DIGITS = 8, 8, 16
"""Hexadecimal. What is drawn keeps apart two of the same number, of before and after a restored backup."""


class GenerationSeals:
    """Makes generations, and reads their numbers."""

    def __init__(self, secret_key: bytes) -> None:
        self._secret_key = hashlib.sha256(b"marquee-generation-v1" + secret_key).digest()

    def after(self, display_id: str, *generations: str | None) -> str:
        """The display's next generation, later than all of these."""
        number = 1 + max(self.number(display_id, one) for one in generations)
        text = f"{number % 16**NUMBER_DIGITS:0{NUMBER_DIGITS}x}{secrets.token_hex(DRAWN_DIGITS // 2)}"
        return text + self._seal(display_id, text)

    def is_later(self, display_id: str, shown: str | None, *known: str | None) -> bool:
        """Whether what a display shows was handed out to it after all that is known of it."""
        return self.number(display_id, shown) > max(self.number(display_id, one) for one in known)

    def number(self, display_id: str, generation: str | None) -> int:
        """How many the display had been handed out with this one; 0 where it is none of its own."""
        text, seal = (generation or "")[:-SEAL_DIGITS], (generation or "")[-SEAL_DIGITS:]
        return int(text[:NUMBER_DIGITS], 16) if hmac.compare_digest(self._seal(display_id, text), seal) else 0

    def _seal(self, display_id: str, text: str) -> str:
        return hmac.new(self._secret_key, f"{display_id} {text}".encode(), hashlib.sha256).hexdigest()[:SEAL_DIGITS]
