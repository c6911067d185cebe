"""Who of those that wait in a session gives way to another, by registry and reports (`rules.waiting`)."""

from __future__ import annotations

from datetime import datetime

from controller.rules.waiting import Waiting, gives_way
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.telemetry_window import TelemetryWindow
from wire.display import State


class WaitingList:
    """The displays that wait for an admin."""

    def __init__(self, registry: DisplayRegistry, window: TelemetryWindow) -> None:
        self._registry = registry
        self._window = window

    def gives_way(self, session_id: int, now: datetime) -> DisplayRecord | None:
        """The display that another may take the place of; None when there is none."""
        records = {record.display_id: record for record in self._registry.in_session(session_id) if record.state is State.PENDING}
        heard = {display_id: report.at for display_id, report in self._window.of_displays(list(records)).items()}
        kept = self._registry.last_kept(session_id)  # a minute older, but there when the live store has lost the reports

        def waiting(display_id: str, record: DisplayRecord) -> Waiting:
            moments = (record.first_seen, kept.get(display_id), heard.get(display_id))
            last_heard = max(moment for moment in moments if moment is not None)
            return Waiting(display_id, last_heard, is_dealt_with=record.decided_by is not None)

        found = gives_way((waiting(*item) for item in records.items()), now)
        return None if found is None else records[found.display_id]
