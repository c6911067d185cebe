"""Protected displays keep their floor, normal ones give way first.

Two outputs with two very different powers: the step of each normal display, which concerns that one alone, and the sender limits,
which concern all. Nothing that a protected display reports changes either; it may raise an alarm. Pure: the same reports,
previous decision and moment give the same decision in every process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.rules.display_steps import Place, Told, is_lower, lower_of, next_place, settled_at
from controller.rules.guard_policy import GuardPolicy
from controller.rules.link_health import health, plis_in_last_minute
from controller.rules.quality_alarms import IN_WORDS, Alarm, Judged, alarms
from controller.rules.reception_spans import SenderSeen, ViewerSeen
from controller.rules.sender_limits import Ceiling, Watched, next_ceiling, takes_rise_back
from controller.rules.suspensions import Suspension, suspension
from wire.display import Role, Step


@dataclass(frozen=True)
class DisplaySeen:
    """An approved display."""

    display_id: str
    name: str
    role: Role
    reports: Sequence[ViewerSeen]
    """Newest first."""


@dataclass(frozen=True)
class Cap:
    """The most that normal displays may take for now, however well their links carry it."""

    step: Step
    reason: str
    """In words, for example `the day's budget is nearly spent`."""


@dataclass(frozen=True)
class Situation:
    """A session as it is."""

    lease_id: str | None
    """Who presents; None: nobody."""
    senders: Sequence[SenderSeen]
    """Their reports, newest first."""
    displays: Sequence[DisplaySeen]
    cap: Cap | None = None
    """None: normal displays may take all of the picture."""


@dataclass(frozen=True)
class Decision:
    """What holds for a session from now on."""

    lease_id: str | None = None
    """For whose picture; with another presenter everything begins anew."""
    ceiling: Ceiling = field(default_factory=Ceiling)
    places: Mapping[str, Place] = field(default_factory=dict)
    """By display_id, of the normal displays."""
    cap: Cap | None = None
    capped_at: datetime | None = None
    """When the cap's step changed last."""
    suspended: Mapping[str, Suspension] = field(default_factory=dict)
    """The displays that may not subscribe for now, by display_id."""
    alarms: tuple[Alarm, ...] = ()

    def step_of(self, display_id: str) -> Step:
        """The step of a display: the lower of its place and of the cap; a protected one has none but the whole picture."""
        place = self.places.get(display_id)
        return lower_of(place.step, self.cap_step) if place is not None else "full"

    def reason_of(self, display_id: str) -> str:
        """Why it stands there, in words; empty where it never was on another step."""
        place = self.places.get(display_id)
        if place is not None and self.cap is not None and is_lower(self.cap.step, place.step):
            return self.cap.reason
        return place.reason if place is not None else ""

    def told(self, display_id: str) -> Told:
        """What a normal display was told, and since when."""
        place = self.places.get(display_id, Place())
        moments = [moment for moment in (place.since or place.begun_at, self.capped_at) if moment is not None]
        return Told(lower_of(place.step, self.cap_step), max(moments, default=None))

    @property
    def cap_step(self) -> Step:
        """The most that a normal display may take."""
        return self.cap.step if self.cap is not None else "full"


@dataclass(frozen=True)
class Change:
    """One thing that was decided otherwise than before."""

    display_id: str | None
    """None: the presenter's."""
    what: str
    """For example `base layer`."""
    why: str


def decide(situation: Situation, before: Decision, policy: GuardPolicy, now: datetime) -> Decision:
    """The decision from now on."""
    if situation.lease_id is None or situation.lease_id != before.lease_id:
        before = Decision(lease_id=situation.lease_id)
    if situation.lease_id is None:
        return before
    capped_at = before.capped_at if _cap_step(situation) == before.cap_step else now
    watched = {
        one.display_id: _watched(one, situation, before, policy, now) for one in situation.displays if one.role is Role.NORMAL
    }
    has_protected = len(watched) < len(situation.displays)
    ceiling = next_ceiling(list(watched.values()), before.ceiling, policy, now, has_protected=has_protected)
    is_mended = takes_rise_back(before.ceiling, ceiling, policy)
    return Decision(
        lease_id=situation.lease_id,
        ceiling=ceiling,
        places=_as_they_were(watched) if is_mended else _places(situation, watched, before, policy, now),
        cap=situation.cap,
        capped_at=capped_at,
        suspended=_suspended(situation, before, policy, now),
        alarms=alarms([_judged(one, watched, situation, policy, now) for one in situation.displays], situation.senders, policy),
    )


def changes_between(before: Decision, after: Decision) -> tuple[Change, ...]:
    """What is news, in words; where another presents, against what everything begins with."""
    if before.lease_id != after.lease_id:
        before = Decision(after.lease_id)
    steps = (
        Change(display_id, STEP_WORDS[after.step_of(display_id)], _why(display_id, before, after))
        for display_id in after.places
        if after.step_of(display_id) != before.step_of(display_id)
    )
    limits = after.ceiling.limits
    limit_words = f"at most {limits.max_bitrate_bps / 1e6:.2f} Mbit/s and {limits.max_frames_per_second} frames a second"
    ceiling = (Change(None, limit_words, after.ceiling.reason),) if limits != before.ceiling.limits else ()
    known = {(alarm.display_id, alarm.cause) for alarm in before.alarms}
    raised = (
        Change(alarm.display_id, f"alarm: {alarm.words}", f"likely {IN_WORDS[alarm.cause]}")
        for alarm in after.alarms
        if (alarm.display_id, alarm.cause) not in known
    )
    return (*steps, *_suspensions(before, after), *ceiling, *raised)


def _suspensions(before: Decision, after: Decision) -> list[Change]:
    begun = [Change(one, "suspended", found.words) for one, found in after.suspended.items() if one not in before.suspended]
    ended = [
        Change(one, "given back", f"no more: {found.words}")
        for one, found in before.suspended.items()
        if one not in after.suspended
    ]
    return [*begun, *ended]


STEP_WORDS = {"full": "full picture", "base": "base layer", "stills": "stills", "off": "off"}


def _why(display_id: str, before: Decision, after: Decision) -> str:
    """Why a display's step changed: by its own place, by a cap, or by one that ended."""
    is_capped = is_lower(after.cap_step, after.places[display_id].step)
    if not is_capped and before.cap is not None and is_lower(before.cap.step, before.places.get(display_id, Place()).step):
        return f"no more: {before.cap.reason}"
    return after.reason_of(display_id)


def _cap_step(situation: Situation) -> Step:
    return situation.cap.step if situation.cap is not None else "full"


def _places(
    situation: Situation, watched: Mapping[str, Watched], before: Decision, policy: GuardPolicy, now: datetime
) -> dict[str, Place]:
    return {
        one.display_id: next_place(one.reports, found.health, found.place, before.told(one.display_id), policy, now)
        for one in situation.displays
        if (found := watched.get(one.display_id)) is not None
    }


def _suspended(situation: Situation, before: Decision, policy: GuardPolicy, now: datetime) -> dict[str, Suspension]:
    return {
        one.display_id: found
        for one in situation.displays
        if one.role is Role.NORMAL
        and (found := suspension(one.reports, situation.senders, before.told(one.display_id), policy, now)) is not None
    }


def _as_they_were(watched: Mapping[str, Watched]) -> dict[str, Place]:
    return {display_id: one.place for display_id, one in watched.items()}


def _watched(one: DisplaySeen, situation: Situation, before: Decision, policy: GuardPolicy, now: datetime) -> Watched:
    place = before.places.get(one.display_id, Place(begun_at=now))
    since = settled_at(place, before.ceiling.since, policy)
    return Watched(place, health(one.reports, situation.senders, since, policy, now))


def _judged(one: DisplaySeen, watched: Mapping[str, Watched], situation: Situation, policy: GuardPolicy, now: datetime) -> Judged:
    normal = watched.get(one.display_id)
    found = normal.health if normal else health(one.reports, situation.senders, None, policy, now)
    plis = plis_in_last_minute(one.reports, None, policy, now)
    needs_stills = bool(one.reports) and one.reports[0].viewer.stills is not None
    return Judged(one.display_id, found, is_protected=normal is None, plis_a_minute=plis, needs_stills=needs_stills)
