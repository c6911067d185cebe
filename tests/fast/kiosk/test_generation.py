"""What a kiosk keeps beside its key, whatever the power does, and that the controller never takes a power cut for a copy."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.rules.clones import Generations, after_hello
from kiosk import generation, whole_file
from kiosk.generation import NAME, NAME_BEFORE, keep, shown

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32


def test_a_new_machine_has_none(tmp_path: Path) -> None:
    assert shown(tmp_path) == ""
    assert shown(tmp_path / "nowhere") == ""


def test_what_was_kept_last_is_shown(tmp_path: Path) -> None:
    for given in (FIRST, SECOND):
        keep(tmp_path, given)
        assert shown(tmp_path) == given
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("spoilt", [b"", b"2" * 31, b"\x00" * 32, b"\xff" * 32, b"2" * 32 + b"\n"])
def test_a_spoilt_file_shows_the_one_before(tmp_path: Path, spoilt: bytes) -> None:
    keep(tmp_path, FIRST)
    keep(tmp_path, SECOND)
    (tmp_path / NAME).write_bytes(spoilt)
    assert shown(tmp_path) == FIRST


def test_keeping_the_same_again_forgets_nothing(tmp_path: Path) -> None:
    for given in (FIRST, SECOND, SECOND):
        keep(tmp_path, given)
    assert (tmp_path / NAME_BEFORE).read_text() == FIRST


# -- the power goes at each point of hello ------------------------------------------------------------------------------------


class PowerCut(Exception):
    """The power is gone."""


class Machine:
    """One kiosk's disk and the controller's memory of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = Generations()
        self.given = 0

    def boot(self) -> None:
        """A new boot says hello and keeps what it is given. Raises TwoMachines when the controller takes it for a copy."""
        self.hear()
        keep(self.folder, str(self.known.current))

    def hear(self) -> None:
        """The controller hears the hello; its answer is lost."""
        self.given += 1
        self.known = after_hello(self.known, shown(self.folder), is_same_boot=False, fresh=f"{self.given:032x}")


def cut_before_it_is_sent(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    del machine, monkeypatch


def cut_before_the_answer_is_there(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    machine.hear()


def cut_before_anything_is_written(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at_write(machine, monkeypatch, NAME_BEFORE, NAME)


def cut_between_the_two_files(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at_write(machine, monkeypatch, NAME)


def cut_after_all(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    machine.boot()


def cut_that_leaves_the_last_file_torn(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at_write(machine, monkeypatch, NAME, leaves=b"")


def cut_that_leaves_the_file_before_torn(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at_write(machine, monkeypatch, NAME_BEFORE, NAME, leaves=b"12")


def cut_that_leaves_a_draft(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    machine.hear()
    (machine.folder / f"{NAME}.draft").write_bytes(b"12")


def cut_at_write(machine: Machine, monkeypatch: pytest.MonkeyPatch, *names: str, leaves: bytes | None = None) -> None:
    """The power goes at the first write of one of these files, and leaves such a file where it is not whole."""

    def write(path: Path, content: bytes) -> None:
        if path.name not in names:
            whole_file.write_whole(path, content)
            return
        if leaves is not None:
            path.write_bytes(leaves)
        raise PowerCut

    with monkeypatch.context() as power:
        power.setattr(generation, "write_whole", write)
        with pytest.raises(PowerCut):
            machine.boot()


Cut = Callable[[Machine, pytest.MonkeyPatch], None]
CUTS: list[Cut] = [
    cut_before_it_is_sent,
    cut_before_the_answer_is_there,
    cut_before_anything_is_written,
    cut_between_the_two_files,
    cut_after_all,
    cut_that_leaves_the_last_file_torn,
    cut_that_leaves_the_file_before_torn,
    cut_that_leaves_a_draft,
]


@pytest.mark.parametrize("second", CUTS)
@pytest.mark.parametrize("first", CUTS)
@pytest.mark.parametrize("boots_before", [0, 1, 2])
def test_no_row_of_power_cuts_is_taken_for_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boots_before: int, first: Cut, second: Cut
) -> None:
    machine = Machine(tmp_path)
    for _ in range(boots_before):
        machine.boot()
    for cut in (first, second, first):
        cut(machine, monkeypatch)
    machine.boot()
    machine.boot()
    assert machine.known.lost_in_a_row == 0
