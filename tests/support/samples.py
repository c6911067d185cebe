"""Samples of a card as a test wants it, and a ledger they are added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from controller.parts import Parts
from controller.rules.bandwidth_ledger import CounterReading, Sample
from controller.rules.ledger_minutes import Booking
from controller.services import keys
from controller.services.stewardship import Stewardship
from tests.support.controller_app import MORNING

CARD = "52:54:00:00:00:01"


def reading(received: int, sent: int, **changes: Any) -> CounterReading:
    """Of eth0, unless it is said otherwise."""
    facts: dict[str, Any] = {"interface": "eth0", "address": CARD, "index": 2, **changes}
    return CounterReading(received_bytes=received, sent_bytes=sent, **facts)


def sample(received: int, sent: int, at: datetime = MORNING, *, boot: str = "boot-1", **changes: Any) -> Sample:
    """Of one card, on a machine that booted at nine o'clock less a thousand seconds, unless it is said otherwise."""
    uptime_s = changes.pop("uptime_s", 1_000.0 + (at - MORNING).total_seconds())
    return Sample(boot, uptime_s, at, (reading(received, sent, **changes),))


class Monitor:
    """A bandwidth monitor in office, which adds what it is told."""

    def __init__(self, parts: Parts) -> None:
        self._ledger = parts.ledger
        self._office = Stewardship(parts.stores.state, office=keys.BANDWIDTH_MONITOR)

    def add(self, *samples: Sample) -> Booking | None:
        """Book the samples."""
        assert self._office.enter(), "another monitor is in office"
        return self._ledger.add(samples, term=self._office.require())
