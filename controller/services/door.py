"""The door of the rooms: reads the token somebody shows, and looks up whether they may be in that room now."""

from __future__ import annotations

import logging

from controller.rules import door
from controller.rules.bandwidth_budget import hold_of, stops_everything
from controller.rules.door import OpenRoom
from controller.services.audit_log import AuditLog
from controller.services.budget_decisions import BudgetDecisions
from controller.services.display_registry import DisplayRegistry
from controller.services.livekit_tokens import LiveKitNotConfigured, LiveKitTokens, NotOurToken
from controller.services.presenter_lease import PresenterLeases
from controller.services.room_access import RoomAccess
from controller.services.sessions import Session, Sessions
from controller.settings import Settings
from wire.display import OUT_OF_ROOM

log = logging.getLogger(__name__)


class Door:
    """Lets into rooms who may be there now."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        registry: DisplayRegistry,
        leases: PresenterLeases,
        rooms: RoomAccess,
        budgets: BudgetDecisions,
        audit_log: AuditLog,
    ) -> None:
        self._tokens = LiveKitTokens(settings.livekit) if settings.livekit else None
        self._missing_livekit = settings.missing_livekit
        self._sessions = sessions
        self._registry = registry
        self._leases = leases
        self._rooms = rooms
        self._budgets = budgets
        self._stops_hard = settings.bandwidth.hard_stop
        self._audit_log = audit_log

    def why_refused(self, token: str) -> str | None:
        """Why the bearer of a token may not come in; None when they may. Raises StateInDoubt where only the state would tell.

        What our key did not sign is refused before any store is asked, so garbage costs nothing.
        """
        try:
            shown = self._known_tokens().read(token)
        except (NotOurToken, LiveKitNotConfigured) as error:
            return str(error)
        self._audit_log.require_sound()
        reason = door.why_refused(shown, self._open_room(shown.room))
        if reason is not None:
            log.info("kept out of the room identity=%r room=%r reason=%s", shown.identity, shown.room, reason)
        return reason

    def room_of(self, session: Session) -> OpenRoom:
        """A session's room as it is now. Raises LiveKitNotConfigured."""
        lease = self._leases.remembered(session.session_id)
        records, budget = self._registry.in_session(session.session_id), self._budgets.in_force()
        holds = {
            record.display_id: hold_of(record.display_id, record.role, budget, stops_hard=self._stops_hard) for record in records
        }
        return OpenRoom(
            name=self._rooms.room_name(session),
            displays={record.display_id: record.state for record in records},
            presenter=lease.identity if lease else None,
            is_stopped=stops_everything(budget, stops_hard=self._stops_hard),
            held=frozenset(display_id for display_id, hold in holds.items() if hold in OUT_OF_ROOM),
        )

    def check_signature(self, signature: str, body: bytes) -> None:
        """Raises NotOurToken unless the SFU signed this very body, and LiveKitNotConfigured."""
        self._known_tokens().check_body(signature, body)

    def _open_room(self, name: str) -> OpenRoom | None:
        named = (session for session in self._sessions.all() if self._rooms.room_name(session) == name)
        session = next(named, None)
        return None if session is None else self.room_of(session)

    def _known_tokens(self) -> LiveKitTokens:
        if self._tokens is None:
            raise LiveKitNotConfigured(self._missing_livekit)
        return self._tokens
