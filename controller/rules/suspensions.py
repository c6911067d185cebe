"""Which normal displays may not subscribe for now: one that takes more of the picture than it was told, and one that fell silent
while it showed it, for a choked link starves its own words too. Each is given back as soon as it obeys or speaks.

Nobody is suspended for the controller's own silence: only while the presenter was heard all along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from controller.rules.display_steps import Told, is_lower
from controller.rules.guard_policy import GuardPolicy
from controller.rules.link_health import is_fresh
from controller.rules.reception_spans import SenderSeen, ViewerSeen


class Reason(StrEnum):
    """What a display is kept from the picture for."""

    DISOBEDIENCE = "disobedience"
    SILENCE = "silence"


@dataclass(frozen=True)
class Suspension:
    """A normal display may not subscribe for now."""

    reason: Reason
    words: str


def suspension(
    reports: Sequence[ViewerSeen], senders: Sequence[SenderSeen], told: Told, policy: GuardPolicy, now: datetime
) -> Suspension | None:
    """Why a normal display may not subscribe; None: it may. Reports are newest first."""
    if not reports:
        return None
    last = reports[0]
    if is_fresh(reports, policy, now):
        has_heard = told.since is not None and last.at > told.since + timedelta(seconds=policy.complies_within_s)
        if not has_heard or not all(is_lower(told.step, report.viewer.step) for report in reports[: policy.disobeys_reports]):
            return None
        return Suspension(Reason.DISOBEDIENCE, f"takes more than the step it was told, {told.step}")
    was_showing = last.viewer.stage == "receiving"
    if was_showing and _heard_throughout(senders, policy, now):
        return Suspension(Reason.SILENCE, f"was not heard for {policy.fresh_s:.0f} s while it showed the picture")
    return None


def is_kept_out(found: Suspension | None, joined_at: datetime | None, policy: GuardPolicy, now: datetime) -> bool:
    """Whether a display in the room is to be kept from the picture.

    To join is to speak: who was silent and just did is given the time until its next reports. It is not to obey.
    """
    if found is None:
        return False
    has_just_joined = joined_at is not None and now - joined_at <= timedelta(seconds=policy.fresh_s)
    return not (found.reason is Reason.SILENCE and has_just_joined)


def _heard_throughout(senders: Sequence[SenderSeen], policy: GuardPolicy, now: datetime) -> bool:
    """Whether the presenter was heard without a gap while the display was not."""
    start, longest = now - timedelta(seconds=policy.fresh_s), timedelta(seconds=policy.longest_sender_gap_s)
    moments = [now, *(seen.at for seen in senders if start < seen.at <= now), start]
    return all(later - sooner <= longest for later, sooner in pairwise(moments))
