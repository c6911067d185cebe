"""What somebody should look at: a protected display in trouble, or a presenter who sends less than its floor. Causes nothing
else.

The likely cause is where the trouble begins: with the presenter, when their own statistics tell of it; with the media server,
when every display is in trouble at once; with the display's machine, when what came was not decoded; else with the display's
link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from controller.rules.guard_policy import FLOOR_BITRATE_BPS, GuardPolicy
from controller.rules.link_health import Fault, Health, Verdict
from controller.rules.reception_spans import SenderSeen
from wire.presenter import SenderReport


class Cause(StrEnum):
    """Where a trouble likely begins."""

    PRESENTER_UPLINK = "presenter_uplink"
    PRESENTER_COMPUTER = "presenter_computer"
    MEDIA_SERVER = "media_server"
    DISPLAY_MACHINE = "display_machine"
    DISPLAY_LINK = "display_link"


IN_WORDS = {
    Cause.PRESENTER_UPLINK: "the presenter's uplink",
    Cause.PRESENTER_COMPUTER: "the presenter's computer",
    Cause.MEDIA_SERVER: "the media server or its network: every display is in trouble at once",
    Cause.DISPLAY_MACHINE: "the display's machine: what came was not decoded in time",
    Cause.DISPLAY_LINK: "the display's own link",
}


@dataclass(frozen=True)
class Alarm:
    """Something that needs somebody's eyes."""

    display_id: str | None
    """None: it concerns the presenter."""
    cause: Cause
    words: str


@dataclass(frozen=True)
class Judged:
    """A display and how it has been lately, whatever its step."""

    display_id: str
    health: Health
    is_protected: bool
    plis_a_minute: int
    needs_stills: bool = False
    """It asks for single pictures, because no moving one arrives."""


def alarms(displays: Sequence[Judged], senders: Sequence[SenderSeen], policy: GuardPolicy) -> tuple[Alarm, ...]:
    """The alarms of now, the presenter's first."""
    protected = [one for one in displays if one.is_protected]
    presenter = _of_presenter(senders, policy) if protected else None
    found = (_of_display(one, displays, presenter, policy) for one in protected)
    return tuple(alarm for alarm in (presenter, *found) if alarm is not None)


def _of_presenter(senders: Sequence[SenderSeen], policy: GuardPolicy) -> Alarm | None:
    """Of the newest report, if the presenter sends less than the floor for want of bandwidth or computer."""
    if not senders or not senders[0].is_live:
        return None
    sender = senders[0].sender
    lost = sender.uplink_lost_percent
    if lost is not None and lost >= 100 * policy.loses:
        return Alarm(None, Cause.PRESENTER_UPLINK, f"loses {lost:.0f} % of what it sends")
    if sender.target_bps is None or sender.target_bps >= FLOOR_BITRATE_BPS * _dip(senders):
        return None
    cause = _limited_by(sender)
    return Alarm(None, cause, f"sends {sender.target_bps / 1e6:.1f} Mbit/s at most") if cause is not None else None


def _dip(senders: Sequence[SenderSeen]) -> float:
    """For two seconds after a change of the limits the browser aims at 5/6 of them, measured: that is no fault."""
    applied = {(seen.sender.applied.max_bitrate_bps if seen.sender.applied else None) for seen in senders[:4]}
    return 1.0 if len(applied) <= 1 else 5 / 6


def _limited_by(sender: SenderReport) -> Cause | None:
    return {"bandwidth": Cause.PRESENTER_UPLINK, "cpu": Cause.PRESENTER_COMPUTER}.get(sender.quality_limitation)


def _of_display(one: Judged, displays: Sequence[Judged], presenter: Alarm | None, policy: GuardPolicy) -> Alarm | None:
    words = _trouble(one, policy)
    if words is None:
        return None
    return Alarm(one.display_id, _cause(one, displays, presenter, policy), words)


def _trouble(one: Judged, policy: GuardPolicy) -> str | None:
    if not one.health.is_fresh:
        return f"was not heard for {policy.fresh_s:.0f} s"
    if one.health.verdict is Verdict.OUTAGE:
        return one.health.words
    lasts_s = policy.alarm_for_freezes_after_s if one.health.fault is Fault.FREEZES else policy.alarm_after_s
    if one.health.verdict is Verdict.TROUBLE and one.health.seconds >= lasts_s:
        return f"{one.health.words} for {one.health.seconds:.0f} s"
    if one.needs_stills:
        return "gets no moving picture, and asks for single ones"
    if one.plis_a_minute > policy.plis_a_minute:
        return f"asked {one.plis_a_minute} times a minute for a key frame"
    return None


def _cause(one: Judged, displays: Sequence[Judged], presenter: Alarm | None, policy: GuardPolicy) -> Cause:
    if not one.health.is_fresh:
        return Cause.DISPLAY_LINK
    if presenter is not None:
        return presenter.cause
    ill = [other for other in displays if other.health.verdict in (Verdict.TROUBLE, Verdict.OUTAGE)]
    if len(ill) > 1 and not any(_gets_picture(other.health) for other in displays if other not in ill):
        return Cause.MEDIA_SERVER
    is_starved = one.health.fault in (Fault.FEW_FRAMES, Fault.NO_FRAMES) and one.health.lost < policy.loses
    return Cause.DISPLAY_MACHINE if is_starved and one.health.got_most else Cause.DISPLAY_LINK


def _gets_picture(health: Health) -> bool:
    """Whether what a display gets is known, and something of the picture is in it."""
    return health.encoded is not None and health.received_bps > 0
