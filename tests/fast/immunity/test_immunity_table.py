"""How the immunity lab's figures are held against what is promised, and shown."""

from __future__ import annotations

from pathlib import Path

from tests.immunity.cells import CELLS, SMOKE, Cell, carries, loses
from tests.immunity.table import KEPT, PAGE, Row, lines, merged, page, read, row, verdict, write

GUARDED = Cell(carries(2_000), "normal", is_guarded=True)
BARE = Cell(carries(2_000), "normal", is_guarded=False)
GOOD = {"sent_mbps": 3.6, "sent_fps": 10.5, "missing": 0.004, "step_s": 3.2, "oldest_s": 4.1, "changes": 1.0}


def verdict_of(cell: Cell = GUARDED, **changes: float) -> str:
    return verdict(cell, row(cell, "1 + 2", GOOD | changes))


def test_a_cell_within_all_bounds_is_met() -> None:
    assert verdict_of() == "met"


def test_what_is_beyond_its_bound_is_named() -> None:
    assert verdict_of(missing=0.02) == "**MISSED**: frames missing"
    assert verdict_of(sent_mbps=3.2).startswith("**MISSED**: presenter, Mbit/s")
    assert "oldest picture" in verdict_of(oldest_s=float("inf"))


def test_a_thinner_link_may_have_an_older_picture() -> None:
    thin = Cell(carries(300, oldest_s=12), "normal", is_guarded=True)
    assert verdict_of(thin, oldest_s=9.0) == "met"
    assert "oldest picture" in verdict_of(oldest_s=9.0)


def test_without_the_guard_nothing_is_promised() -> None:
    assert verdict_of(BARE, oldest_s=float("inf")) == "baseline"


def test_cells_have_keys_of_their_own_and_the_smoke_ones_are_among_them() -> None:
    keys = [cell.key for cell in CELLS]
    assert len(set(keys)) == len(keys) == 38
    assert [cell.key for cell in SMOKE] == [
        "10loss-normal-bare",
        "10loss-normal-guard",
        "2Mbit-normal-bare",
        "2Mbit-normal-guard",
    ]
    assert not loses(2).needs_step


def test_the_table_says_what_was_not_measured_and_what_is_void() -> None:
    shown = list(
        lines([row(GUARDED, "2 + 3", GOOD), row(BARE, "2 + 3", void="the presenter sent 3.0 Mbit/s")], [GUARDED, BARE, SMOKE[0]])
    )
    assert shown[2].startswith("| 2 Mbit/s on the normal displays | on | 3.6 | 10.5 |")
    assert "| met (2 + 3, " in shown[2]
    assert "| void: the presenter sent 3.0 Mbit/s (2 + 3, " in shown[3]
    assert shown[4].endswith("| not measured |")
    assert {line.count("|") for line in shown} == {shown[0].count("|")}


def test_a_void_run_takes_the_place_of_no_figure() -> None:
    good, void = row(GUARDED, "2 + 3", GOOD), row(GUARDED, "2 + 3", void="busy")
    assert merged([good], [void]) == [good]
    assert merged([void], [good]) == [good]


def test_rows_are_kept_in_a_file(tmp_path: Path) -> None:
    kept = [Row(GUARDED.key, "2 + 3", {"oldest_s": float("inf")})]
    write(tmp_path / "rows.json", kept)
    assert read(tmp_path / "rows.json") == kept
    assert read(tmp_path / "none.json") == []


def test_the_page_is_what_its_figures_make_it() -> None:
    assert PAGE.read_text() == page(read(KEPT))
