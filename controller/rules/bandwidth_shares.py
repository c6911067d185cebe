"""What each display takes of what the card sends.

Displays count the picture's payload; the card also counts headers, retransmission and everything else. So what a display
claims only says how to share out the card's figure, and what nobody claims is named as the rest: control traffic,
retransmission, other services."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Receiver = TypeVar("Receiver", bound=Hashable)

BELOW_RTP_BYTES = 58
"""Of a packet, around what RTP counts of it: 16 of its seal (AES-GCM, which Chromium and LiveKit agree on), 8 UDP, 20 IPv4,
14 Ethernet. So counted on a card: 1239.4 bytes where RTP counted 1181.3."""

OVER_TCP = 1 + 66 / 1448
"""What the card sends for a byte over TCP: of each full packet 32 are TCP's, with its timestamps, 20 IPv4, 14 Ethernet."""

MINUTE, _TICK = timedelta(minutes=1), timedelta(microseconds=1)

FASTEST_BYTES_PER_S = 2_000_000
"""Four times the ceiling of a picture: what a display claims beyond it is none of ours, and would take the others' parts."""

SAME_TRACK = timedelta(seconds=3)
"""Two reports whose tracks began closer together speak of one: a report may be under way for so long."""


@dataclass(frozen=True)
class Seen:
    """What a display said of the track it receives."""

    at: datetime
    track_began_at: datetime
    sent_bytes: int
    """What the card sent for it, since the track came."""


def on_card(rtp_bytes: int, packets: int) -> int:
    """What the card sends for so many packets, of which RTP counts so many bytes."""
    return rtp_bytes + BELOW_RTP_BYTES * packets


def on_card_over_tcp(body_bytes: int) -> int:
    """What the card sends for so many bytes over HTTP; requests, heads of answers and seals are too little to count."""
    return round(OVER_TCP * body_bytes)


def counted(
    before: Seen | None, reports: Sequence[Seen], fastest_bytes_per_s: float = math.inf
) -> Iterator[tuple[datetime, int]]:
    """In which minute how many bytes came, by the reports after `before`, oldest first, and no more than may have come.

    The first ever counts nothing: it marks where counting begins.
    """
    for report in reports:
        if before is not None and report.at <= before.at:
            continue
        if before is not None:
            most = fastest_bytes_per_s * max(1.0, (report.at - before.at).total_seconds())
            yield from _came(before, report, most)
        before = report


def _came(before: Seen, after: Seen, most: float) -> Iterator[tuple[datetime, int]]:
    if _is_same_track(before, after):
        return _by_minute(before.at, after.at, int(min(most, after.sent_bytes - before.sent_bytes)))
    return _by_minute(max(before.at, after.track_began_at), after.at, int(min(most, after.sent_bytes)))


def _by_minute(begins: datetime, ends: datetime, total: int) -> Iterator[tuple[datetime, int]]:
    """What passed evenly, in the minutes in which it did; the parts add up."""
    minute, passed = begins.replace(second=0, microsecond=0), 0
    while minute + MINUTE < ends:
        until = total * ((minute + MINUTE - begins) // _TICK) // ((ends - begins) // _TICK)
        yield minute, until - passed
        minute, passed = minute + MINUTE, until
    yield minute, total - passed


def _is_same_track(before: Seen, after: Seen) -> bool:
    return abs(after.track_began_at - before.track_began_at) < SAME_TRACK and after.sent_bytes >= before.sent_bytes


@dataclass(frozen=True)
class Shares(Generic[Receiver]):
    """Parts of one figure, which they add up to."""

    of_displays: dict[Receiver, int]
    rest: int


def share_out(total: int, claims: Mapping[Receiver, int]) -> Shares[Receiver]:
    """Each display's part of `total`: what it claims, or less where all together claim more than that."""
    parts, claimed = dict(claims), sum(claims.values())
    if claimed > total:
        parts = {receiver: claim * total // claimed for receiver, claim in claims.items()}
    return Shares(parts, total - sum(parts.values()))


def drift_percent(total: int, claimed: int) -> float | None:
    """By how much what is claimed differs from what the card sent; positive where the card sent more. None: nothing sent."""
    return None if total <= 0 else 100 * (total - claimed) / total
