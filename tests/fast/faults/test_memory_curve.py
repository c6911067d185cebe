"""Growth is told from the last two thirds; the curve is kept as figures and as a picture."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from tests.faults.memory_curve import MemoryCurve, megabytes_of


def curve(*megabytes: float) -> MemoryCurve:
    """One program, looked at each second."""
    made = MemoryCurve()
    for second, value in enumerate(megabytes):
        made.add(second, {"kiosk-1": value})
    return made


def test_what_is_flat_after_it_warmed_up_has_not_grown() -> None:
    assert curve(100, 150, 190, 200, 200, 200, 200, 200, 200).growth_percent("kiosk-1") == 0


def test_what_grows_has_grown() -> None:
    assert curve(80, 80, 80, 100, 100, 100, 110, 110, 110).growth_percent("kiosk-1") == pytest.approx(10)


def test_one_look_is_no_growth() -> None:
    assert curve(80).growth_percent("kiosk-1") == 0


def test_the_curve_is_kept_as_figures_and_as_a_picture(tmp_path: Path) -> None:
    curve(100, 120, 110).keep(tmp_path)
    assert json.loads((tmp_path / "soak.json").read_text())["megabytes"] == {"kiosk-1": [100, 120, 110]}
    drawn = ElementTree.parse(tmp_path / "soak.svg")  # noqa: S314 - our own file
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 1


def test_memory_is_what_a_program_filled_and_not_the_files_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "library"
    file.write_bytes(bytes(32_000_000))
    before = megabytes_of([psutil.Process()])
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert sum(mapped[:: mmap.PAGESIZE]) == 0
        assert megabytes_of([psutil.Process()]) - before < 8
    with mmap.mmap(-1, 32_000_000) as filled:
        filled.write(b"1" * 32_000_000)
        assert megabytes_of([psutil.Process()]) - before > 24


def test_a_program_that_ended_uses_nothing() -> None:
    ended = psutil.Popen(["true"])
    ended.wait()
    assert megabytes_of([ended]) == 0
