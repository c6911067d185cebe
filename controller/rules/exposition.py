"""Prometheus's text format: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Sample:
    """One value, and what tells it from others of its name."""

    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Gauge:
    """A quantity that rises and falls. The name carries the unit."""

    name: str
    help: str
    samples: tuple[Sample, ...]


def gauge(name: str, help_text: str, value: float) -> Gauge:
    """A gauge with one value."""
    return Gauge(name, help_text, (Sample(value, {}),))


def exposition(gauges: Iterable[Gauge]) -> str:
    """All of them, one value a line."""
    return "".join(f"{line}\n" for one in gauges for line in _lines(one))


def _lines(one: Gauge) -> Iterator[str]:
    yield f"# HELP {one.name} {one.help}"
    yield f"# TYPE {one.name} gauge"
    for sample in one.samples:
        labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in sample.labels.items())
        yield f"{one.name}{{{labels}}} {sample.value:.15g}" if labels else f"{one.name} {sample.value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
