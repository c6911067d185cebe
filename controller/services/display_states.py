"""What a display is told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.rules import stills
from controller.rules.bandwidth_budget import Decision as BudgetDecision
from controller.rules.bandwidth_budget import hold_of
from controller.rules.quality_guard import Decision as QualityDecision
from controller.services.commands import Commands
from controller.services.device_identity import fingerprint_of
from controller.services.display_registry import DisplayRecord
from controller.services.pairing_codes import PairingCodes
from controller.services.presenting_now import PresenterReport, phase_of, presenting_told
from controller.services.quality_guard import QualityGuard
from controller.services.standings import Standing
from controller.services.stills import Stills
from controller.services.telemetry_window import Report, TelemetryWindow
from controller.settings import Settings
from wire.command import Command
from wire.display import BudgetHold, DisplaySession, DisplayState, Heartbeat, Hold, Presenting, Role, State


@dataclass(frozen=True)
class Heard:
    """The last reports of a display and of its session's presenter, and what the display is asked to do, where there are any."""

    display: Report[Heartbeat] | None
    presenter: PresenterReport | None
    command: Command | None = None


class DisplayStates:
    """Reads where a display stands, what was heard and what was decided; changes nothing."""

    def __init__(
        self,
        settings: Settings,
        window: TelemetryWindow,
        pairing_codes: PairingCodes,
        quality_guard: QualityGuard,
        stills: Stills,
        commands: Commands,
    ) -> None:
        self._settings = settings
        self._window = window
        self._pairing_codes = pairing_codes
        self._quality_guard = quality_guard
        self._stills = stills
        self._commands = commands

    def state(self, standing: Standing, now: datetime) -> DisplayState:
        """By the last reports."""
        command = self._commands.waiting(standing.record.display_id, now)
        if standing.lease is None:
            return self.told(standing, Heard(None, None, command), QualityDecision(), now)
        session_id, display_id = standing.record.session_id, standing.record.display_id
        quality = self._quality_guard.last(session_id, standing.lease)
        own = self._window.of_displays([display_id]).get(display_id)
        return self.told(standing, Heard(own, self._window.of_presenter(session_id), command), quality, now)

    def told(self, standing: Standing, heard: Heard, quality: QualityDecision, now: datetime) -> DisplayState:
        """Where these reports are the last ones, and this is what the quality guard decided by them."""
        record, session = standing.record, standing.session
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
            presenting=presenting_told(standing.lease, heard.presenter, now) if approved else Presenting(),
            sfu_url=self._settings.livekit.url if self._settings.livekit else None,
            hold=hold,
            step=quality.step_of(record.display_id) if record.role is Role.NORMAL else "full",
            newest_still=self._newest_still(standing, heard, now) if approved and not (hold and hold.keeps_out) else None,
            stills_off=self._stills.are_off,
            command=heard.command,
        )

    def hold_on(self, standing: Standing) -> BudgetHold | None:
        """Whether the day's bandwidth budget keeps a display out of the room, and why."""
        reason = hold_reason(standing.record, standing.budget, stops_hard=self._settings.bandwidth.hard_stop)
        return BudgetHold(reason=reason, time_zone=self._settings.bandwidth.time_zone.key) if reason else None

    def _newest_still(self, standing: Standing, heard: Heard, now: datetime) -> int | None:
        """For a display that asks for stills; None where there is none for it."""
        own, lease = heard.display, standing.lease
        if own is None or lease is None or not stills.needs_stills(own.message.viewer, own.at, now):
            return None
        is_live = phase_of(lease, heard.presenter, now) == "live"
        return self._stills.number(standing.record.session_id, lease) if is_live else None


def hold_reason(record: DisplayRecord, budget: BudgetDecision, *, stops_hard: bool) -> Hold | None:
    """Whether what was decided of the day's bandwidth keeps an approved display from some of the picture, and how."""
    return hold_of(record.display_id, record.role, budget, stops_hard=stops_hard) if record.state is State.APPROVED else None
