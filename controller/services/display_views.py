"""The displays of a session as an admin sees them."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from controller.rules import liveness
from controller.rules.commands import GivenCommand
from controller.services.budget_decisions import BudgetDecisions
from controller.services.commands import Commands
from controller.services.device_identity import fingerprint_of
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.display_states import hold_reason
from controller.services.presenting_now import PresentingNow
from controller.services.sessions import Session, Sessions
from controller.services.stores import StoreUnavailable
from controller.services.telemetry_window import Report, TelemetryWindow
from controller.settings import Settings
from wire.admin import DisplayList, DisplayView
from wire.command import CommandView
from wire.display import LONGEST_TEXT, Heartbeat, Hold, State

log = logging.getLogger(__name__)

STATE_ORDER = (State.PENDING, State.CONFLICT, State.APPROVED, State.REJECTED, State.REVOKED)
"""Who needs an admin comes first."""


@dataclass(frozen=True)
class _Known:
    """What is known of a display beside its record."""

    report: Report[Heartbeat] | None
    kept: datetime | None
    """When it was heard last, by the state store: of use where no report is left."""
    presenter_identity: str | None
    same_address: int | None
    """How many others came from its address, where it waits for an admin."""
    hold: Hold | None
    command: GivenCommand | None


@dataclass(frozen=True)
class _Said:
    """What the live store knows of displays."""

    reports: dict[str, Report[Heartbeat]]
    commands: dict[str, GivenCommand]


class DisplayViews:
    """Reads registry, reports and leases, and lets the rules judge them; changes nothing."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        registry: DisplayRegistry,
        window: TelemetryWindow,
        presenting: PresentingNow,
        budgets: BudgetDecisions,
        commands: Commands,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._registry = registry
        self._window = window
        self._presenting = presenting
        self._budgets = budgets
        self._commands = commands

    def one(self, record: DisplayRecord, now: datetime) -> DisplayView:
        """One display; without its report while the live store is away: what was decided is decided."""
        try:
            said = self._said_of([record])
        except StoreUnavailable as error:
            log.warning("report not read display_id=%s error=%s", record.display_id, error)
            said = _Said({}, {})
        return self._views(record.session_id, [record], said, now)[0]

    def of_session(self, session: Session, now: datetime) -> DisplayList:
        """Every display of a session, those who wait for an admin first."""
        records = self._registry.in_session(session.session_id)
        views = self._views(session.session_id, records, self._said_of(records), now)
        return DisplayList(
            session_id=session.session_id,
            approved=sum(view.state is State.APPROVED for view in views),
            max_displays=self._settings.session_max_displays,
            auto_approve=self._settings.auto_approve.value,
            require_pairing_code=self._settings.require_pairing_code.value,
            displays=sorted(views, key=lambda view: STATE_ORDER.index(view.state)),
        )

    def _said_of(self, records: list[DisplayRecord]) -> _Said:
        display_ids = [record.display_id for record in records]
        return _Said(self._window.of_displays(display_ids), self._commands.last(display_ids))

    def _views(self, session_id: int, records: list[DisplayRecord], said: _Said, now: datetime) -> list[DisplayView]:
        """Of displays of one session."""
        budget, stops_hard = self._budgets.in_force(), self._settings.bandwidth.hard_stop
        kept, lease = self._registry.last_kept(session_id), self._presenting.lease(session_id)
        came_from = self._addresses() if any(record.state is State.PENDING for record in records) else Counter[str]()
        return [
            _view(
                record,
                _Known(
                    report=said.reports.get(record.display_id),
                    kept=kept.get(record.display_id),
                    presenter_identity=lease.identity if lease else None,
                    same_address=came_from[record.address] - 1 if record.state is State.PENDING else None,
                    hold=hold_reason(record, budget, stops_hard=stops_hard),
                    command=said.commands.get(record.display_id),
                ),
                now,
            )
            for record in records
        ]

    def _addresses(self) -> Counter[str]:
        """How many displays came from which address."""
        sessions = self._sessions.all()
        return Counter(record.address for session in sessions for record in self._registry.in_session(session.session_id))


def _view(record: DisplayRecord, known: _Known, now: datetime) -> DisplayView:
    report, approved = known.report, record.state is State.APPROVED
    last_seen = report.at if report else known.kept
    viewer = report.message.viewer if report else None
    return DisplayView(
        display_id=record.display_id,
        session_id=record.session_id,
        name=record.name,
        state=record.state,
        role=record.role,
        revision=record.revision,
        reason=record.reason,
        fingerprint=fingerprint_of(record.public_key),
        model=record.model,
        hostname=record.hostname,
        os=record.os,
        version=record.version,
        address=record.address,
        first_seen=record.first_seen,
        last_seen=last_seen,
        decided_by=record.decided_by[:LONGEST_TEXT] if record.decided_by else None,  # labels of keys had no limit once
        liveness=liveness.liveness(last_seen, now),
        showing=liveness.showing(viewer, last_seen, known.presenter_identity, now) if approved else "not_showing",
        viewer=viewer,
        machine=report.message.machine if report else None,
        code_checked=record.code_checked,
        same_address=known.same_address,
        hold=known.hold,
        command=_command_view(known.command, now) if known.command else None,
    )


def _command_view(command: GivenCommand, now: datetime) -> CommandView:
    return CommandView(kind=command.kind, by=command.by, asked_at=command.asked_at, outcome=command.outcome(now))
