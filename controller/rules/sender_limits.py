"""The ceiling that the presenter encodes under.

It falls when two or more normal displays, and at least half of those that are heard, are in trouble at once: one weak link is
its own display's matter, and lowers nobody else. A display that is alone on the wall takes its own steps first, too; for it the
ceiling falls when even the base layer is too much. It rises again slowly, and stays between the ceilings of the wire and the
floor, which is high while a protected display is approved. Protected displays are not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.rules.display_steps import MINUTE, Place, has_fallen_ill
from controller.rules.guard_policy import SHARES, GuardPolicy
from controller.rules.link_health import Health
from wire.presenter import MAX_BITRATE_BPS, MAX_FRAMES_PER_SECOND, SenderLimits

ROUNDED_TO_BPS = 50_000


@dataclass(frozen=True)
class Ceiling:
    """The sender limits, and how they came to be."""

    limits: SenderLimits = field(default_factory=SenderLimits)
    reason: str = ""
    """In words; empty while they never changed."""
    fell_at: datetime | None = None
    rose_at: datetime | None = None
    failed_rises: int = 0
    changed_at: tuple[datetime, ...] = ()
    """The changes of the last minute, oldest first."""

    @property
    def since(self) -> datetime | None:
        """The last change; None: there was none."""
        return max((moment for moment in (self.fell_at, self.rose_at) if moment is not None), default=None)


@dataclass(frozen=True)
class Watched:
    """A normal display as it counts here."""

    place: Place
    health: Health


def next_ceiling(
    normal: Sequence[Watched], ceiling: Ceiling, policy: GuardPolicy, now: datetime, *, has_protected: bool
) -> Ceiling:
    """The limits from now on."""
    floor = policy.floor(has_protected=has_protected)
    recent = tuple(moment for moment in ceiling.changed_at if now - moment < MINUTE)
    ceiling = _within(replace(ceiling, changed_at=recent), floor, now)
    if len(ceiling.changed_at) >= policy.changes_a_minute:
        return ceiling
    heard = [one for one in normal if one.health.is_fresh]
    carried = [bps for one in heard if (bps := _carried_in_trouble(one, ceiling, policy, now)) is not None]
    if 2 * len(carried) >= len(heard) and len(carried) > 1:
        reason = f"{len(carried)} of {len(heard)} normal displays are in trouble at once"
        return _fallen(ceiling, reason, max(carried), floor, policy, now)
    if carried and len(heard) == 1 and not has_protected and _has_no_step_left(heard[0], ceiling, policy, now):
        return _fallen(ceiling, "the only display's link carries no more", max(carried), floor, policy, now)
    if _may_rise(normal, ceiling, policy, now):
        return _risen(ceiling, policy, now)
    return ceiling


def takes_rise_back(before: Ceiling, after: Ceiling, policy: GuardPolicy) -> bool:
    """Whether a rise turned out wrong: then the trouble is the limits', and no display needs to fall for it."""
    if after.fell_at is None or after.fell_at == before.fell_at:
        return False
    return before.since == before.rose_at and _is_unproved(before, policy, after.fell_at)


def _is_unproved(ceiling: Ceiling, policy: GuardPolicy, now: datetime) -> bool:
    """Whether the last rise is so fresh that it may have been wrong."""
    return ceiling.rose_at is not None and now - ceiling.rose_at <= timedelta(seconds=policy.rise_proved_after_s)


def _within(ceiling: Ceiling, floor: SenderLimits, now: datetime) -> Ceiling:
    """A floor that rose lifts the limits at once."""
    limits = _at_least(ceiling.limits, floor)
    if limits == ceiling.limits:
        return ceiling
    return replace(ceiling, limits=limits, reason="a protected display is approved: its floor holds", rose_at=now, failed_rises=0)


def _has_no_step_left(alone: Watched, ceiling: Ceiling, policy: GuardPolicy, now: datetime) -> bool:
    """Whether the picture of now is too much for a display, however it is thinned, or a rise of the limits was."""
    return alone.place.step not in SHARES or _is_unproved(ceiling, policy, now)


def _carried_in_trouble(one: Watched, ceiling: Ceiling, policy: GuardPolicy, now: datetime) -> float | None:
    """What the link of a display carries that is in trouble, or fell for it a moment ago under the present limits; None: it is
    not, or the presenter sends so little that no limit takes anything of it."""
    if has_fallen_ill(one.health, policy):
        sent_bps = one.health.encoded.bps if one.health.encoded is not None else 0.0
        return one.health.received_bps if _can_be_limited(sent_bps, policy) else None
    fell_at = one.place.fell_at
    if fell_at is None or fell_at != one.place.since or (ceiling.since is not None and fell_at <= ceiling.since):
        return None
    is_lately = now - fell_at <= timedelta(seconds=policy.fresh_s)
    return one.place.carried_bps if is_lately and _can_be_limited(one.place.sent_bps, policy) else None


def _can_be_limited(sent_bps: float, policy: GuardPolicy) -> bool:
    """Whether the lowest limits take something of a picture."""
    return sent_bps >= policy.lowest.max_bitrate_bps


def _may_rise(normal: Sequence[Watched], ceiling: Ceiling, policy: GuardPolicy, now: datetime) -> bool:
    if ceiling.limits == SenderLimits() or ceiling.since is None:
        return False
    well = sum(_is_well(one, policy, now) for one in normal)
    if normal and 2 * well <= len(normal):
        return False
    return now - ceiling.since >= timedelta(seconds=policy.limits_rise_after_s * 2**ceiling.failed_rises)


def _is_well(one: Watched, policy: GuardPolicy, now: datetime) -> bool:
    """Whether it shows all of the picture, and that has proved itself."""
    since = one.place.since
    is_proved = since is None or now - since >= timedelta(seconds=policy.rise_proved_after_s)
    return one.health.is_fresh and one.place.step == "full" and is_proved


def _fallen(
    ceiling: Ceiling, reason: str, carried_bps: float, floor: SenderLimits, policy: GuardPolicy, now: datetime
) -> Ceiling:
    """So far that it fits the best of the links in trouble."""
    before = ceiling.limits
    fitting_bps = min(before.max_bitrate_bps * policy.limits_fall_to, carried_bps / policy.fits_with)
    lower = SenderLimits(
        max_bitrate_bps=_rounded(fitting_bps),
        max_frames_per_second=max(1, before.max_frames_per_second - policy.limits_fall_by_fps),
    )
    limits = _at_least(lower, floor)
    if limits == before:
        return ceiling
    failed = min(policy.most_failed_rises, ceiling.failed_rises + 1) if _is_unproved(ceiling, policy, now) else 0
    return replace(ceiling, limits=limits, reason=reason, fell_at=now, failed_rises=failed, changed_at=(*ceiling.changed_at, now))


def _risen(ceiling: Ceiling, policy: GuardPolicy, now: datetime) -> Ceiling:
    before = ceiling.limits
    limits = SenderLimits(
        max_bitrate_bps=min(MAX_BITRATE_BPS, max(ROUNDED_TO_BPS, _rounded(before.max_bitrate_bps / policy.limits_fall_to))),
        max_frames_per_second=min(MAX_FRAMES_PER_SECOND, before.max_frames_per_second + policy.limits_fall_by_fps),
    )
    reason = "most normal displays show all of the picture again"
    return replace(ceiling, limits=limits, reason=reason, rose_at=now, changed_at=(*ceiling.changed_at, now))


def _at_least(limits: SenderLimits, floor: SenderLimits) -> SenderLimits:
    return SenderLimits(
        max_bitrate_bps=max(limits.max_bitrate_bps, floor.max_bitrate_bps),
        max_frames_per_second=max(limits.max_frames_per_second, floor.max_frames_per_second),
    )


def _rounded(bps: float) -> int:
    return max(1, round(bps / ROUNDED_TO_BPS)) * ROUNDED_TO_BPS
