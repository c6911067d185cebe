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
from kiosk import whole_file
from kiosk.cards import Card, card
from kiosk.identity import KEY_NAME, Identity, IdentityFault, open_identity
from kiosk.lifecycle import KioskState


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_key_of_another_user_is_refused(folder: Path) -> None:
    with opened(folder):
        pass
    os.chown(folder / KEY_NAME, 65_534, -1)
    with pytest.raises(IdentityFault, match="belongs to another user"):
        open_identity(folder)


# -- the power goes while the key is made -------------------------------------------------------------------------------------

STEPS = ["open", "fsync", "rename"]


class PowerCut(BaseException):
    """The power is gone; nobody catches it."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("so_often", [1, 2])
def test_a_power_cut_at_any_step_leaves_no_key_or_a_good_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, so_often: int
) -> None:
    folder.mkdir(parents=True)
    for _ in range(so_often):
        with monkeypatch.context() as power:
            cut(power, step)
            with pytest.raises(PowerCut):
                whole_file.write_whole(folder / KEY_NAME, b"half a key")
        assert not (folder / KEY_NAME).exists()
    with opened(folder) as made:
        pass
    with opened(folder) as found:
        assert found.display_id == made.display_id


def test_a_power_cut_after_the_rename_keeps_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as power:
        real, calls = os.fsync, []

        def fsync(descriptor: int) -> None:
            calls.append(descriptor)
            if len(calls) == 2:  # the folder's, after the file's
                raise PowerCut
            real(descriptor)

        power.setattr(os, "fsync", fsync)
        with pytest.raises(PowerCut):
            open_identity(folder)
    kept = (folder / KEY_NAME).read_bytes()
    with opened(folder):
        assert (folder / KEY_NAME).read_bytes() == kept


def cut(power: pytest.MonkeyPatch, step: str) -> None:
    """The power goes when this is called."""

    def gone(*arguments: object, **named: object) -> None:
        del arguments, named
        raise PowerCut

    power.setattr(Path if step == "rename" else os, step, gone)


# -- what the screen says -----------------------------------------------------------------------------------------------------


def test_a_wrong_mode_stands_on_a_card_in_words(folder: Path) -> None:
    with opened(folder):
        pass
    (folder / KEY_NAME).chmod(0o644)
    shown = card_of(folder)
    assert (shown.kind, shown.title) == ("fault", "This display cannot start")
    assert "its mode must be 0600" in shown.lines[0]


def test_a_second_kiosk_is_told_so_on_a_card(folder: Path) -> None:
    with opened(folder):
        assert "another kiosk is running" in card_of(folder).lines[0]


def card_of(folder: Path) -> Card:
    """The card of a kiosk that starts with this folder and cannot."""
    with pytest.raises(IdentityFault) as refused:
        open_identity(folder)
    return card(KioskState(controller="", version="0.1.0", fault=str(refused.value)))
