"""The budget of a day -> its state, what is to be done about it, and whom that concerns.

Bytes so far are not enough to go by: a wall that shows all day has used up its budget long before anything is done. So the
state goes by what is *committed*: bytes so far, and what the protected displays alone will still take until the day ends. As
long as that fits, every display may show in full; when it does not fit any more, what is left is theirs. Where the protected
displays alone do not fit into a whole day, nothing that is taken from the others can keep the budget: then bytes so far decide,
and that is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from controller.rules.quality_guard import Cap
from wire.display import SHORTEST_STILL_INTERVAL_MS, Hold, Role

BudgetState = Literal["ok", "warn", "critical", "exhausted"]

STATES: tuple[BudgetState, ...] = ("ok", "warn", "critical", "exhausted")

HYSTERESIS = 0.02
"""Part of the budget by which what is committed must fall below a threshold before its state ends."""


OTHERS_PART = 0.02
"""Part of a day's budget that is kept beside for what goes on all the same: heartbeats, pages, all else."""

STILLS_RATE = 60_000 / (SHORTEST_STILL_INTERVAL_MS / 1_000)
"""Bytes a second of a display that takes single pictures, at most: the largest that the presenter's page makes
(`presenter_page/js/still_size.js`), as often as they are taken."""


@dataclass(frozen=True)
class Limits:
    """Bytes of a day, rising."""

    warn_bytes: int
    critical_bytes: int
    budget_bytes: int

    def threshold(self, state: BudgetState) -> int:
        """Where a state begins."""
        return {"ok": 0, "warn": self.warn_bytes, "critical": self.critical_bytes, "exhausted": self.budget_bytes}[state]

    def scaled_to(self, budget_bytes: int) -> Limits:
        """The same parts of another budget."""
        part = budget_bytes / self.budget_bytes
        return Limits(round(self.warn_bytes * part), round(self.critical_bytes * part), budget_bytes)


@dataclass(frozen=True)
class Load:
    """A day so far, and what protected displays take."""

    used_bytes: int
    rest_s: float
    day_s: float
    protected_rate: float = 0.0
    """Bytes a second that the protected displays take when they show; 0 while nobody presents."""
    normal_displays: int = 0
    """Those that will take stills when the moving picture is kept from them."""

    @property
    def protected_day_bytes(self) -> int:
        """What the protected displays take in a whole day."""
        return round(self.protected_rate * self.day_s)


def protected_fit(load: Load, limits: Limits) -> bool:
    """Whether the protected displays alone can show all day."""
    return load.protected_day_bytes <= limits.budget_bytes


def committed_bytes(load: Load, limits: Limits) -> int:
    """Bytes so far, and until the day ends what the protected displays take and what is kept beside, as far as these fit into a
    whole day; stills of normal displays come last."""
    if not protected_fit(load, limits):
        return load.used_bytes
    kept = load.protected_rate + OTHERS_PART * limits.budget_bytes / load.day_s
    stills = STILLS_RATE * (load.normal_displays + 1) if load.normal_displays else 0.0  # the presenter sends each, too
    if (kept + stills) * load.day_s <= limits.budget_bytes:
        kept += stills
    return load.used_bytes + round(kept * load.rest_s)


def budget_state(load: Load, limits: Limits, before: BudgetState = "ok") -> BudgetState:
    """The state now. It rises at once and falls with hysteresis; bytes that are used are never taken back."""
    committed = committed_bytes(load, limits)
    reached = reached_by(committed, limits)
    kept = [
        state
        for state in STATES[1 : STATES.index(before) + 1]
        if committed >= limits.threshold(state) - HYSTERESIS * limits.budget_bytes
    ]
    return max([reached, *kept], key=STATES.index)


def reached_by(count: int, limits: Limits) -> BudgetState:
    """The state that so many bytes have reached, whatever was before."""
    return next(state for state in reversed(STATES) if count >= limits.threshold(state))


@dataclass(frozen=True)
class Measures:
    """What a state asks for. `normal` and `protected` name steps of the quality guard."""

    notice: str | None
    normal: Literal["full", "base", "stills"]
    protected: Literal["full", "stopped"]
    lets_more_join: bool


def measures(state: BudgetState, *, is_lifted: bool, stops_hard: bool) -> Measures:
    """What is to be done. Lifted for today, it is only said."""
    if is_lifted and state != "ok":
        return Measures(f"{_NOTICES[state]} An admin lifted the budget for today.", "full", "full", True)
    match state:
        case "ok":
            return Measures(None, "full", "full", True)
        case "warn":
            return Measures(_NOTICES[state], "full", "full", True)
        case "critical":
            return Measures(_NOTICES[state], "base", "full", False)
        case "exhausted":
            if stops_hard:
                return Measures(_STOPPED, "stills", "stopped", False)
            return Measures(_NOTICES[state], "stills", "full", False)


def foretold(load: Load, limits: Limits, *, stops_hard: bool) -> str | None:
    """What is to be said beforehand, while protected displays show: that the budget will not hold for them alone."""
    if protected_fit(load, limits):
        return None
    hours = limits.budget_bytes / load.protected_rate / 3600
    then = _STOPPED_THEN if stops_hard else _BROKEN_THEN
    return f"The protected displays alone use up a day's budget in {hours:.1f} hours. {then}"


@dataclass(frozen=True)
class Decision:
    """What holds for a day."""

    date: str
    """Of the day, in the operator's time zone: on another one everything begins anew."""
    state: BudgetState = "ok"
    used_bytes: int = 0
    committed_bytes: int = 0
    """Both as they were when the state was reached."""
    lifted_by: str | None = None
    """The admin who lifted the budget for this day."""
    members: frozenset[str] | None = None
    """The displays that go on while no more join; None: all may join."""


def of_day(decided: Decision, date: str) -> Decision:
    """What holds on a day, by what was decided last: what was decided of another day holds no more."""
    return decided if decided.date == date else Decision(date)


def decide(load: Load, limits: Limits, before: Decision, *, date: str, present: Iterable[str]) -> Decision:
    """The decision from now on. `present` are the displays that are heard: they are not sent away when no more may join."""
    before = of_day(before, date)
    state = budget_state(load, limits, before.state)
    after = before
    if state != before.state:
        after = replace(before, state=state, used_bytes=load.used_bytes, committed_bytes=committed_bytes(load, limits))
    if measures_of(after, stops_hard=False).lets_more_join:
        return replace(after, members=None)
    return after if after.members is not None else replace(after, members=frozenset(present))


def lifted(before: Decision, *, by: str) -> Decision:
    """The decision with the budget lifted for the day."""
    return replace(before, lifted_by=by, members=None)


def kept_again(before: Decision) -> Decision:
    """The decision with the budget in force as if it had not been lifted."""
    return replace(before, lifted_by=None)


def measures_of(decision: Decision, *, stops_hard: bool) -> Measures:
    """What a decision asks for."""
    return measures(decision.state, is_lifted=decision.lifted_by is not None, stops_hard=stops_hard)


def stops_everything(decision: Decision, *, stops_hard: bool) -> bool:
    """Whether no display shows the picture any more, so that nobody need present."""
    return measures_of(decision, stops_hard=stops_hard).protected == "stopped"


def cap_of(decision: Decision) -> Cap | None:
    """The most that normal displays may take of the picture; None: all of it."""
    step = measures_of(decision, stops_hard=False).normal
    part = "used up" if decision.state == "exhausted" else "nearly used up"
    return None if step == "full" else Cap(step, f"today's bandwidth is {part}")


def hold_of(display_id: str, role: Role | None, decision: Decision, *, stops_hard: bool) -> Hold | None:
    """Why an approved display is held back for today; None where it is not."""
    wanted = measures_of(decision, stops_hard=stops_hard)
    if role is Role.PROTECTED:
        return "stopped" if wanted.protected == "stopped" else None
    if decision.members is not None and display_id not in decision.members:
        return "no_more_join"
    return "used_up" if wanted.normal == "stills" else None


_NOTICES: dict[BudgetState, str] = {
    "warn": "Today's bandwidth is above the warning.",
    "critical": "Today's bandwidth is nearly used up: normal displays get a plainer picture, and no more displays join.",
    "exhausted": "Today's bandwidth is used up, or kept for protected displays: normal displays show no moving picture.",
}

_STOPPED_THEN = "Then they lose the picture, too."

_BROKEN_THEN = "They keep the picture, and the budget does not hold: nothing but a hard stop would keep it."

_STOPPED = "Today's bandwidth is used up: no display shows the picture, as the operator wants it."
