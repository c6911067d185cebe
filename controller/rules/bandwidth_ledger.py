"""Two samples of network cards' counters -> the bytes between them.

Counters decide how many bytes there were, and clocks only when. The first sample ever counts nothing: it marks where counting
begins. A counter that fell was reset, so what it shows was counted since; so was everything after a reboot. A card that was not
there before is counted from now on. How long nobody looked does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

WRAPS_AT = 2**32
"""Where a 32-bit counter begins anew; a 64-bit one lasts 468 years at 10 Gbit/s."""

MARGIN = 1.05
"""So many times a link's speed may seem to pass: speeds are nominal, and moments are read a little apart from the counters."""

REFRESHED_LATE_S = 2.0
"""Some cards bring their counters up to date only every other second, so that much more may show at once."""


@dataclass(frozen=True)
class CounterReading:
    """A card's counters, in bytes since they were last reset."""

    interface: str
    address: str
    """Its hardware address; empty where it has none."""
    index: int
    """The kernel's number for it: another one means that it was made anew."""
    received_bytes: int
    sent_bytes: int
    bits_per_s: int | None = None
    """Of its link; None where it is virtual or does not tell."""
    may_wrap: bool = False
    """Whether its counters may have 32 bits."""
    is_of_container: bool = False
    """Whether it leads into another network of this machine, as a container's does: what the machine sends passes it not."""

    @property
    def identity(self) -> str:
        """What it is known by, whatever it is called."""
        return self.address or self.interface


@dataclass(frozen=True)
class Sample:
    """All the cards that count, at one moment."""

    boot_id: str
    uptime_s: float
    """Since the machine booted, suspended time included."""
    at: datetime
    """By the wall clock when it is read, by the ledger's time once it is booked."""
    cards: tuple[CounterReading, ...]
    leaving: tuple[CounterReading, ...] = ()
    """Cards that counted until now and are read for the last time."""
    doubted_s: float = 0.0
    """How long the wall clock has disagreed with the ledger's time, always by as much."""
    ahead_s: float = 0.0
    """How far ahead of it the wall clock was then; negative when behind."""


@dataclass(frozen=True)
class Traffic:
    """Bytes that passed."""

    received_bytes: int = 0
    sent_bytes: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.received_bytes + other.received_bytes, self.sent_bytes + other.sent_bytes)

    def __sub__(self, other: Traffic) -> Traffic:
        return Traffic(self.received_bytes - other.received_bytes, self.sent_bytes - other.sent_bytes)


@dataclass(frozen=True)
class Counted:
    """The bytes between two samples, and what was noticed."""

    traffic: Traffic
    remarks: tuple[str, ...] = ()


def traffic_between(previous: Sample, current: Sample) -> Counted:
    """The bytes that passed between two samples, of which `current` is the later."""
    total = Traffic()
    remarks: list[str] = []
    for card, is_leaving in _cards(current):
        before = _as_it_was(card, previous)
        if before is not None:
            counted = _counted(before, card, previous, current)
            total += counted.traffic
            remarks += counted.remarks
        elif not is_leaving:
            remarks.append(f"counted from now on interface={card.interface}")
    return Counted(total, tuple(remarks))


def elapsed_s(previous: Sample, current: Sample) -> float:
    """Seconds in which what is counted between them passed: since the boot where there was one."""
    return current.uptime_s - previous.uptime_s if current.boot_id == previous.boot_id else current.uptime_s


def _cards(sample: Sample) -> Iterator[tuple[CounterReading, bool]]:
    yield from ((card, False) for card in sample.cards)
    yield from ((card, True) for card in sample.leaving)


def _as_it_was(card: CounterReading, previous: Sample) -> CounterReading | None:
    """The same card before. A network within a network has its card's address and another name."""
    alike = [before for before in previous.cards if before.identity == card.identity]
    named = [before for before in alike if before.interface == card.interface]
    return next(iter(named or alike), None)


def _counted(before: CounterReading, card: CounterReading, previous: Sample, current: Sample) -> Counted:
    whole = Traffic(card.received_bytes, card.sent_bytes)
    most_bytes = _most_bytes(before, card, elapsed_s(previous, current))
    if previous.boot_id != current.boot_id:
        return _bounded(whole, most_bytes, card, f"the machine booted interface={card.interface}")
    if before.index != card.index and before.interface != card.interface:
        return Counted(Traffic(), (f"counted from now on interface={card.interface}",))
    if before.index != card.index:
        return _bounded(whole, most_bytes, card, f"the card was made anew interface={card.interface}")
    since = _since(before, card, most_bytes)
    if since is None:
        return _bounded(whole, most_bytes, card, f"the counters were reset interface={card.interface}")
    is_renamed = before.interface != card.interface
    remark = f"the card has another name interface={card.interface} was={before.interface}" if is_renamed else None
    return _bounded(since, most_bytes, card, remark)


def _since(before: CounterReading, card: CounterReading, most_bytes: float | None) -> Traffic | None:
    """What both counters grew by; None when they were reset."""
    received = _growth(before.received_bytes, card.received_bytes, before, most_bytes)
    sent = _growth(before.sent_bytes, card.sent_bytes, before, most_bytes)
    return None if received is None or sent is None else Traffic(received, sent)


def _growth(before_bytes: int, now_bytes: int, before: CounterReading, most_bytes: float | None) -> int | None:
    if now_bytes >= before_bytes:
        return now_bytes - before_bytes
    wrapped = now_bytes + WRAPS_AT - before_bytes
    can_have_wrapped = before.may_wrap and before_bytes < WRAPS_AT and most_bytes is not None and wrapped <= most_bytes
    return wrapped if can_have_wrapped else None


def _most_bytes(before: CounterReading, card: CounterReading, seconds: float) -> float | None:
    """What the link can carry one way; None where nobody knows."""
    if before.bits_per_s is None or card.bits_per_s is None:
        return None
    return max(before.bits_per_s, card.bits_per_s) / 8 * (seconds + REFRESHED_LATE_S) * MARGIN


def _bounded(traffic: Traffic, most_bytes: float | None, card: CounterReading, remark: str | None) -> Counted:
    """What can have passed. More than the link carries is a card that tells nonsense: counted up to that, and said."""
    remarks = (remark,) if remark else ()
    if most_bytes is None or max(traffic.received_bytes, traffic.sent_bytes) <= most_bytes:
        return Counted(traffic, remarks)
    most = int(most_bytes)
    nonsense = (
        f"more than the link carries, counted up to that interface={card.interface} most_bytes={most} "
        f"received_bytes={traffic.received_bytes} sent_bytes={traffic.sent_bytes}"
    )
    return Counted(Traffic(min(most, traffic.received_bytes), min(most, traffic.sent_bytes)), (*remarks, nonsense))
