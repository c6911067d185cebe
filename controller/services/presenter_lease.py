"""The lease of a session's one presenter, stored by compare-and-set so that two who click at once do not both get it."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from controller.rules.presenting import Lease, may_take
from controller.services import keys
from controller.services.stores import Store


class SessionTaken(Exception):
    """Somebody else presents in the session."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} is presenting in this session; ask them to stop, or wait until they have")
        self.holder = holder


class LeaseLost(Exception):
    """The lease is not this page's any more."""


class PresenterLeases:
    """Leases in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._swap = state.register_script(_SWAP)

    def current(self, session_id: int) -> Lease | None:
        """Who presents in the session, or None."""
        return _lease(self._state.get(keys.presenter_lease(session_id)))

    def take(
        self, session_id: int, holder: str, *, own_lease_id: str | None, last_heard: datetime | None, now: datetime
    ) -> Lease:
        """Take or renew the session's lease. Raises SessionTaken, which names the holder."""
        text = self._state.get(keys.presenter_lease(session_id))
        current = _lease(text)
        if current is not None and not may_take(current, last_heard, own_lease_id, now):
            raise SessionTaken(current.holder)
        if current is not None and current.lease_id == own_lease_id:
            return current
        lease = Lease(lease_id=secrets.token_hex(8), holder=holder, taken_at=now)
        if not self._swap(keys=[keys.presenter_lease(session_id)], args=[text or "", _text(lease)]):
            raise SessionTaken(self._holder_now(session_id))
        return lease

    def check(self, session_id: int, lease_id: str) -> Lease:
        """The lease, if it is still the session's. Raises LeaseLost."""
        current = self.current(session_id)
        if current is None or current.lease_id != lease_id:
            raise LeaseLost("this page does not hold the session any more; press Share to present again")
        return current

    def release(self, session_id: int, lease_id: str) -> None:
        """Give the session back. Raises LeaseLost."""
        text = self._state.get(keys.presenter_lease(session_id))
        current = _lease(text)
        if current is None or current.lease_id != lease_id:
            raise LeaseLost("this page does not hold the session any more")
        self._swap(keys=[keys.presenter_lease(session_id)], args=[text or "", ""])

    def _holder_now(self, session_id: int) -> str:
        current = self.current(session_id)
        return current.holder if current else "somebody else"


def _lease(text: str | None) -> Lease | None:
    if not text:
        return None
    fields = json.loads(text)
    return Lease(fields["lease_id"], fields["holder"], datetime.fromisoformat(fields["taken_at"]))


def _text(lease: Lease) -> str:
    return json.dumps({"lease_id": lease.lease_id, "holder": lease.holder, "taken_at": lease.taken_at.isoformat()})


_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1
"""
