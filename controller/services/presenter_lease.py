"""The lease of a session's one presenter, stored by compare-and-set so that two who click at once do not both get it."""

from __future__ import annotations

import dataclasses
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from controller.rules.audit_chain import Actor, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.rules.presenting import Claim, Lease, is_held_by, may_take, sha256_of
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store


class SessionTaken(Exception):
    """Somebody else presents in the session."""

    def __init__(self, lease: Lease | None) -> None:
        holder = lease.holder if lease else "somebody else"
        super().__init__(f"{holder} is presenting in this session; ask them to stop, or take over from them")
        self.details = {"holder": holder, **({"lease_id": lease.lease_id} if lease else {})}


class LeaseLost(Exception):
    """The lease is not this page's any more."""

    def __init__(self, taken_by: str | None) -> None:
        happened = f"{taken_by} presents in this session now" if taken_by else "this page does not hold the session any more"
        super().__init__(f"{happened}; press Share to present again")
        self.details = {"holder": taken_by} if taken_by else {}


@dataclass(frozen=True)
class HeldLease:
    """A lease and the secret that names it, which is told to its page and not stored."""

    lease: Lease
    secret: str = field(repr=False)
    replaced: Lease | None = None
    """Whose place it took; None: nobody's, or its own."""


class PresenterLeases:
    """Leases in the state store."""

    def __init__(self, state: Store, audit_log: AuditLog) -> None:
        self._state = state
        self._kept = KeptMessages("presenter lease", lease_of)
        self._swap = audit_log.move(_SWAP)
        self._vacate = state.register_script(_VACATE)

    def current(self, session_id: int) -> Lease | None:
        """Who presents in the session, or None."""
        lease = self.remembered(session_id)
        return None if lease is None or lease.is_vacant else lease

    def remembered(self, session_id: int) -> Lease | None:
        """The session's lease, also a vacant one: its page may come back to it. None when it was given back."""
        return self._kept.read(self._state.get(keys.presenter_lease(session_id)))

    def require_takeable(self, session_id: int, claim: Claim, *, last_heard: datetime | None, now: datetime) -> None:
        """Raises SessionTaken, which names the holder, when the page could not take the session's lease now."""
        current = self.remembered(session_id)
        if current is not None and not may_take(current, last_heard, claim, now):
            raise SessionTaken(current)

    def take(
        self, session_id: int, claim: Claim, *, last_heard: datetime | None, now: datetime, by: Actor | None = None
    ) -> HeldLease:
        """Take or renew the session's lease. Raises SessionTaken, which names the holder, and AuditBusy.

        Who takes it stands in the audit log, where `by` says who that is.
        """
        text = self._state.get(keys.presenter_lease(session_id))
        current = self._kept.read(text)
        if current is not None and not may_take(current, last_heard, claim, now):
            raise SessionTaken(current)
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
        is_taken_over = current is not None and claim.takes_over == current.lease_id
        what = AuditCode.SESSION_TAKEN_OVER if is_taken_over else AuditCode.PRESENTING_STARTED
        deed = _deed(session_id, what, current, lease, by=by, now=now) if by else None
        if not self._change(session_id, text or "", _text(lease), deed):
            raise SessionTaken(self.current(session_id))
        return HeldLease(lease, secret, replaced=current)

    def check(self, session_id: int, claim: Claim) -> Lease:
        """The session's lease, if it is this page's; a page that was away comes back to it. Raises LeaseLost."""
        current = self._kept.read(self._state.get(keys.presenter_lease(session_id)))
        if current is None or not is_held_by(current, claim):
            raise LeaseLost(current.holder if current and not current.is_vacant else None)
        return self._occupied(session_id, current)

    def vacate(self, session_id: int, lease: Lease, *, term: int) -> bool:
        """Say that nobody presents, if this lease is still the session's and the steward's term runs; whether it was done."""
        vacant = dataclasses.replace(lease, is_vacant=True)
        return bool(
            self._vacate(keys=[keys.presenter_lease(session_id), keys.STEWARD.term], args=[_text(lease), _text(vacant), term])
        )

    def release(self, session_id: int, claim: Claim, *, by: Actor, now: datetime) -> None:
        """Give the session back. Raises LeaseLost and AuditBusy."""
        text = self._state.get(keys.presenter_lease(session_id))
        current = self._kept.read(text)
        if current is None or not is_held_by(current, claim):
            raise LeaseLost(current.holder if current and not current.is_vacant else None)
        self._change(session_id, text or "", "", _deed(session_id, AuditCode.PRESENTING_STOPPED, current, None, by=by, now=now))

    def end(self, session_id: int, lease: Lease, *, by: Actor, now: datetime) -> bool:
        """Take the session from its presenter, if this lease is still the session's; whether it was. Raises AuditBusy."""
        deed = _deed(session_id, AuditCode.PRESENTING_STOPPED, lease, None, by=by, now=now)
        return self._change(session_id, _text(lease), "", deed)

    def _occupied(self, session_id: int, lease: Lease) -> Lease:
        occupied = dataclasses.replace(lease, is_vacant=False)
        if lease.is_vacant and not self._change(session_id, _text(lease), _text(occupied)):
            raise LeaseLost("somebody else")
        return occupied

    def _change(self, session_id: int, before: str, after: str, deed: Deed | None = None) -> bool:
        return self._swap(deed, keys=[keys.presenter_lease(session_id)], args=[before, after]) == "done"


def lease_of(text: str) -> Lease:
    """The lease that a text holds."""
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


def _deed(session_id: int, what: AuditCode, before: Lease | None, after: Lease | None, *, by: Actor, now: datetime) -> Deed:
    return Deed(now, by, what.value, str(session_id), _facts(before), _facts(after))


def _facts(lease: Lease | None) -> dict[str, Fact]:
    return {"presenter": lease.holder} if lease else {}


_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'changed' end
keep_record()
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 'done'
"""

_VACATE = """
if redis.call('GET', KEYS[2]) ~= ARGV[3] or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
