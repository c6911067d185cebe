"""What a display received between two of its reports, and what the presenter encoded in the same seconds.

Reports hold counters, so a lost report loses nothing. Counters that fall, spans without length and whatever else a display may
invent give no span: nothing follows from nonsense.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.rules.guard_policy import GuardPolicy
from wire.display import Reception, Step, ViewerReport
from wire.presenter import SenderReport

TELLS_FOR = timedelta(seconds=1)
"""A presenter's report tells of the second before it, and comes up to a second later than a display's."""


@dataclass(frozen=True)
class ViewerSeen:
    """A display's report and when it came."""

    at: datetime
    viewer: ViewerReport


@dataclass(frozen=True)
class SenderSeen:
    """A presenter's report and when it came."""

    at: datetime
    sender: SenderReport
    is_live: bool
    """Neither paused nor without a connection."""


@dataclass(frozen=True)
class Span:
    """What a display received between two reports."""

    began_at: datetime
    ended_at: datetime
    seconds: float
    """By the display's own clock: reports may be late."""
    step: Step
    packets: int
    """Received or lost."""
    lost: int
    received_bps: float
    """The mean, or that of its last second where that is less: a link that has just become thin carries no more."""
    frames: int
    frozen: float
    """Ratio of the time."""
    plis: int
    outage_s: float = 0.0
    """In which nothing at all came over the link."""


@dataclass(frozen=True)
class Encoded:
    """What the presenter sent, in the mean."""

    bps: float
    frames_per_second: float
    key_frames: int = 0


def spans(reports: Sequence[ViewerSeen], policy: GuardPolicy) -> Iterator[Span]:
    """The spans between a display's reports, newest first, as far back as they belong to one track and one step."""
    newer: ViewerSeen | None = None
    for older in reports:
        if newer is None:
            newer = older
            continue
        before, after = older.viewer.reception, newer.viewer.reception
        if before is None or after is None or older.viewer.step != newer.viewer.step or _has_fallen(before, after):
            return
        seconds = (after.track_age_ms - before.track_age_ms) / 1000
        if seconds < policy.shortest_span_s:
            continue
        if seconds > policy.longest_span_s:
            return
        span = _span(older, newer, before, after, seconds)
        if span.packets < policy.enough_packets and seconds < policy.span_of_few_packets_s:
            continue
        yield span
        newer = older


def encoded_during(senders: Sequence[SenderSeen], span: Span, policy: GuardPolicy) -> Encoded | None:
    """What the presenter encoded in the seconds of a span; None when they did not present all of them, lost much of it on its way
    to the SFU, or were not heard throughout: then their own link may be away."""
    start, end = span.began_at - TELLS_FOR, span.ended_at + TELLS_FOR
    told = [seen for seen in senders if start < seen.at <= end]
    if not told or not all(seen.is_live for seen in told) or not _was_heard_throughout(senders, span, policy):
        return None
    if any((seen.sender.uplink_lost_percent or 0) >= 100 * policy.sender_loses for seen in told):
        return None
    return Encoded(
        bps=sum(seen.sender.sent_bps for seen in told) / len(told),
        frames_per_second=sum(seen.sender.frames_per_second for seen in told) / len(told),
        key_frames=max(0, told[0].sender.key_frames_encoded - told[-1].sender.key_frames_encoded),
    )


def is_word_to_come(senders: Sequence[SenderSeen], span: Span, policy: GuardPolicy, now: datetime) -> bool:
    """Whether the presenter, who was not heard since the end of a span, may still be."""
    is_unheard = bool(senders) and senders[0].at < span.ended_at
    return is_unheard and now <= span.ended_at + timedelta(seconds=policy.unheard_sender_s)


def _was_heard_throughout(senders: Sequence[SenderSeen], span: Span, policy: GuardPolicy) -> bool:
    """Whether the presenter was never silent for too long, from their last word before a span to the first one after it."""
    longest = timedelta(seconds=policy.unheard_sender_s)
    later: datetime | None = None
    for seen in senders:
        if seen.at < span.ended_at and (later is None or later - seen.at > longest):
            return False
        if seen.at <= span.began_at:
            return True
        later = seen.at
    return later is not None and later - span.began_at <= longest


def _has_fallen(before: Reception, after: Reception) -> bool:
    """Whether a counter did: then it is another track, or a lie."""
    return (
        after.track_age_ms < before.track_age_ms
        or after.received_bytes < before.received_bytes
        or after.packets_received < before.packets_received
        or after.nacks_sent < before.nacks_sent
        or after.plis_sent < before.plis_sent
        or after.frames_decoded < before.frames_decoded
        or after.frozen_ms < before.frozen_ms
        or after.outage_ms < before.outage_ms
    )


def _span(older: ViewerSeen, newer: ViewerSeen, before: Reception, after: Reception, seconds: float) -> Span:
    lost = max(0, after.packets_lost - before.packets_lost)
    mean_bps = 8 * (after.received_bytes - before.received_bytes) / seconds
    return Span(
        began_at=older.at,
        ended_at=newer.at,
        seconds=seconds,
        step=newer.viewer.step,
        packets=after.packets_received - before.packets_received + lost,
        lost=lost,
        received_bps=min(mean_bps, newer.viewer.received_bps or mean_bps),
        frames=after.frames_decoded - before.frames_decoded,
        frozen=min(1.0, (after.frozen_ms - before.frozen_ms) / 1000 / seconds),
        plis=after.plis_sent - before.plis_sent,
        outage_s=(after.outage_ms - before.outage_ms) / 1000,
    )
