"""The table of all faults, printed after a run, and kept in docs/faults.md by `python -m tests.faults.table`.

No figure is typed by hand: docs/faults.json has what was measured, and the page is made from it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.memory_curve import FILES as CURVE_FILES
from tests.faults.results import MEASURED, Measure, Result, merged, read, write
from tests.faults.rows import TABLE

DOCS = Path(__file__).parents[2] / "docs"
KEPT, PAGE, CURVE = DOCS / "faults.json", DOCS / "faults.md", DOCS / CURVE_FILES[0]

HEAD = """\
# Faults

Whatever fails comes back by itself, within a stated time. This table is what the suite in `tests/faults` measured last. It is
written by `python -m tests.faults.table` from [faults.json](faults.json); no figure is typed by hand.

| command | what it does |
|---|---|
| `bin/test faults` | every fault, as often as the table says; then writes this page. Hours |
| `bin/test faults -k sfu --rounds 3` | some of them, three times each |
| `bin/test soak --minutes 1440` | the soak alone, for so long; half an hour without the option |
| `bin/test` | among all other tests, the cheap faults once |

The parts are real: a presenter's Chromium with a moving test picture, two kiosks on virtual screens, each in a network
namespace of its own, controller, stores and SFU. The suite needs root, for the namespaces (`ip`, `nft`, `tc`), and says so
where it has none.

How faults are made: programs by signals; links by a packet filter at either end of a machine's cable, which tells nobody; the
decoder by holding its threads (ptrace); names by a name server of the network's own (dnsmasq) that is frozen; a wrong clock by
libfaketime, for the agent and its window alone: under it Chromium's other processes proved not to be stable; a second machine
with one display's key by a copy of its disk and a boot id of its own; a hidden tab by another before it, in a Chromium that is
started as a person starts it, for where Playwright starts one no tab is ever hidden. Its window is covered besides, by the test
picture, but Chromium is not told of that here: without a window manager a page under another window stays `visible`; a page
that does not draw, and a black glass, through the page's own developer tools. Faults of the controller alone come first, without
screens.

- **Steady**: the picture, which carries the moment it was painted, advances on every display: for 2 s it never stands for
  0.6 s. This is waited for before a fault, and asserted after it.
- **The clock** starts at the end of the fault: when the port listens again, when the link is whole again. "Picture" is the
  first one on the glass that was painted after that.
- **Void** is a run in which the presenter's own screen, which no fault reaches and which is repainted every 33 ms, stood still
  for half a second, or needed more than 60 ms for one picture of twenty; or before which the wall was not steady: the machine
  was out of breath. Its figures are dropped and it is run again. "Pace" is that time for one picture of twenty, in the worst
  run that counts.
- **Missed** is what it says, with the cause where it is known. A test fails only when a picture does not come back at all.

"""

SOAKED = """
![Memory of kiosks, controller and SFU in the last soak](soak.svg)

The last soak took {minutes:.0f} minutes; the first third of them warms up and is not judged. Its figures: [soak.json](soak.json).
"""

NOT_MEASURED = "not measured"


def lines(results: Sequence[Result], measures: Sequence[Measure] = TABLE) -> Iterator[str]:
    """The table, as Markdown: measured or not, met or missed."""
    found = {(one.fault, one.what): one for one in results}
    yield "| fault | figure | expected | seen | runs | |"
    yield "|---|---|---|---|---|---|"
    said = None
    for measure in measures:
        name = measure.fault.name
        shown, seen = name if name != said else "", _seen(measure, found.get((name, measure.what)))
        yield f"| {shown} | {measure.what} | {measure.expected} | {seen} |"
        said = name


def measured(results: Sequence[Result]) -> list[Measure]:
    """The measures that have a result."""
    names = {(one.fault, one.what) for one in results}
    return [measure for measure in TABLE if (measure.fault.name, measure.what) in names]


def page(results: Sequence[Result]) -> str:
    """The whole of docs/faults.md."""
    return HEAD + "\n".join(lines(results)) + "\n" + _soaked()


def _soaked() -> str:
    if not CURVE.exists():
        return ""
    return SOAKED.format(minutes=json.loads(CURVE.read_text())["seconds"][-1] / 60)


def _seen(measure: Measure, result: Result | None) -> str:
    if result is None:
        return f"{NOT_MEASURED} | | "
    voids = f", {result.voids} void" if result.voids else ""
    pace = f", pace {result.pace_ms:.0f} ms" if result.pace_ms else ""
    when = f"{result.day}, load {result.load:.1f} on {result.cores}{pace}"
    return f"{measure.seen(result.values)} | {result.runs}{voids} ({when}) | {_verdict(measure, result)}"


def _verdict(measure: Measure, result: Result) -> str:
    if measure.is_met(result.values):
        return "met"
    return f"**MISSED**{f': {measure.cause}' if measure.cause else ''}"


def main() -> int:
    """Take the last runs' figures over, and write the page."""
    names = {(measure.fault.name, measure.what) for measure in TABLE}
    results = [one for one in merged(read(KEPT), read(MEASURED)) if (one.fault, one.what) in names]
    write(KEPT, results)
    for name in CURVE_FILES:
        if (measured_now := MEASURED.parent / name).exists():
            shutil.copy(measured_now, DOCS / name)
    PAGE.write_text(page(results))
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
