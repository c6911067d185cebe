"""Growth is told from the last two thirds; the curve is kept as figures and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.faults.memory_curve import MemoryCurve


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
