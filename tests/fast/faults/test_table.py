"""docs/faults.md is what docs/faults.json makes of the promises; met, missed and not measured are told apart."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.results import Fault, Measure, Result, merged, read
from tests.faults.rows import TABLE
from tests.faults.table import KEPT, PAGE, lines, page

FAULT = Fault("lightning", times=3)
BACK = Measure(FAULT, "picture", "s", {"median": 1.2, "p95": 2.0})
REJOINS = Measure(FAULT, "rejoins", "", {"total": 0}, cause="the roof leaks")
SEEN = Result("lightning", "picture", [0.5, 1.0, 1.5], runs=3, voids=1, pace_ms=40, load=0.5, cores=2, day="2026-01-16")


def test_the_page_holds_no_figure_that_was_not_measured() -> None:
    assert PAGE.read_text() == page(read(KEPT))


def test_each_promise_stands_in_the_table_once() -> None:
    names = [(measure.fault.name, measure.what) for measure in TABLE]
    assert len(names) == len(set(names))
    assert {(one.fault, one.what) for one in read(KEPT)} <= set(names)


def test_a_figure_within_all_its_limits_is_met() -> None:
    row = list(lines([SEEN], [BACK]))[2]
    assert (
        "| median <= 1.2 s, p95 <= 2 s | median 1 s, p95 1.5 s | 3, 1 void (2026-01-16, load 0.5 on 2, pace 40 ms) | met |" in row
    )


def test_a_figure_beyond_one_limit_is_missed() -> None:
    assert "**MISSED**" in list(lines([replace(SEEN, values=[0.5, 1.0, 2.5])], [BACK]))[2]


def test_a_missed_figure_tells_its_cause() -> None:
    rejoins = replace(SEEN, what="rejoins", values=[0, 1, 0])
    assert list(lines([rejoins], [REJOINS]))[2].endswith(
        "| total 1 | 3, 1 void (2026-01-16, load 0.5 on 2, pace 40 ms) | **MISSED**: the roof leaks |"
    )
    assert list(lines([replace(rejoins, values=[0])], [REJOINS]))[2].endswith("| met |")


def test_what_was_not_measured_says_so_and_a_fault_is_named_once() -> None:
    rows = list(lines([], [BACK, REJOINS]))
    assert "not measured" in rows[2]
    assert rows[3].startswith("|  | rejoins |")


def test_a_new_figure_takes_the_place_of_the_old_one() -> None:
    other, newer = replace(SEEN, what="rejoins"), replace(SEEN, values=[9.0])
    assert merged([SEEN, other], [newer]) == [newer, other]
