"""The table of the immunity lab, printed after a run, and kept in docs/immunity.md by `python -m tests.immunity.table`.

No figure is typed by hand: docs/immunity.json has what was measured, and the page is made from it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.immunity.cells import CELLS, Cell
from tests.support.lab import OUTPUT

MEASURED = OUTPUT / "immunity.json"
DOCS = Path(__file__).parents[2] / "docs"
KEPT, PAGE = DOCS / "immunity.json", DOCS / "immunity.md"

HEAD = """\
# Immunity

A bad link hurts nobody but its own display, and that one as little as it can. This table is what the lab in `tests/immunity`
measured last. It is written by `python -m tests.immunity.table` from [immunity.json](immunity.json); no figure is typed by hand.

| command | what it does |
|---|---|
| `bin/test immunity` | every cell; then writes this page. An hour |
| `bin/test immunity -k "2Mbit-normal"` | some of them, by their keys; `--collect-only` names all |
| `bin/test immunity --protected 1 --normal 2` | on a smaller wall, where the machine carries no more |
| `bin/test immunity -m smoke` | two of them, without the guard and with it, on a small wall; part of `bin/test` |

The parts are real: a presenter's Chromium that captures a screen in motion, controller, stores, SFU, and for each display its
agent and its page in a small headless browser. Each has a network namespace of its own; loss is made by a packet filter, each
way, and a thin link by a token bucket with a queue of 200 ms. A wall of `2 + 3` has two protected displays and three normal ones;
impaired, for half a minute, are all normal ones, or one protected one, or these together, or one normal one. A storm comes from
a page that spoils every frame before its decoder; a display that lies says that it loses 40 % whatever comes.

- **Guard off**: the same displays as protected ones. Then they take no step and lower nobody; what is left is the emergency
  picture.
- **Frames missing**: of those that the presenter encoded, on the unimpaired protected display that misses most, from when the
  trouble begins until all is healed: by how much the line through all seconds, decoded against encoded, is too flat. What was
  under way at either end is not missing.
- **Key frames**: of a whole minute, or of the shorter while until all is healed.
- **Presenter**: the median second by its encoder's own counters. Where that is less than 3.5 Mbit/s or 10 frames a second,
  though the guard let it send all, the machine had no computer left for it: the cell is **void**, and no other figure is kept.
- **Pictures a second** and the **oldest picture** are those of the impaired display that has least, once the displays had
  reacted, a protected one with its emergency picture; the age is read from the pixels each second.
- **Missed** is what it says. A test fails only on what no load can cause: a protected display that is lowered, one weak display
  that lowers the others, or limits below the floor.

Expected are at most 2 key frames more, 1 % missing, nobody healthy lowered, alarm and step within 5 s, everything again within
30 s, 2 changes, and a picture that is at most 5 s old, 12 at 300 kbit/s, 7 on a protected display, whose emergency picture comes
5 s after its last frame. What is known of those missed:

- **Key frames**: a display asks for them until it is put on stills or held back, once more with each try of a held one, and once
  when it has all again. The SFU lets two requests a second through, so that whoever joins right after another waits half a second
  at most.
- **Oldest picture** and **step** where much is lost or little is carried: word and still come by TCP, which says what was lost
  again after 0.2, 0.4, 0.8 s, each way; 20 % each way spoils a third of these exchanges.
- **All again**: twenty beats without one missing, and three stills in a row, show that a link healed; where the trouble comes
  and goes they take longer.

"""


@dataclass(frozen=True)
class Column:
    """A figure of a cell."""

    name: str
    title: str
    unit: str = ""
    at_most: float | None = None
    """None: nobody promised one, or the cell says."""
    at_least: float | None = None

    def shown(self, value: float | None) -> str:
        """A value as the table has it."""
        if value is None:
            return ""
        return "never" if value == float("inf") else f"{value:.3g}{self.unit}"


COLUMNS = (
    Column("sent_mbps", "presenter, Mbit/s", at_least=3.5),
    Column("sent_fps", "presenter, frames/s", at_least=10),
    Column("more_key_frames", "key frames a minute, more than before", at_most=2),
    Column("missing", "frames missing", at_most=0.01),
    Column("clean_fps", "unimpaired, frames/s", at_least=10),
    Column("healthy_lowered", "healthy displays lowered", at_most=0),
    Column("alarm_s", "alarm after", " s", at_most=5),
    Column("step_s", "step after", " s", at_most=5),
    Column("ill_fps", "impaired, pictures/s"),
    Column("oldest_s", "oldest picture", " s"),
    Column("back_s", "all again after healing", " s", at_most=30),
    Column("changes", "changes in a minute", at_most=2),
)

CAUSES: dict[str, str] = {}
"""Of missed figures, by column, where they are known."""


@dataclass(frozen=True)
class Row:
    """What a cell came to when it was measured last."""

    key: str
    makeup: str
    values: dict[str, float] = field(default_factory=dict)
    void: str = ""
    """Why it tells nothing."""
    day: str = ""
    load: float = 0.0
    cores: int = 0


def page(rows: Sequence[Row]) -> str:
    """The whole of docs/immunity.md."""
    return HEAD + "\n".join(lines(rows)) + "\n"


def row(cell: Cell, makeup: str, values: dict[str, float] | None = None, *, void: str = "") -> Row:
    """What a cell came to just now."""
    day, load = time.strftime("%Y-%m-%d"), round(os.getloadavg()[0], 1)
    return Row(cell.key, makeup, values or {}, void, day, load, os.cpu_count() or 1)


def lines(rows: Sequence[Row], cells: Iterable[Cell] = CELLS) -> Iterator[str]:
    """The table, as Markdown."""
    found = {row.key: row for row in rows}
    titles = [column.title for column in COLUMNS]
    yield f"| impaired | guard | {' | '.join(titles)} | |"
    yield f"|---|---|{'---|' * (len(titles) + 1)}"
    for cell in cells:
        row = found.get(cell.key)
        begin = f"| {cell.name} | {'on' if cell.is_guarded else 'off'} |"
        if row is None or row.void:
            why = f"void: {row.void} ({_when(row)})" if row is not None else "not measured"
            yield f"{begin}{' |' * len(titles)} {why} |"
        else:
            shown = " | ".join(column.shown(row.values.get(column.name)) for column in COLUMNS)
            yield f"{begin} {shown} | {verdict(cell, row)} ({_when(row)}) |"


def verdict(cell: Cell, row: Row) -> str:
    """What was missed of it. Without the guard nothing is promised."""
    if not cell.is_guarded:
        return "baseline"
    missed = [column for column in COLUMNS if is_missed(column, row.values.get(column.name), cell)]
    return f"**MISSED**: {'; '.join(map(_with_cause, missed))}" if missed else "met"


def is_missed(column: Column, value: float | None, cell: Cell) -> bool:
    """Whether a value is beyond what was promised."""
    if value is None:
        return False
    at_most = cell.oldest_s if column.name == "oldest_s" else column.at_most
    return (at_most is not None and value > at_most) or (column.at_least is not None and value < column.at_least)


def merged(kept: Iterable[Row], measured: Iterable[Row]) -> list[Row]:
    """What is kept, with what was measured in place of what it measured again; a void run replaces only another."""
    rows = {row.key: row for row in kept}
    for row in measured:
        if not row.void or row.key not in rows or rows[row.key].void:
            rows[row.key] = row
    return list(rows.values())


def read(path: Path) -> list[Row]:
    """The rows in a file; none where there is none."""
    return [Row(**fact) for fact in json.loads(path.read_text())] if path.exists() else []


def write(path: Path, rows: Iterable[Row]) -> None:
    """Keep rows in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _with_cause(column: Column) -> str:
    cause = CAUSES.get(column.name)
    return f"{column.title} ({cause})" if cause else column.title


def _when(row: Row) -> str:
    return f"{row.makeup}, {row.day}, load {row.load:.1f} on {row.cores}"


def main() -> int:
    """Take the last runs' figures over, and write the page."""
    keys = {cell.key for cell in CELLS}
    rows = [row for row in merged(read(KEPT), read(MEASURED)) if row.key in keys]
    write(KEPT, rows)
    PAGE.write_text(page(rows))
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
