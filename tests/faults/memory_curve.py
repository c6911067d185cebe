"""How much memory the programs use over time, and whether it grows."""

from __future__ import annotations

import contextlib
import json
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FILES = ("soak.json", "soak.svg")

OWN_MEMORY = re.compile(r"^Pss_(?:Anon|Shmem): +(\d+) kB$", re.MULTILINE)

WIDTH, HEIGHT, MARGIN = 640, 200, 24
COLOURS = ("#2563a8", "#c2571a", "#2f7d4f", "#8a3d8f", "#6b6b1f", "#444444")


@dataclass
class MemoryCurve:
    """Megabytes of each program, at each look."""

    seconds: list[float] = field(default_factory=list)
    megabytes: dict[str, list[float]] = field(default_factory=dict)

    def add(self, second: float, megabytes: dict[str, float]) -> None:
        """One more look."""
        self.seconds.append(second)
        for name, value in megabytes.items():
            self.megabytes.setdefault(name, []).append(value)

    def growth_percent(self, name: str) -> float:
        """By how much the median of the last third is above that of the third before; the first third warms up."""
        values = self.megabytes[name]
        third = max(1, len(values) // 3)
        return 100 * (statistics.median(values[-third:]) / statistics.median(values[-2 * third : -third] or values) - 1)

    def keep(self, folder: Path) -> None:
        """Write it as figures and as a picture."""
        folder.mkdir(parents=True, exist_ok=True)
        rounded = {name: [round(value, 1) for value in values] for name, values in self.megabytes.items()}
        contents = (
            json.dumps({"seconds": [round(second) for second in self.seconds], "megabytes": rounded}) + "\n",
            self.picture(),
        )
        for name, content in zip(FILES, contents, strict=True):
            (folder / name).write_text(content)

    def picture(self) -> str:
        """A small drawing: one line for each program, from zero to the highest."""
        top = max(max(values) for values in self.megabytes.values())
        drawn = [self._drawn(index, name, values, top) for index, (name, values) in enumerate(self.megabytes.items())]
        frame = f'<text x="{MARGIN}" y="16">memory, 0 to {top:.0f} MB, over {self.seconds[-1] / 60:.0f} minutes</text>'
        style = 'font-family="sans-serif" font-size="11"'
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{frame}\n' + "\n".join(drawn) + "\n</svg>\n"

    def _drawn(self, index: int, name: str, values: list[float], top: float) -> str:
        colour, last = COLOURS[index % len(COLOURS)], max(self.seconds[-1], 1)
        places = " ".join(
            f"{MARGIN + second / last * (WIDTH - 150):.1f},{HEIGHT - MARGIN - value / top * (HEIGHT - 3 * MARGIN):.1f}"
            for second, value in zip(self.seconds, values, strict=True)
        )
        end = places.rpartition(",")[2]
        label = f'<text x="{WIDTH - 120}" y="{end}" fill="{colour}">{name} {values[-1]:.0f} MB</text>'
        return f'<polyline fill="none" stroke="{colour}" points="{places}"/>{label}'


def megabytes_of(processes: Iterable[psutil.Process]) -> float:
    """What these use beside the files they are mapped from; what several of them share is shared out among them.

    Of a file's pages each program is given its part by who else has it mapped: another browser that ends elsewhere on the
    machine lets all of this kind "grow" by a quarter.
    """
    used_kib = 0
    for process in processes:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            used_kib += sum(map(int, OWN_MEMORY.findall(rollup)))
    return used_kib * 1024 / 1e6


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]
