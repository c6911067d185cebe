"""Which moment a sample belongs to, when the wall clock cannot be trusted blindly.

The ledger has a time of its own. It follows the wall clock while that goes as fast as the machine's uptime does. Where the wall
clock jumps, the ledger's time goes on by the uptime, and follows only when that jump has stood for five minutes: a clock that is
wrong for a moment, or wrong in one way after another, moves no byte to another day, and one that was set right is followed. A
boot may lead to any later moment.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from controller.rules.bandwidth_ledger import Sample, elapsed_s

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this program was written: a machine whose clock forgot the date."""

STEP_S = 2.0
"""Set right by so much, a clock is followed at once."""

DRIFT = 0.001
"""A clock that gains or loses more than this is set, not drifting."""

BELIEVED_AFTER_S = 300.0


def in_ledger_time(previous: Sample | None, current: Sample) -> Sample:
    """The sample with its moment in the ledger's time."""
    if previous is None:
        return replace(current, at=max(current.at, EARLIEST), doubted_s=0.0, ahead_s=0.0)
    passed_s = elapsed_s(previous, current)
    ahead_s = (current.at - previous.at).total_seconds() - passed_s
    if _agrees(previous, current, passed_s):
        return replace(current, at=max(current.at, previous.at), doubted_s=0.0, ahead_s=0.0)
    is_as_before = abs(ahead_s - previous.ahead_s) <= _tolerance_s(passed_s)
    doubted_s = passed_s + (previous.doubted_s if is_as_before else 0.0)
    if doubted_s >= BELIEVED_AFTER_S and current.at >= EARLIEST:
        return replace(current, doubted_s=0.0, ahead_s=0.0)
    return replace(current, at=previous.at + timedelta(seconds=passed_s), doubted_s=doubted_s, ahead_s=ahead_s)


def beginning_of(previous: Sample, current: Sample) -> datetime:
    """When what passed between two samples began to pass; both in the ledger's time."""
    passed_s = elapsed_s(previous, current)
    begun = current.at - timedelta(seconds=passed_s)
    is_next = abs((begun - previous.at).total_seconds()) <= _tolerance_s(passed_s)
    return previous.at if is_next and previous.at <= current.at else begun


def _agrees(previous: Sample, current: Sample, passed_s: float) -> bool:
    ahead_s = (current.at - previous.at).total_seconds() - passed_s
    is_same_boot = previous.boot_id == current.boot_id
    return ahead_s >= -_tolerance_s(passed_s) and (not is_same_boot or ahead_s <= _tolerance_s(passed_s))


def _tolerance_s(passed_s: float) -> float:
    return STEP_S + DRIFT * passed_s
