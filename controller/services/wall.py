"""The wall as each audience sees it: what a display is told, what the presenter sees, what the admin sees.

Reads registry, reports and leases, and lets the rules judge them; changes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from controller.rules import liveness, presenting, stills
from controller.rules.bandwidth_budget import Decision, hold_of, measures_of
from controller.rules.commands import GivenCommand
from controller.rules.presenting import Lease
from controller.rules.quality_guard import Decision as QualityDecision
from controller.services.audit_log import AuditLog
from controller.services.bandwidth_status import BandwidthStatuses
from controller.services.budget_decisions import BudgetDecisions
from controller.services.commands import Commands
from controller.services.device_identity import fingerprint_of
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.pairing_codes import PairingCodes
from controller.services.presenter_lease import PresenterLeases
from controller.services.quality_guard import QualityGuard
from controller.services.quality_views import SHOWN_CHANGES, quality_alarms, quality_view
from controller.services.sessions import Session, Sessions
from controller.services.sfu_status import SfuStatuses
from controller.services.standings import Standing
from controller.services.stills import Stills
from controller.services.stores import StoreUnavailable
from controller.services.telemetry_window import Report, TelemetryWindow
from controller.settings import Settings
from wire.admin import AdminSnapshot, DisplayList, DisplayView, PresentingView, SfuStatus, StateDoubt
from wire.command import Command, CommandView
from wire.display import (
    LONGEST_TEXT,
    BudgetHold,
    DisplaySession,
    DisplayState,
    Heartbeat,
    Hold,
    PresenterPhase,
    Presenting,
    Role,
    State,
)
from wire.presenter import Notice, PresenterHeartbeat, PresenterStatus, SenderReport, WallDisplay
from wire.quality import QualityView

log = logging.getLogger(__name__)

STATE_ORDER = (State.PENDING, State.CONFLICT, State.APPROVED, State.REJECTED, State.REVOKED)
"""Who needs an admin comes first."""


@dataclass(frozen=True)
class _Said:
    """What the live store knows of displays."""

    reports: dict[str, Report[Heartbeat]]
    commands: dict[str, GivenCommand]


@dataclass(frozen=True)
class Heard:
    """The last reports of a display and of its session's presenter, and what the display is asked to do, where there are any."""

    display: Report[Heartbeat] | None
    presenter: Report[PresenterHeartbeat] | None
    command: Command | None = None


class Wall:
    """Composes the views."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        registry: DisplayRegistry,
        window: TelemetryWindow,
        leases: PresenterLeases,
        pairing_codes: PairingCodes,
        sfu_statuses: SfuStatuses,
        bandwidths: BandwidthStatuses,
        budgets: BudgetDecisions,
        audit_log: AuditLog,
        quality_guard: QualityGuard,
        stills: Stills,
        commands: Commands,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._registry = registry
        self._window = window
        self._leases = leases
        self._pairing_codes = pairing_codes
        self._sfu_statuses = sfu_statuses
        self._bandwidths = bandwidths
        self._budgets = budgets
        self._quality_guard = quality_guard
        self._audit_log = audit_log
        self._stills = stills
        self._commands = commands

    def display_state(self, standing: Standing, now: datetime) -> DisplayState:
        """What a display is told about itself."""
        command = self._commands.waiting(standing.record.display_id, now)
        if standing.lease is None:
            return self.told(standing, Heard(None, None, command), QualityDecision(), now)
        session_id, display_id = standing.record.session_id, standing.record.display_id
        quality = self._quality_guard.last(session_id, standing.lease)
        own = self._window.of_displays([display_id]).get(display_id)
        return self.told(standing, Heard(own, self._window.of_presenter(session_id), command), quality, now)

    def told(self, standing: Standing, heard: Heard, quality: QualityDecision, now: datetime) -> DisplayState:
        """What a display is told about itself, where these reports are the last ones."""
        record, session = standing.record, standing.session
        presenter = heard.presenter
        pairing = self._pairing_codes.of(record.display_id) if record.state is State.PENDING else None
        approved = record.state is State.APPROVED
        hold = self.hold_on(standing)
        return DisplayState(
            display_id=record.display_id,
            fingerprint=fingerprint_of(record.public_key),
            revision=record.revision,
            state=record.state,
            role=record.role,
            name=record.name,
            reason=record.reason,
            pairing_code=pairing.code if pairing else None,
            pairing_code_expires_in_s=pairing.expires_in_s if pairing else None,
            session=DisplaySession(session_id=session.session_id, name=session.name) if session and approved else None,
            presenting=_presenting(standing.lease, presenter, now) if approved else Presenting(),
            sfu_url=self._settings.livekit.url if self._settings.livekit else None,
            hold=hold,
            step=quality.step_of(record.display_id) if record.role is Role.NORMAL else "full",
            newest_still=self._newest_still(standing, heard, now) if approved and not (hold and hold.keeps_out) else None,
            stills_off=self._stills.are_off,
            command=heard.command,
        )

    def hold_on(self, standing: Standing) -> BudgetHold | None:
        """Whether the day's bandwidth budget keeps a display out of the room, and why."""
        reason = self._hold_reason(standing.record, standing.budget)
        return BudgetHold(reason=reason, time_zone=self._settings.bandwidth.time_zone.key) if reason else None

    def display_view(self, record: DisplayRecord, now: datetime) -> DisplayView:
        """One display as an admin sees it; without its report while the live store is away: what was decided is decided."""
        try:
            said = self._said_of([record])
        except StoreUnavailable as error:
            log.warning("report not read display_id=%s error=%s", record.display_id, error)
            said = _Said({}, {})
        return self._views([record], said, now)[0]

    def displays(self, session: Session, now: datetime) -> DisplayList:
        """Every display of a session, those who wait for an admin first."""
        records = self._registry.in_session(session.session_id)
        views = self._views(records, self._said_of(records), now)
        return DisplayList(
            session_id=session.session_id,
            approved=sum(view.state is State.APPROVED for view in views),
            max_displays=self._settings.session_max_displays,
            auto_approve=self._settings.auto_approve.value,
            require_pairing_code=self._settings.require_pairing_code.value,
            displays=sorted(views, key=lambda view: STATE_ORDER.index(view.state)),
        )

    def presenter_status(self, session_id: int, browser_session: str, now: datetime) -> PresenterStatus:
        """What somebody who presents, or may, sees of the wall."""
        session = self._sessions.get(session_id)
        lease = self._leases.current(session_id)
        approved = [view for view in self.displays(session, now).displays if view.state is State.APPROVED]
        protected = sum(view.role is Role.PROTECTED for view in approved)
        quality = self._quality_guard.last(session_id, lease)
        return PresenterStatus(
            session_id=session_id,
            holds_lease=lease is not None and lease.browser_session == browser_session,
            approved=len(approved),
            showing=sum(view.showing == "showing" for view in approved),
            protected_approved=protected,
            displays=[_on_wall(view, quality, now) for view in approved],
            warning=few_protected_notice(protected),
            still_every_ms=self._still_every_ms(approved, now),
            budget=self._budget_notice(now),
            limits=quality.ceiling.limits,
            limits_reason=quality.ceiling.reason,
            alarms=quality_alarms(quality, {view.display_id: view.name for view in approved}),
        )

    def snapshot(self, session: Session, now: datetime) -> AdminSnapshot:
        """All that the dashboard shows of a session."""
        displays = self.displays(session, now)
        presenting = self._presenting_view(session.session_id, now)
        return AdminSnapshot(
            session_id=session.session_id,
            session_name=session.name,
            displays=displays,
            presenting=presenting,
            sfu=self.sfu_status(session, now),
            bandwidth=self._bandwidths.status(now),
            quality=self._quality(displays, presenting.sender),
            doubt=self._doubt(),
        )

    def _quality(self, displays: DisplayList, sender: SenderReport | None) -> QualityView:
        session_id = displays.session_id
        approved = [view for view in displays.displays if view.state is State.APPROVED]
        decision = self._quality_guard.last(session_id, self._leases.current(session_id))
        floor = self._quality_guard.policy.floor(has_protected=any(view.role is Role.PROTECTED for view in approved))
        changes = self._quality_guard.changes(session_id, at_most=SHOWN_CHANGES)
        return quality_view(decision, changes, floor, approved, sender)

    def presents(self, session_id: int) -> bool:
        """Whether somebody presents in a session."""
        return self._leases.current(session_id) is not None

    def is_live(self, session_id: int, lease: Lease, now: datetime) -> bool:
        """Whether the picture of who holds this lease is live: neither paused nor silent."""
        return _phase(lease, self._report_of(lease, session_id), now) == "live"

    def sfu_status(self, session: Session, now: datetime) -> SfuStatus:
        """The SFU as the steward saw it last; its version as the clients in the room tell it."""
        last = self._sfu_statuses.last(session.session_id)
        if last is None:
            return self._sfu_unseen()
        return last.model_copy(update={"version": self._version_told(session.session_id, now)})

    def _newest_still(self, standing: Standing, heard: Heard, now: datetime) -> int | None:
        """For a display that asks for stills; None where there is none for it."""
        own, lease = heard.display, standing.lease
        if own is None or lease is None or not stills.needs_stills(own.message.viewer, own.at, now):
            return None
        is_live = _phase(lease, _of_lease(lease, heard.presenter), now) == "live"
        return self._stills.number(standing.record.session_id, lease) if is_live else None

    def _still_every_ms(self, approved: list[DisplayView], now: datetime) -> int | None:
        if self._stills.are_off:
            return None
        needing = (view.viewer for view in approved if stills.needs_stills(view.viewer, view.last_seen, now))
        return stills.wanted_every_ms(viewer for viewer in needing if viewer is not None)

    def _doubt(self) -> StateDoubt | None:
        doubt = self._audit_log.doubt()
        return None if doubt is None else StateDoubt(message=doubt.message, head=str(doubt.head))

    def _said_of(self, records: list[DisplayRecord]) -> _Said:
        display_ids = [record.display_id for record in records]
        return _Said(self._window.of_displays(display_ids), self._commands.last(display_ids))

    def _views(self, records: list[DisplayRecord], said: _Said, now: datetime) -> list[DisplayView]:
        budget = self._budgets.in_force()
        kept = {session_id: self._registry.last_kept(session_id) for session_id in {record.session_id for record in records}}
        identity = _cached(self._presenter_identity)
        came_from = self._addresses() if any(record.state is State.PENDING for record in records) else Counter[str]()
        return [
            _view(
                record,
                said.reports.get(record.display_id),
                kept[record.session_id].get(record.display_id),
                identity(record.session_id),
                came_from[record.address] - 1 if record.state is State.PENDING else None,
                self._hold_reason(record, budget),
                said.commands.get(record.display_id),
                now,
            )
            for record in records
        ]

    def _hold_reason(self, record: DisplayRecord, budget: Decision) -> Hold | None:
        if record.state is not State.APPROVED:
            return None
        return hold_of(record.display_id, record.role, budget, stops_hard=self._settings.bandwidth.hard_stop)

    def _budget_notice(self, now: datetime) -> Notice | None:
        """What the presenter should know of the day's bandwidth: what is done, and what will be."""
        budget = self._budgets.in_force()
        done = measures_of(budget, stops_hard=self._settings.bandwidth.hard_stop).notice
        said = [words for words in (done, self._bandwidths.foretold(now)) if words is not None]
        return Notice(code=f"budget_{budget.state}", message=" ".join(said)) if said else None

    def _addresses(self) -> Counter[str]:
        """How many displays came from which address."""
        sessions = self._sessions.all()
        return Counter(record.address for session in sessions for record in self._registry.in_session(session.session_id))

    def _sfu_unseen(self) -> SfuStatus:
        livekit = self._settings.livekit
        message = "Nobody has looked at the SFU for half a minute: is the steward running?"
        if livekit is None:
            message = str(LiveKitNotConfigured(self._settings.missing_livekit))
        url = livekit.url if livekit else ""
        return SfuStatus(up=False, message=message, version=None, url=url, room="", observed_at=None, participants=[])

    def _presenter_identity(self, session_id: int) -> str | None:
        lease = self._leases.current(session_id)
        return lease.identity if lease else None

    def _presenting_view(self, session_id: int, now: datetime) -> PresentingView:
        lease = self._leases.current(session_id)
        if lease is None:
            return PresentingView(presenter_name=None, phase="nobody", sender=None)
        report = self._report_of(lease, session_id)
        sender = report.message.sender if report else None
        return PresentingView(presenter_name=lease.holder, phase=_phase(lease, report, now), sender=sender)

    def _report_of(self, lease: Lease, session_id: int) -> Report[PresenterHeartbeat] | None:
        return _of_lease(lease, self._window.of_presenter(session_id))

    def _version_told(self, session_id: int, now: datetime) -> str | None:
        presenter = self._window.of_presenter(session_id)
        if presenter is not None and presenter.message.sender.sfu_version:
            return presenter.message.sender.sfu_version
        reports = self._window.of_displays([record.display_id for record in self._registry.in_session(session_id)])
        fresh = (report.message.viewer.sfu_version for report in reports.values() if now - report.at < liveness.OFFLINE_AFTER)
        return next((version for version in fresh if version), None)


def _presenting(lease: Lease | None, report: Report[PresenterHeartbeat] | None, now: datetime) -> Presenting:
    if lease is None:
        return Presenting()
    phase = _phase(lease, _of_lease(lease, report), now)
    return Presenting(presenter_identity=lease.identity, presenter_name=lease.holder, phase=phase)


def _of_lease(lease: Lease, report: Report[PresenterHeartbeat] | None) -> Report[PresenterHeartbeat] | None:
    return report if report is not None and report.message.lease == lease.lease_id else None


def few_protected_notice(protected_approved: int) -> Notice | None:
    """The presenter's notice while fewer than two protected displays are approved."""
    message = presenting.few_protected_warning(protected_approved)
    return Notice(code="few_protected", message=message) if message else None


def _on_wall(view: DisplayView, quality: QualityDecision, now: datetime) -> WallDisplay:
    """One that was promoted since the guard looked last shows the whole picture at once."""
    is_normal = view.role is not Role.PROTECTED
    return WallDisplay(
        name=view.name,
        role=view.role or Role.NORMAL,
        showing=view.showing,
        liveness=view.liveness,
        step=quality.step_of(view.display_id) if is_normal else "full",
        hold=view.hold,
        has_stills=_has_stills(view, now),
        step_reason=quality.reason_of(view.display_id) if is_normal else "",
    )


def _view(
    record: DisplayRecord,
    report: Report[Heartbeat] | None,
    kept: datetime | None,
    presenter_identity: str | None,
    same_address: int | None,
    hold: Hold | None,
    command: GivenCommand | None,
    now: datetime,
) -> DisplayView:
    last_seen = report.at if report else kept
    viewer = report.message.viewer if report else None
    approved = record.state is State.APPROVED
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
        showing=liveness.showing(viewer, last_seen, presenter_identity, now) if approved else "not_showing",
        viewer=viewer,
        machine=report.message.machine if report else None,
        code_checked=record.code_checked,
        same_address=same_address,
        hold=hold,
        command=_command_view(command, now) if command else None,
    )


def _has_stills(view: DisplayView, now: datetime) -> bool:
    is_needed = stills.needs_stills(view.viewer, view.last_seen, now)
    return is_needed and view.viewer is not None and view.viewer.stills is not None and view.viewer.stills.age_ms is not None


def _command_view(command: GivenCommand, now: datetime) -> CommandView:
    return CommandView(kind=command.kind, by=command.by, asked_at=command.asked_at, outcome=command.outcome(now))


def _phase(lease: Lease, report: Report[PresenterHeartbeat] | None, now: datetime) -> PresenterPhase:
    if presenting.is_silent(lease, report.at if report else None, now):
        return "silent"
    return report.message.phase if report else "starting"


def _cached(ask: Callable[[int], str | None]) -> Callable[[int], str | None]:
    answers: dict[int, str | None] = {}

    def answer(session_id: int) -> str | None:
        if session_id not in answers:
            answers[session_id] = ask(session_id)
        return answers[session_id]

    return answer
