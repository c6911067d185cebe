"""The form of the keys that are handed out: a fixed prefix, an id, a secret and a checksum, joined by underscores.

Scanners for leaked secrets can know the prefix; a typing error is told from an unknown key by the checksum. Only a hash of the
secret is stored: it has 192 random bits, so a plain hash is enough (OWASP ASVS 6.5.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass, field


class Mistyped(ValueError):
    """The text is no key of this kind, or a letter is wrong."""


@dataclass(frozen=True)
class SecretKey:
    """A key that was just drawn, or that somebody presents."""

    prefix: str
    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The key as it is shown and presented."""
        body = f"{self.prefix}_{self.key_id}_{self.secret}"
        return f"{body}_{_checksum(body)}"

    @property
    def secret_sha256(self) -> str:
        """What is stored of it."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def fits(self, secret_sha256: str) -> bool:
        """Whether it is the key of which this is stored."""
        return hmac.compare_digest(self.secret_sha256, secret_sha256)


def draw(prefix: str) -> SecretKey:
    """A new key."""
    return SecretKey(prefix, secrets.token_hex(4), secrets.token_hex(24))


def read(prefix: str, text: str) -> SecretKey:
    """The key that a text is. Raises Mistyped."""
    body, _, checksum = text.strip().rpartition("_")
    parts = body.split("_")
    if len(parts) != 3 or parts[0] != prefix or not hmac.compare_digest(_checksum(body).encode(), checksum.encode()):
        raise Mistyped("mistyped")
    return SecretKey(*parts)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
