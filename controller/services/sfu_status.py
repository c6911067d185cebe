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
        self._keep = live.register_script(_KEEP)
        self._kept = KeptMessages("sfu status", lambda text: SfuStatus.parse(text.encode()))

    def keep(self, session_id: int, status: SfuStatus, *, term: int) -> None:
        """Store an observation that a steward made in this term, unless a later one has made any."""
        self._keep(keys=[keys.sfu_status(session_id), keys.SFU_STATUS_TERM], args=[status.to_json(), term, KEPT_S])

    def last(self, session_id: int) -> SfuStatus | None:
        """The last observation, or None when the steward has been silent."""
        return self._kept.read(self._live.get(keys.sfu_status(session_id)))


_KEEP = """
if tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[2]) then return end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
"""
