"""What the steward saw of the SFU, for everybody to read: one asks, all look."""

from __future__ import annotations

from controller.services import keys
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store
from wire.admin import SfuStatus

KEPT_S = 30


class SfuStatuses:
    """The last observation of each session's room, in the live store."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._kept = KeptMessages("sfu status", lambda text: SfuStatus.parse(text.encode()))

    def keep(self, session_id: int, status: SfuStatus) -> None:
        """Store an observation."""
        self._live.set(keys.sfu_status(session_id), status.to_json(), ex=KEPT_S)

    def last(self, session_id: int) -> SfuStatus | None:
        """The last observation, or None when the steward has been silent."""
        return self._kept.read(self._live.get(keys.sfu_status(session_id)))
