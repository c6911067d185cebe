"""What the quality guard would decide, decided by hand: through the guard's own store, as by any process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from controller.parts import Parts
from controller.rules.quality_guard import Decision, changes_between
from controller.rules.sender_limits import Ceiling
from controller.services import push
from onebox.waiting import wait_until
from wire.presenter import SenderLimits


def decide(parts: Parts, change: Callable[[Decision], Decision], *, tells: bool = True) -> datetime:
    """Let a decision hold for session 1 from now on; when that was."""
    now = datetime.now(UTC)
    lease = parts.leases.current(1)
    assert lease is not None

    def is_kept() -> bool:
        kept = parts.quality_decisions.last(1)
        after = change(replace(kept.decision, lease_id=lease.lease_id))
        return parts.quality_decisions.replace(1, kept, after, changes_between(kept.decision, after), now)

    wait_until(is_kept, "the decision is kept")
    if tells:
        parts.push.tell(push.presenting_topic(1), push.session_topic(1))
    return now


def lowered_to(limits: SenderLimits) -> Callable[[Decision], Decision]:
    """A decision that lowers what the presenter may send."""
    now = datetime.now(UTC)
    return lambda before: replace(before, ceiling=Ceiling(limits, "for a test", fell_at=now, changed_at=(now,)))


def applied(parts: Parts) -> SenderLimits | None:
    """What the presenter's page told last that is in force."""
    report = parts.window.of_presenter(1)
    return report.message.sender.applied if report else None
