"""The step of one normal display: falls fast, rises slowly, and changes at most twice a minute.

A display in trouble falls at once to the step that its link was just measured to carry. It rises soon after its
link was seen to heal: from the base layer once that comes clearly and lost packets before; from stills once they come as fast as
all of the picture needs or, where it needs little, once none of the presenter's beats is missing. Else it rises by trial, one
step at a time, and a trial waits until there is room in the minute for the fall that may undo it. Each rise that fails doubles
the wait for the next. Silence never raises a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.rules.guard_policy import SHARES, STEPS, GuardPolicy
from controller.rules.link_health import Fault, Health, Verdict, is_fresh, plis_in_last_minute
from controller.rules.reception_spans import ViewerSeen
from wire.display import Step

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """Where a normal display stands."""

    step: Step = "full"
    reason: str = ""
    """Why, in words; empty for a display that never was on another step."""
    begun_at: datetime | None = None
    """When the guard met it, at full."""
    fell_at: datetime | None = None
    """The last fall."""
    carried_bps: float = 0.0
    """What the link carried before the last fall ..."""
    sent_bps: float = 0.0
    """... and what the presenter sent meanwhile, as far as that is known."""
    rose_at: datetime | None = None
    """The last rise."""
    failed_rises: int = 0
    """In a row."""
    changed_at: tuple[datetime, ...] = ()
    """The changes of the last minute, oldest first, without those that the display made by itself."""

    @property
    def since(self) -> datetime | None:
        """The last change; None: there was none."""
        return max((moment for moment in (self.fell_at, self.rose_at) if moment is not None), default=None)


@dataclass(frozen=True)
class Told:
    """What a display was told last: the lower of its place and of a cap."""

    step: Step = "full"
    since: datetime | None = None
    """None: for as long as the guard knows it."""


def is_lower(one: Step, other: Step) -> bool:
    """Whether it gives less of the picture."""
    return STEPS.index(one) > STEPS.index(other)


def lower_of(one: Step, other: Step) -> Step:
    """The one that gives less of the picture."""
    return max(one, other, key=STEPS.index)


def settled_at(place: Place, limits_since: datetime | None, policy: GuardPolicy) -> datetime | None:
    """Since when a display has been on its present step, under the present sender limits; None: always."""
    changes = [moment for moment in (place.since, limits_since) if moment is not None]
    return max(changes) + timedelta(seconds=policy.settles_s) if changes else None


def has_fallen_ill(found: Health, policy: GuardPolicy) -> bool:
    """Whether trouble has lasted long enough to act on it."""
    if found.verdict is not Verdict.TROUBLE:
        return False
    if found.fault is Fault.NO_FRAMES:
        return found.seconds >= policy.falls_without_frames_after_s
    lasts_s = policy.falls_for_freezes_after_s if found.fault is Fault.FREEZES else policy.falls_after_s
    return found.seconds >= lasts_s and found.spans >= policy.falls_after_spans


def next_place(
    reports: Sequence[ViewerSeen], found: Health, place: Place, told: Told, policy: GuardPolicy, now: datetime
) -> Place:
    """Where a display stands from now on; `found` is its health on its present step."""
    recent = tuple(moment for moment in place.changed_at if now - moment < MINUTE)
    place = place if recent == place.changed_at else replace(place, changed_at=recent)
    own = _own_step(reports, told, policy, now)
    if own is not None:
        found_out = replace(place, step=own, reason="stepped down by itself, because too little reached it")
        return replace(_fallen(found_out, policy, now), changed_at=place.changed_at)
    if len(recent) >= policy.changes_a_minute:
        return place
    fall = _fall(reports, found, place, policy, now)
    if fall is not None:
        step, reason = fall
        sent_bps = found.encoded.bps if found.encoded is not None else 0.0
        fallen = replace(place, step=step, reason=reason, carried_bps=found.received_bps, sent_bps=sent_bps)
        return _fallen(fallen, policy, now)
    rise = _rise(reports, found, place, policy, now)
    if rise is not None:
        step, reason = rise
        return replace(place, step=step, reason=reason, rose_at=now, changed_at=(*place.changed_at, now))
    return place


def _fall(
    reports: Sequence[ViewerSeen], found: Health, place: Place, policy: GuardPolicy, now: datetime
) -> tuple[Step, str] | None:
    """The step to fall to and why; None: stay."""
    if has_fallen_ill(found, policy) and place.step in SHARES:
        return _fitting(found, place, policy), f"{found.words} for {found.seconds:.0f} s{_meanwhile(found)}"
    plis = plis_in_last_minute(reports, settled_at(place, None, policy), policy, now) if is_fresh(reports, policy, now) else 0
    if plis > policy.plis_a_minute and place.step in SHARES:
        return (
            "base" if place.step == "full" else "off"
        ), f"asked {plis} times a minute for a key frame, which costs every display"
    return None


def _own_step(reports: Sequence[ViewerSeen], told: Told, policy: GuardPolicy, now: datetime) -> Step | None:
    """A lower step that the page took by itself; what it says right after it was told another says nothing."""
    if told.since is None or not is_fresh(reports, policy, now):
        return None
    own = reports[0].viewer.step
    has_heard = reports[0].at > told.since + timedelta(seconds=policy.fresh_s)
    return own if has_heard and is_lower(own, told.step) else None


def _fitting(found: Health, place: Place, policy: GuardPolicy) -> Step:
    """The base layer where some of the picture comes and the link just carried as much. A decoder that has nothing would wait for
    a key frame first."""
    if place.step == "full" and found.encoded is not None and found.fault is not Fault.NO_FRAMES:
        loses_too_much = found.lost >= policy.loses_too_much_for_base and found.encoded.bps >= policy.heavy_bps
        needed_bps = policy.fits_with * SHARES["base"].bits * found.encoded.bps
        if found.received_bps >= needed_bps and not loses_too_much:
            return "base"
    return "stills"


def _rise(
    reports: Sequence[ViewerSeen], found: Health, place: Place, policy: GuardPolicy, now: datetime
) -> tuple[Step, str] | None:
    """The step to rise to and why; None: stay."""
    if place.step == "full" or not is_fresh(reports, policy, now):
        return None
    passed = now - place.since if place.since is not None else timedelta.max
    healed = _healed(reports, found, place, policy) if passed >= _longer(policy.clear_for_s, place) else None
    if healed is not None or passed < _longer(policy.rises_after_s, place):
        return healed
    is_clear = found.verdict is Verdict.CLEAR and found.seconds >= policy.clear_for_s
    obeys = not is_lower(place.step, reports[0].viewer.step)
    if place.step in SHARES and obeys and not is_clear:
        return None
    reason = f"came clearly for {found.seconds:.0f} s" if is_clear else "was tried again after a pause"
    return "full" if place.step == "base" else "base", reason


def _healed(reports: Sequence[ViewerSeen], found: Health, place: Place, policy: GuardPolicy) -> tuple[Step, str] | None:
    """The step that a link was seen to carry now, and by what; None: it was not seen to heal."""
    is_clear = found.verdict is Verdict.CLEAR and timedelta(seconds=found.seconds) >= _longer(policy.clear_for_s, place)
    if place.step == "base" and is_clear and found.lost_before:
        return "full", f"came clearly for {found.seconds:.0f} s, and lost packets before"
    stills = reports[0].viewer.stills
    if place.step != "stills" or stills is None or found.encoded is None:
        return None
    if stills.carried_bps is None:
        is_enough = stills.beats_whole and found.encoded.bps < policy.heavy_bps
        return ("full", "lost no beat for a while, and the picture needs little") if is_enough else None
    is_enough = stills.carried_bps >= policy.fits_with * found.encoded.bps
    return ("full", f"its stills come at {stills.carried_bps / 1e6:.1f} Mbit/s") if is_enough else None


def _longer(seconds: float, place: Place) -> timedelta:
    """After rises that failed."""
    return timedelta(seconds=seconds * 2**place.failed_rises)


def _fallen(place: Place, policy: GuardPolicy, now: datetime) -> Place:
    was_unproved = place.rose_at is not None and now - place.rose_at <= timedelta(seconds=policy.rise_proved_after_s)
    failed = min(policy.most_failed_rises, place.failed_rises + 1) if was_unproved else 0
    return replace(place, fell_at=now, failed_rises=failed, changed_at=(*place.changed_at, now))


def _meanwhile(found: Health) -> str:
    return f" while the presenter sent {found.encoded.bps / 1e6:.1f} Mbit/s" if found.encoded is not None else ""
