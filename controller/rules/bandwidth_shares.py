"""What each display takes of what the card sends.

Displays count the picture's payload; the card also counts headers, retransmission and everything else. So the payload only says
how to share out the card's figure, and what it does not explain is named as the rest: control traffic, retransmission, other
services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OVERHEAD = 1.06
"""Of a video packet's payload: 12 bytes RTP, 10 of its seal, 28 UDP and IP, 14 Ethernet, to some 1,100 (see
docs/architecture.md)."""


@dataclass(frozen=True)
class Shares:
    """Parts of one figure: they add up to it, unless the displays say they got more than the card sent."""

    of_displays: dict[str, int]
    rest: int


def share_out(total: int, payloads: Mapping[str, int]) -> Shares:
    """Each display's part of `total`, by the payload that it counted, with a packet's headers."""
    wanted = {display_id: round(payload * OVERHEAD) for display_id, payload in payloads.items()}
    claimed = sum(wanted.values())
    if claimed > total:
        wanted = {display_id: part * total // claimed for display_id, part in wanted.items()}
    return Shares(wanted, total - sum(wanted.values()))


def drift_percent(total: int, payloads: Mapping[str, int]) -> float | None:
    """By how much what the displays count differs from what the card sent; positive where the card sent more. None: nothing
    sent."""
    claimed = sum(payloads.values()) * OVERHEAD
    return None if total <= 0 else 100 * (total - claimed) / total
