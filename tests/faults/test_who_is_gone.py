"""The presenter's link is cut, then a display's own: displays know soon which of the two it is, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.namespaces import Host
from tests.faults.results import Measure
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall

CUT_S = 10


def cut_one_and_the_other(run: Run) -> None:
    """Neither end is told."""
    wall = run.wall
    cut(run, wall.presenter_host, range(len(wall.displays)), "presenter_silent", rows.PRESENTER_NAMED)
    run.keep(rows.PRESENTER_RETURNS, *wall.seconds_to_picture(monotonic_ms()))
    wall.wait_steady()
    cut(run, wall.hosts[0], [0], "network", rows.OWN_LINK_NAMED)
    wall.seconds_to_picture(monotonic_ms())


def cut(run: Run, host: Host, displays: Sequence[int], cause: str, named: Measure) -> None:
    """Cut a machine's link for a while; keep when displays named it, and whether they named something else first."""
    wall, broken_ms = run.wall, monotonic_ms()
    before = [len(wall.troubles(index)) for index in displays]
    host.cut()
    try:
        for index, count in zip(displays, before, strict=True):
            first = wait_until(partial(first_trouble, wall, index, count), "a name for it")
            run.keep(named, (monotonic_ms() - broken_ms) / 1000)
            print(f"{host.name} was cut: {first}")
            run.keep(rows.GONE_NAMED_WRONG, float(first != cause))
        wall.look_on(CUT_S - (monotonic_ms() - broken_ms) / 1000)
    finally:
        host.mend()


def first_trouble(wall: Wall, index: int, count: int) -> str | None:
    """What a display called its next trouble after so many; None: nothing yet."""
    later = wall.troubles(index)[count:]
    return later[0] if later else None


def test_displays_know_whether_the_presenter_or_their_own_link_is_gone(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.WHO_IS_GONE, wall, cut_one_and_the_other)
