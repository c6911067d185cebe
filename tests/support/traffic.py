"""Traffic in the ledger, for pages that draw it."""

from __future__ import annotations

from datetime import timedelta

from controller.parts import Parts, utc_now
from tests.support.samples import Monitor, sample


def afternoon(parts: Parts) -> None:
    """Two hours of a wall that shows, until now; the last sample is fresh."""
    now, monitor = utc_now(), Monitor(parts)
    for minutes in range(120, -1, -1):
        passed = 120 - minutes
        megabytes = 100 * passed + (passed % 7) * 12
        at = now - timedelta(minutes=minutes)
        monitor.add(sample(megabytes * 120_000, megabytes * 1_000_000, at, uptime_s=1_000.0 + 60 * passed))
