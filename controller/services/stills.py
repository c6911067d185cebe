"""The newest still of each session: a single picture of the presenter's screen, for displays that have no moving one.

It lives in the live store only, which is never written to disk; where the live store is the state store, which is, there are no
stills. It belongs to the lease under which it was sent: under another it is not read, whoever forgot to remove it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime

from controller.rules.presenting import Lease
from controller.services import keys
from controller.services.stores import Store, StoreUnavailable

log = logging.getLogger(__name__)

KEPT_S = 30
"""A picture older than that would only deceive."""


class StillsOff(Exception):
    """There is nowhere to keep a picture."""

    def __init__(self) -> None:
        super().__init__("single pictures are off, because they are never written to disk; set REDIS_LIVE_URL to a second Redis")


class StillOutdated(Exception):
    """The session has this still already, or a newer one."""

    def __init__(self) -> None:
        super().__init__("this still is not newer than the one that is there; send the next one")


@dataclass(frozen=True)
class Still:
    """A picture of the presenter's screen."""

    captured_at: datetime
    webp: bytes = field(repr=False)

    @property
    def etag(self) -> str:
        """The same for the same picture."""
        return hashlib.sha256(self.webp).hexdigest()[:32]


class Stills:
    """Stills in the live store; None: there is none of its own."""

    def __init__(self, live: Store | None) -> None:
        self._live = live
        self._keep = live.register_script(_KEEP) if live else None

    @property
    def are_off(self) -> bool:
        """Whether there is nowhere to keep a picture."""
        return self._live is None

    def keep(self, session_id: int, lease: Lease, still: Still, taken_ms: int) -> None:
        """Put a still in place of an older one of the same lease, or of one of another. Raises StillsOff or StillOutdated."""
        if self._keep is None:
            raise StillsOff
        text = json.dumps({"captured_at": still.captured_at.isoformat(), "webp": base64.b64encode(still.webp).decode()})
        if not self._keep(keys=[keys.still(session_id)], args=[lease.lease_id, taken_ms, text, KEPT_S]):
            raise StillOutdated

    def newest(self, session_id: int, lease: Lease) -> Still | None:
        """The session's newest still under this lease. Raises StillsOff."""
        if self._live is None:
            raise StillsOff
        kept = self._live.hgetall(keys.still(session_id))
        if kept.get("lease_id") != lease.lease_id:
            return None
        fields = json.loads(kept["still"])
        return Still(datetime.fromisoformat(fields["captured_at"]), base64.b64decode(fields["webp"]))

    def number(self, session_id: int, lease: Lease) -> int | None:
        """The number of that still; None where there is none."""
        if self._live is None:
            return None
        lease_id, taken_ms = self._live.hmget(keys.still(session_id), ["lease_id", "taken_ms"])
        return int(taken_ms) if lease_id == lease.lease_id and taken_ms is not None else None

    def drop(self, session_id: int) -> None:
        """Remove the session's still: nobody presents, or they paused, or another does."""
        if self._live is None:
            return
        try:
            self._live.delete(keys.still(session_id))
        except StoreUnavailable as error:
            log.warning("still not removed, gone in %d s session=%d error=%s", KEPT_S, session_id, error)


_KEEP = """
local lease_id, taken_ms = unpack(redis.call('HMGET', KEYS[1], 'lease_id', 'taken_ms'))
if lease_id == ARGV[1] and tonumber(taken_ms) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'lease_id', ARGV[1], 'taken_ms', ARGV[2], 'still', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""
"""KEYS: the session's still. ARGV: lease, number, still, lifetime in seconds."""
