"""Every cell of the lab: what is wrong with whose link hurts nobody else, and whose link it is has what that carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.immunity.cells import CELLS, SMOKE, Cell
from tests.immunity.wall_in_motion import WallInMotion

CarryOut = Callable[..., dict[str, float]]
MakeWall = Callable[[int, int], WallInMotion]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.key)
def test_a_bad_link_is_its_own_display_s_alone(
    request: pytest.FixtureRequest, make_wall: MakeWall, carry_out: CarryOut, cell: Cell
) -> None:
    wall = make_wall(request.config.getoption("--protected"), request.config.getoption("--normal"))
    carry_out(wall, cell, sees_healing=True)


@pytest.mark.smoke
@pytest.mark.parametrize("cell", SMOKE, ids=lambda cell: f"smoke-{cell.key}")
def test_some_of_them_on_a_small_wall(make_wall: MakeWall, carry_out: CarryOut, cell: Cell) -> None:
    seen = carry_out(make_wall(1, 2), cell, sees_healing=False)
    assert seen.get("step_s") != float("inf"), "every impaired display takes a step"
    assert seen.get("alarm_s") != float("inf"), "every one that may take none has its alarm"
