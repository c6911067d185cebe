"""What people are told of the quality guard: what it holds in force, what it wants looked at, and what it changed and why."""

from __future__ import annotations

from collections.abc import Mapping

from controller.rules.picture_delay import picture_delay_ms
from controller.rules.quality_alarms import IN_WORDS
from controller.rules.quality_guard import Decision
from controller.services.quality_decisions import LogEntry
from controller.services.spreadsheets import as_csv
from wire.admin import DisplayView
from wire.display import Role
from wire.presenter import QualityAlarm, SenderLimits, SenderReport
from wire.quality import PictureDelay, QualityChange, QualityStep, QualityView

SHOWN_CHANGES = 12
"""On the dashboard; the log has them all."""


def quality_view(
    decision: Decision, entries: list[LogEntry], floor: SenderLimits, approved: list[DisplayView], sender: SenderReport | None
) -> QualityView:
    """What holds in a session, and what changed last, where these displays are approved."""
    names = {view.display_id: view.name for view in approved}
    normal = [view.display_id for view in approved if view.role is Role.NORMAL]
    return QualityView(
        limits=decision.ceiling.limits,
        limits_reason=decision.ceiling.reason,
        floor=floor,
        alarms=quality_alarms(decision, names),
        steps=[step for display_id in normal if (step := _step(decision, display_id)) is not None],
        delays=[delay for view in approved if (delay := _delay(view, sender)) is not None],
        changes=quality_changes(entries, names),
    )


def quality_alarms(decision: Decision, names: Mapping[str, str]) -> list[QualityAlarm]:
    """The guard's alarms, by the displays' names."""
    return [
        QualityAlarm(
            display_name=names.get(alarm.display_id, alarm.display_id) if alarm.display_id else None,
            cause=alarm.cause.value,
            message=f"{alarm.words}; likely {IN_WORDS[alarm.cause]}",
        )
        for alarm in decision.alarms
    ]


def quality_changes(entries: list[LogEntry], names: Mapping[str, str]) -> list[QualityChange]:
    """Changes as they are told, by the displays' names of now."""
    return [
        QualityChange(
            at=entry.at,
            display_id=entry.change.display_id,
            display_name=names.get(entry.change.display_id) if entry.change.display_id else None,
            what=entry.change.what,
            why=entry.change.why,
        )
        for entry in entries
    ]


def changes_as_csv(changes: list[QualityChange]) -> str:
    """Changes as a table, a line each, newest first."""
    rows = [
        (change.at.isoformat(), change.display_id or "presenter", change.display_name, change.what, change.why)
        for change in changes
    ]
    return as_csv(("at", "display_id", "display_name", "what", "why"), rows)


def _step(decision: Decision, display_id: str) -> QualityStep | None:
    step, suspended = decision.step_of(display_id), decision.suspended.get(display_id)
    if step == "full" and suspended is None:
        return None
    words = suspended.words if suspended is not None else None
    return QualityStep(display_id=display_id, step=step, reason=decision.reason_of(display_id), suspended=words)


def _delay(view: DisplayView, sender: SenderReport | None) -> PictureDelay | None:
    reception = view.viewer.reception if view.viewer is not None and view.showing == "showing" else None
    delay_ms = picture_delay_ms(sender, reception)
    return PictureDelay(display_id=view.display_id, delay_ms=delay_ms) if delay_ms is not None else None
