"""The wall of a session as people see it: the presenter on their page, the admin on the dashboard."""

from __future__ import annotations

from datetime import datetime

from controller.rules import liveness, presenting, stills
from controller.rules.bandwidth_budget import measures_of
from controller.rules.quality_guard import Decision as QualityDecision
from controller.services.audit_log import AuditLog
from controller.services.bandwidth_status import BandwidthStatuses
from controller.services.budget_decisions import BudgetDecisions
from controller.services.display_registry import DisplayRegistry
from controller.services.display_views import DisplayViews
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.presenting_now import PresentingNow
from controller.services.quality_guard import QualityGuard
from controller.services.quality_views import SHOWN_CHANGES, quality_alarms, quality_view
from controller.services.sessions import Session, Sessions
from controller.services.sfu_status import SfuStatuses
from controller.services.stills import Stills
from controller.services.telemetry_window import TelemetryWindow
from controller.settings import Settings
from wire.admin import AdminSnapshot, DisplayList, DisplayView, SfuStatus, StateDoubt
from wire.display import Role, State
from wire.presenter import Notice, PresenterStatus, SenderReport, WallDisplay
from wire.quality import QualityView


class Wall:
    """Composes what each of them sees; changes nothing."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        registry: DisplayRegistry,
        window: TelemetryWindow,
        presenting: PresentingNow,
        displays: DisplayViews,
        sfu_statuses: SfuStatuses,
        bandwidths: BandwidthStatuses,
        budgets: BudgetDecisions,
        audit_log: AuditLog,
        quality_guard: QualityGuard,
        stills: Stills,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._registry = registry
        self._window = window
        self._presenting = presenting
        self._displays = displays
        self._sfu_statuses = sfu_statuses
        self._bandwidths = bandwidths
        self._budgets = budgets
        self._audit_log = audit_log
        self._quality_guard = quality_guard
        self._stills = stills

    def presenter_status(self, session_id: int, browser_session: str, now: datetime) -> PresenterStatus:
        """What somebody who presents, or may, sees of the wall."""
        session = self._sessions.get(session_id)
        lease = self._presenting.lease(session_id)
        approved = [view for view in self._displays.of_session(session, now).displays if view.state is State.APPROVED]
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
        displays = self._displays.of_session(session, now)
        shown = self._presenting.view(session.session_id, now)
        return AdminSnapshot(
            session_id=session.session_id,
            session_name=session.name,
            displays=displays,
            presenting=shown,
            sfu=self.sfu_status(session, now),
            bandwidth=self._bandwidths.status(now),
            quality=self._quality(displays, shown.sender),
            doubt=self._doubt(),
        )

    def sfu_status(self, session: Session, now: datetime) -> SfuStatus:
        """The SFU as the steward saw it last; its version as the clients in the room tell it."""
        last = self._sfu_statuses.last(session.session_id)
        if last is None:
            return self._sfu_unseen()
        return last.model_copy(update={"version": self._version_told(session.session_id, now)})

    def _quality(self, displays: DisplayList, sender: SenderReport | None) -> QualityView:
        session_id = displays.session_id
        approved = [view for view in displays.displays if view.state is State.APPROVED]
        decision = self._quality_guard.last(session_id, self._presenting.lease(session_id))
        floor = self._quality_guard.policy.floor(has_protected=any(view.role is Role.PROTECTED for view in approved))
        changes = self._quality_guard.changes(session_id, at_most=SHOWN_CHANGES)
        return quality_view(decision, changes, floor, approved, sender)

    def _still_every_ms(self, approved: list[DisplayView], now: datetime) -> int | None:
        if self._stills.are_off:
            return None
        needing = (view.viewer for view in approved if stills.needs_stills(view.viewer, view.last_seen, now))
        return stills.wanted_every_ms(viewer for viewer in needing if viewer is not None)

    def _doubt(self) -> StateDoubt | None:
        doubt = self._audit_log.doubt()
        return None if doubt is None else StateDoubt(message=doubt.message, head=str(doubt.head))

    def _budget_notice(self, now: datetime) -> Notice | None:
        """What the presenter should know of the day's bandwidth: what is done, and what will be."""
        budget = self._budgets.in_force()
        done = measures_of(budget, stops_hard=self._settings.bandwidth.hard_stop).notice
        said = [words for words in (done, self._bandwidths.foretold(now)) if words is not None]
        return Notice(code=f"budget_{budget.state}", message=" ".join(said)) if said else None

    def _sfu_unseen(self) -> SfuStatus:
        livekit = self._settings.livekit
        message = "Nobody has looked at the SFU for half a minute: is the steward running?"
        if livekit is None:
            message = str(LiveKitNotConfigured(self._settings.missing_livekit))
        url = livekit.url if livekit else ""
        return SfuStatus(up=False, message=message, version=None, url=url, room="", observed_at=None, participants=[])

    def _version_told(self, session_id: int, now: datetime) -> str | None:
        presenter = self._window.of_presenter(session_id)
        if presenter is not None and presenter.message.sender.sfu_version:
            return presenter.message.sender.sfu_version
        reports = self._window.of_displays([record.display_id for record in self._registry.in_session(session_id)])
        fresh = (report.message.viewer.sfu_version for report in reports.values() if now - report.at < liveness.OFFLINE_AFTER)
        return next((version for version in fresh if version), None)


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


def _has_stills(view: DisplayView, now: datetime) -> bool:
    is_needed = stills.needs_stills(view.viewer, view.last_seen, now)
    return is_needed and view.viewer is not None and view.viewer.stills is not None and view.viewer.stills.age_ms is not None
