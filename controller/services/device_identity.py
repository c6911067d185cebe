"""Proof that a display holds its key: nonces that cost nothing to issue, and the signed hello.

A nonce is 16 random bytes, the moment of issue in microseconds and an HMAC over both, so a flood of requests for nonces stores
nothing; only a nonce under a good signature is burnt. No clock of a display is ever looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from controller.services import keys
from controller.services.stores import Store
from wire.display import DISPLAY_ID_LENGTH

NONCE_LIFE_S = 120
NONCE_LIFE = timedelta(seconds=NONCE_LIFE_S)
BURNT_FOR_S = 150
"""Longer than a nonce lives, so that a burnt one is stale before it is forgotten."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class NonceRefused(Exception):
    """The nonce is not ours, too old, or was used before; take a new one."""


class SignatureRefused(Exception):
    """The hello is not signed by the key it names."""


@dataclass(frozen=True)
class SignedRequest:
    """What a display sent and what its signature must cover."""

    public_key: str
    """base64url of 32 raw bytes."""
    nonce: str
    signature: str
    """base64url of 64 bytes."""
    host: str
    path: str
    body: bytes

    def signed_bytes(self) -> bytes:
        """The bytes under the signature (PROTOCOL.md)."""
        digest = hashlib.sha256(self.body).hexdigest()
        return "\n".join(("marquee-hello-v1", "POST", self.host, self.path, digest, self.nonce)).encode()


@dataclass(frozen=True)
class Proof:
    """Who signed a request, and when they were given the nonce: the display was alive then, by our own clock."""

    display_id: str
    nonce_issued_at: datetime


class DeviceIdentity:
    """Issues nonces and checks signed requests."""

    def __init__(self, secret_key: bytes, live: Store) -> None:
        self._secret_key = hashlib.sha256(b"marquee-nonce-v1" + secret_key).digest()
        self._live = live

    def issue_nonce(self, now: datetime) -> str:
        """A fresh nonce, good for two minutes and for one hello."""
        payload = secrets.token_bytes(16) + _microseconds(now).to_bytes(8, "big")
        return _encode(payload + self._mac(payload))

    def verify(self, request: SignedRequest, now: datetime) -> Proof:
        """The display that signed the request.

        Raises NonceRefused or SignatureRefused. The nonce is spent only by a good signature.
        """
        issued_at = self._issued_at(request.nonce, now)
        public_key = _decode(request.public_key, 32)
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(_decode(request.signature, 64), request.signed_bytes())
        except (InvalidSignature, ValueError) as error:
            raise SignatureRefused("the signature does not fit the key, the host name or the body") from error
        self._burn(request.nonce)
        return Proof(display_id_of(public_key), issued_at)

    def _issued_at(self, nonce: str, now: datetime) -> datetime:
        try:
            raw = _decode(nonce, 24 + 32)
        except SignatureRefused as error:
            raise NonceRefused("the nonce is not one of this controller") from error
        payload, mac = raw[:24], raw[24:]
        age = timedelta(microseconds=_microseconds(now) - int.from_bytes(payload[16:], "big"))
        if not hmac.compare_digest(mac, self._mac(payload)) or not timedelta(0) <= age <= NONCE_LIFE:
            raise NonceRefused("the nonce is not one of this controller, or too old")
        return now - age

    def _burn(self, nonce: str) -> None:
        key = keys.burnt_nonce(hashlib.sha256(nonce.encode()).hexdigest())
        if not self._live.set(key, "1", nx=True, ex=BURNT_FOR_S):
            raise NonceRefused("the nonce was used before")

    def _mac(self, payload: bytes) -> bytes:
        return hmac.new(self._secret_key, payload, hashlib.sha256).digest()


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def display_id_of(public_key: bytes) -> str:
    """The first 26 Crockford base32 characters of SHA-256(public key): derived, never chosen."""
    number = int.from_bytes(hashlib.sha256(public_key).digest(), "big")
    return "".join(CROCKFORD[(number >> (256 - 5 * (place + 1))) & 31] for place in range(DISPLAY_ID_LENGTH))


def fingerprint_of(public_key: str) -> str:
    """What the card and the dashboard show of a base64url public key: 16 hex digits in groups of four."""
    digest = hashlib.sha256(_decode(public_key, 32)).hexdigest()[:16].upper()
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureRefused("a header is not base64url") from error
    if len(raw) != length:
        raise SignatureRefused(f"a header has {len(raw)} bytes instead of {length}")
    return raw
