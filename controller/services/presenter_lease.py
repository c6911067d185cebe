"""The lease of a session's one presenter, stored by compare-and-set so that two who click at once do not both get it."""

from __future__ import annotations

import dataclasses
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from controller.rules.presenting import Claim, Lease, is_held_by, may_take, sha256_of
from controller.services import keys
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store


class SessionTaken(Exception):
    """Somebody else presents in the session."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} is presenting in this session; ask them to stop, or wait until they have")
        self.holder = holder


class LeaseLost(Exception):
    """The lease is not this page's any more."""


@dataclass(frozen=True)
class HeldLease:
    """A lease and the secret that names it, which is told to its page and not stored."""

    lease: Lease
    secret: str = field(repr=False)


class PresenterLeases:
    """Leases in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._kept = KeptMessages("presenter lease", _lease)
        self._swap = state.register_script(_SWAP)

    def current(self, session_id: int) -> Lease | None:
        """Who presents in the session, or None."""
        lease = self.remembered(session_id)
        return None if lease is None or lease.is_vacant else lease

    def remembered(self, session_id: int) -> Lease | None:
        """The session's lease, also a vacant one: its page may come back to it. None when it was given back."""
        return self._kept.read(self._state.get(keys.presenter_lease(session_id)))

    def take(self, session_id: int, claim: Claim, *, last_heard: datetime | None, now: datetime) -> HeldLease:
        """Take or renew the session's lease. Raises SessionTaken, which names the holder."""
        text = self._state.get(keys.presenter_lease(session_id))
        current = self._kept.read(text)
        if current is not None and not may_take(current, last_heard, claim, now):
            raise SessionTaken(current.holder)
        if current is not None and claim.secret is not None and is_held_by(current, claim):
            return HeldLease(self._occupied(session_id, current), claim.secret)
        secret = secrets.token_urlsafe(16)
        lease = Lease(
            lease_id=secrets.token_hex(8),
            secret_sha256=sha256_of(secret),
            holder=claim.holder,
            browser_session=claim.browser_session,
            taken_at=now,
        )
        if not self._swap(keys=[keys.presenter_lease(session_id)], args=[text or "", _text(lease)]):
            raise SessionTaken(self._holder_now(session_id))
        return HeldLease(lease, secret)

    def check(self, session_id: int, claim: Claim) -> Lease:
        """The session's lease, if it is this page's; a page that was away comes back to it. Raises LeaseLost."""
        current = self._kept.read(self._state.get(keys.presenter_lease(session_id)))
        if current is None or not is_held_by(current, claim):
            raise LeaseLost("this page does not hold the session any more; press Share to present again")
        return self._occupied(session_id, current)

    def vacate(self, session_id: int, lease: Lease) -> bool:
        """Say that nobody presents, if this lease is still the session's; whether it was."""
        return self._change(session_id, lease, dataclasses.replace(lease, is_vacant=True))

    def release(self, session_id: int, claim: Claim) -> None:
        """Give the session back. Raises LeaseLost."""
        text = self._state.get(keys.presenter_lease(session_id))
        current = self._kept.read(text)
        if current is None or not is_held_by(current, claim):
            raise LeaseLost("this page does not hold the session any more")
        self._swap(keys=[keys.presenter_lease(session_id)], args=[text or "", ""])

    def _occupied(self, session_id: int, lease: Lease) -> Lease:
        occupied = dataclasses.replace(lease, is_vacant=False)
        if lease.is_vacant and not self._change(session_id, lease, occupied):
            raise LeaseLost("somebody else presents in this session now")
        return occupied

    def _change(self, session_id: int, before: Lease, after: Lease) -> bool:
        return bool(self._swap(keys=[keys.presenter_lease(session_id)], args=[_text(before), _text(after)]))

    def _holder_now(self, session_id: int) -> str:
        current = self.current(session_id)
        return current.holder if current else "somebody else"


def _lease(text: str) -> Lease:
    fields = json.loads(text)
    return Lease(
        lease_id=fields["lease_id"],
        secret_sha256=fields["secret_sha256"],
        holder=fields["holder"],
        browser_session=fields["browser_session"],
        taken_at=datetime.fromisoformat(fields["taken_at"]),
        is_vacant=fields["is_vacant"],
    )


def _text(lease: Lease) -> str:
    return json.dumps({**dataclasses.asdict(lease), "taken_at": lease.taken_at.isoformat()})


_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1
"""
