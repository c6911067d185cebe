"""Two readings of a network card's counters -> the bytes between them.

A counter that fell was reset, by a reboot or by the interface coming up anew: what it shows now was counted since, so it is taken
whole. The first reading ever counts nothing: it only marks where counting begins.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CounterReading:
    """A card's counters, in bytes since they were last reset."""

    interface: str
    boot_id: str
    received_bytes: int
    sent_bytes: int


@dataclass(frozen=True)
class Traffic:
    """Bytes that passed between two readings."""

    received_bytes: int
    sent_bytes: int


def traffic_between(previous: CounterReading | None, current: CounterReading) -> Traffic:
    """The bytes between two readings; none before the first one, and none when another interface is counted from now on."""
    if previous is None or previous.interface != current.interface:
        return Traffic(0, 0)
    if previous.boot_id != current.boot_id:
        return Traffic(current.received_bytes, current.sent_bytes)
    return Traffic(
        _since(previous.received_bytes, current.received_bytes),
        _since(previous.sent_bytes, current.sent_bytes),
    )


def _since(previous_bytes: int, current_bytes: int) -> int:
    return current_bytes - previous_bytes if current_bytes >= previous_bytes else current_bytes
