"""The display's key, made at the first start and never sent anywhere. The folder is one process's at a time."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from kiosk.whole_file import write_whole
from wire.display import DISPLAY_ID_LENGTH

KEY_NAME = "key.pem"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class IdentityFault(Exception):
    """The key cannot be used; the text is for the card on the screen."""


@dataclass(frozen=True)
class Identity:
    """This display's key and what follows from it."""

    key: Ed25519PrivateKey
    lock_descriptor: int
    """Held open for as long as the process lives."""

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def display_id(self) -> str:
        """The first 26 Crockford base32 characters of SHA-256(public key)."""
        number = int.from_bytes(hashlib.sha256(self.public_key).digest(), "big")
        return "".join(CROCKFORD[(number >> (256 - 5 * (place + 1))) & 31] for place in range(DISPLAY_ID_LENGTH))

    def sign(self, message: bytes) -> str:
        """A signature, base64url without padding."""
        return encode(self.key.sign(message))


def encode(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def open_identity(folder: Path) -> Identity:
    """The identity kept in `folder`; made now if there is none.

    Raises IdentityFault when another kiosk uses the folder, or when the key's owner, mode or content is wrong.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock_descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return Identity(_key_of(folder, lock_descriptor), lock_descriptor)
        except BaseException:
            os.close(lock_descriptor)
            raise
    except BlockingIOError as error:
        raise IdentityFault(f"another kiosk is running with {folder}") from error
    except OSError as error:
        raise IdentityFault(f"{error.filename or folder}: {error.strerror}") from error


def _key_of(folder: Path, lock_descriptor: int) -> Ed25519PrivateKey:
    fcntl.flock(lock_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if not (folder / KEY_NAME).exists():
        _make(folder)
    return _read(folder / KEY_NAME)


def _make(folder: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(folder / KEY_NAME, pem)


def _read(path: Path) -> Ed25519PrivateKey:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if facts.st_uid != os.geteuid():
            raise IdentityFault(f"{path} belongs to another user")
        if stat.S_IMODE(facts.st_mode) & 0o077:
            raise IdentityFault(f"{path} can be read by others; its mode must be 0600")
        pem = file.read()
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError as error:
        raise IdentityFault(f"{path} does not hold a key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise IdentityFault(f"{path} holds a key of another kind")
    return key
