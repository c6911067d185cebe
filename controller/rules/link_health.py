"""Whether a display is in trouble, judged against what the presenter encoded in the same seconds, never against absolute
numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from controller.rules.guard_policy import SHARES, GuardPolicy
from controller.rules.reception_spans import Encoded, SenderSeen, Span, ViewerSeen, encoded_during, is_word_to_come, spans

GOT_MOST = 0.9
"""Of the bits that were sent: the rest is what two clocks differ by."""


class Verdict(StrEnum):
    """What can be said of some seconds."""

    CLEAR = "clear"
    TROUBLE = "trouble"
    OUTAGE = "outage"
    """Nothing at all came for a while. What was lost then says nothing of how much the link carries when it is whole."""
    UNKNOWN = "unknown"
    """Silence, no picture to compare with, or neither good nor bad."""


class Fault(StrEnum):
    """What a trouble shows itself by."""

    LOSS = "loss"
    NO_FRAMES = "no_frames"
    FEW_FRAMES = "few_frames"
    FREEZES = "freezes"


@dataclass(frozen=True)
class Health:
    """How a display has been lately."""

    verdict: Verdict
    seconds: float = 0.0
    """How long it has been so, to the newest report."""
    spans: int = 1
    """For how many spans between two reports."""
    fault: Fault | None = None
    """Set while in trouble."""
    words: str = ""
    """What was measured, for people; empty where nothing was amiss."""
    received_bps: float = 0.0
    lost: float = 0.0
    """Packets lost of those sent, 0 to 1, in the newest span."""
    encoded: Encoded | None = None
    """What the presenter sent in the newest span."""
    is_fresh: bool = False
    """Whether the display was heard lately. Silence shows nothing."""
    lost_before: bool = False
    """Whether its link lost packets right before it was so: what is clear now has healed."""

    @property
    def got_most(self) -> bool:
        """Whether nearly all that was sent arrived: what is missing of the picture then is not the link's fault."""
        return self.encoded is not None and self.received_bps >= GOT_MOST * SHARES["full"].bits * self.encoded.bps


def health(
    reports: Sequence[ViewerSeen], senders: Sequence[SenderSeen], since: datetime | None, policy: GuardPolicy, now: datetime
) -> Health:
    """How a display has been to the newest of its reports (newest first), looking no further back than `since`.

    The newest span that the presenter was heard after says what it is, and older ones for how long.
    """
    if not is_fresh(reports, policy, now):
        return Health(Verdict.UNKNOWN)
    found: Health | None = None
    seconds, count, lost_before = 0.0, 0, False
    for span in spans(reports, policy):
        if since is not None and span.began_at < since:
            break
        if found is None and is_word_to_come(senders, span, policy, now):
            continue
        here = _judged(span, encoded_during(senders, span, policy), policy)
        if found is not None and here.verdict is not found.verdict:
            lost_before = _lost(span, policy) >= policy.loses_little
            break
        found = found or here
        seconds, count = seconds + here.seconds, count + 1
    if found is None:
        return Health(Verdict.UNKNOWN, is_fresh=True)
    return replace(found, seconds=seconds, spans=count, lost_before=lost_before)


def is_fresh(reports: Sequence[ViewerSeen], policy: GuardPolicy, now: datetime) -> bool:
    """Whether a display was heard lately."""
    return bool(reports) and now - reports[0].at <= timedelta(seconds=policy.fresh_s)


def plis_in_last_minute(reports: Sequence[ViewerSeen], since: datetime | None, policy: GuardPolicy, now: datetime) -> int:
    """How often a display asked for a key frame, on its present step."""
    start = max(now - timedelta(minutes=1), since or now - timedelta(minutes=1))
    return sum(_heard_plis(span) for span in spans(reports, policy) if span.began_at >= start)


def _heard_plis(span: Span) -> int:
    """Of those that a display sent while its link was cut only the last one reached anybody."""
    return min(span.plis, 1) if span.outage_s > 0 else span.plis


def _judged(span: Span, encoded: Encoded | None, policy: GuardPolicy) -> Health:
    fault, words = _fault(span, encoded, policy)
    if encoded is not None and span.outage_s > 0:
        verdict, fault, words = Verdict.OUTAGE, None, f"got nothing at all for {span.outage_s:.0f} s"
    elif fault is not None:
        verdict = Verdict.TROUBLE
    elif encoded is not None and span.step in SHARES and _is_clear(span, encoded, policy):
        verdict = Verdict.CLEAR
    else:
        verdict = Verdict.UNKNOWN
    return Health(verdict, span.seconds, 1, fault, words, span.received_bps, _lost(span, policy), encoded, is_fresh=True)


def _fault(span: Span, encoded: Encoded | None, policy: GuardPolicy) -> tuple[Fault | None, str]:
    if encoded is None or span.step not in SHARES:
        return None, ""
    wanted = _wanted_frames(span, encoded)
    is_moving = encoded.frames_per_second >= policy.moving_fps
    lost = _lost(span, policy)
    if is_moving and span.frames == 0 and wanted >= 1:
        return Fault.NO_FRAMES, "decoded no frame"
    if lost >= (policy.loses if span.step == "full" else policy.loses_on_base):
        return Fault.LOSS, f"lost {100 * lost:.0f} %"
    if is_moving and span.frames < policy.misses * wanted:
        return Fault.FEW_FRAMES, f"decoded {100 * span.frames / wanted:.0f} % of its frames"
    is_calm = encoded.key_frames <= policy.key_frames_of_a_span
    if is_moving and is_calm and span.step == "full" and span.frozen >= policy.freezes:
        return Fault.FREEZES, f"stood still for {100 * span.frozen:.0f} % of the time"
    return None, ""


def _is_clear(span: Span, encoded: Encoded, policy: GuardPolicy) -> bool:
    is_moving = encoded.frames_per_second >= policy.moving_fps
    has_frames = not is_moving or span.frames >= policy.misses_little * _wanted_frames(span, encoded)
    return _lost(span, policy) < policy.loses_little and has_frames


def _wanted_frames(span: Span, encoded: Encoded) -> float:
    return SHARES[span.step].frames * encoded.frames_per_second * span.seconds


def _lost(span: Span, policy: GuardPolicy) -> float:
    return span.lost / span.packets if span.packets >= policy.enough_packets else 0.0
