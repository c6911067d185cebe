"""The display's key: made once, kept private, one process's at a time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from controller.services.device_identity import display_id_of
from kiosk.identity import KEY_NAME, Identity, IdentityFault, open_identity


@contextmanager
def opened(folder: Path) -> Iterator[Identity]:
    """An identity, given back as by a process that ends."""
    identity = open_identity(folder)
    try:
        yield identity
    finally:
        os.close(identity.lock_descriptor)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kiosk" / "1"


def test_the_key_is_made_once(folder: Path) -> None:
    with opened(folder) as first:
        made = (folder / KEY_NAME).read_bytes()
    with opened(folder) as second:
        assert (second.display_id, second.public_key) == (first.display_id, first.public_key)
    assert (folder / KEY_NAME).read_bytes() == made


def test_two_displays_have_two_keys(tmp_path: Path) -> None:
    with opened(tmp_path / "lobby") as lobby, opened(tmp_path / "hall") as hall:
        assert lobby.display_id != hall.display_id


def test_key_and_folder_are_private(folder: Path) -> None:
    with opened(folder):
        assert stat.S_IMODE((folder / KEY_NAME).stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_id_is_the_one_the_controller_derives(folder: Path) -> None:
    with opened(folder) as identity:
        assert identity.display_id == display_id_of(identity.public_key)


def test_a_signature_fits_the_public_key(folder: Path) -> None:
    with opened(folder) as identity:
        raw = identity.key.sign(b"hello")
        Ed25519PublicKey.from_public_bytes(identity.public_key).verify(raw, b"hello")
        assert "=" not in identity.sign(b"hello")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(folder: Path, mode: int) -> None:
    with opened(folder):
        pass
    (folder / KEY_NAME).chmod(mode)
    with pytest.raises(IdentityFault, match="mode must be 0600"):
        open_identity(folder)


def test_a_second_kiosk_with_the_same_folder_is_refused(folder: Path) -> None:
    with opened(folder), pytest.raises(IdentityFault, match="another kiosk is running"):
        open_identity(folder)


def test_a_refused_kiosk_does_not_keep_the_folder(folder: Path) -> None:
    with opened(folder):
        pass
    good = (folder / KEY_NAME).read_bytes()
    (folder / KEY_NAME).write_bytes(b"nonsense")
    with pytest.raises(IdentityFault):
        open_identity(folder)
    (folder / KEY_NAME).write_bytes(good)
    with opened(folder) as identity:
        assert len(identity.public_key) == 32


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_and_left_alone(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / KEY_NAME).write_bytes(content)
    (folder / KEY_NAME).chmod(0o600)
    with pytest.raises(IdentityFault, match="does not hold a key"):
        open_identity(folder)
    assert (folder / KEY_NAME).read_bytes() == content


def test_a_key_of_another_kind_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / KEY_NAME).write_bytes(pem)
    (folder / KEY_NAME).chmod(0o600)
    with pytest.raises(IdentityFault, match="another kind"):
        open_identity(folder)


def test_a_link_in_place_of_the_key_is_refused(folder: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "other"):
        pass
    folder.mkdir(parents=True)
    (folder / KEY_NAME).symlink_to(tmp_path / "other" / KEY_NAME)
    with pytest.raises(IdentityFault, match=KEY_NAME):
        open_identity(folder)


def test_a_power_cut_while_the_key_is_made_leaves_a_draft_that_is_made_anew(folder: Path) -> None:
    folder.mkdir(parents=True)
    draft = folder / f"{KEY_NAME}.draft"
    draft.write_bytes(b"-----BEGIN PRIV")
    with opened(folder) as identity:
        assert len(identity.public_key) == 32
    assert not draft.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityFault, match="file"):
        open_identity(tmp_path / "file" / "kiosk")
