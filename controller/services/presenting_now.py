"""Who presents in a session and how their picture stands, by the lease and the presenter page's own reports."""

from __future__ import annotations

from datetime import datetime

from controller.rules import presenting
from controller.rules.presenting import Lease
from controller.services.presenter_lease import PresenterLeases
from controller.services.telemetry_window import Report, TelemetryWindow
from wire.admin import PresentingView
from wire.display import PresenterPhase, Presenting
from wire.presenter import PresenterHeartbeat

PresenterReport = Report[PresenterHeartbeat]


class PresentingNow:
    """Reads leases and reports; changes nothing."""

    def __init__(self, leases: PresenterLeases, window: TelemetryWindow) -> None:
        self._leases = leases
        self._window = window

    def lease(self, session_id: int) -> Lease | None:
        """Of who presents; None: nobody does."""
        return self._leases.current(session_id)

    def is_live(self, session_id: int, lease: Lease, now: datetime) -> bool:
        """Whether the picture of who holds this lease is live: neither paused nor silent."""
        return phase_of(lease, self._window.of_presenter(session_id), now) == "live"

    def view(self, session_id: int, now: datetime) -> PresentingView:
        """Who presents, as an admin sees it."""
        lease = self.lease(session_id)
        if lease is None:
            return PresentingView(presenter_name=None, phase="nobody", sender=None)
        report = _of(lease, self._window.of_presenter(session_id))
        sender = report.message.sender if report else None
        return PresentingView(presenter_name=lease.holder, phase=phase_of(lease, report, now), sender=sender)


def presenting_told(lease: Lease | None, report: PresenterReport | None, now: datetime) -> Presenting:
    """Who presents, as a display is told it, where this is the session's last report of a presenter."""
    if lease is None:
        return Presenting()
    phase = phase_of(lease, report, now)
    return Presenting(presenter_identity=lease.identity, presenter_name=lease.holder, phase=phase)


def phase_of(lease: Lease, report: PresenterReport | None, now: datetime) -> PresenterPhase:
    """How the picture of who holds a lease stands; the session's last report counts only where it is of this lease."""
    own = _of(lease, report)
    if presenting.is_silent(lease, own.at if own else None, now):
        return "silent"
    return own.message.phase if own else "starting"


def _of(lease: Lease, report: PresenterReport | None) -> PresenterReport | None:
    return report if report is not None and report.message.lease == lease.lease_id else None
