"""What is done about accounts and sign-ins, with what follows: whoever may not present any more stops presenting at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from controller.rules.audit_chain import Actor, ActorKind, Deed, Fact
from controller.rules.audit_codes import AuditCode
from controller.rules.presenting import Lease
from controller.services.accounts import Account, AccountRole, Accounts, Signed
from controller.services.audit_log import AuditLog, StateInDoubt
from controller.services.browser_sessions import BrowserSessions, SignIn
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.passwords import random_password
from controller.services.presenter_lease import PresenterLeases
from controller.services.push import Push, presenting_topic
from controller.services.room_access import RoomAccess
from controller.services.sessions import Session, Sessions
from controller.services.sign_in_throttle import SignInThrottle
from controller.services.stills import Stills

log = logging.getLogger(__name__)


class WrongPassword(Exception):
    """The present password was not given."""


class UnknownSignIn(Exception):
    """That browser is not signed in, or not any more."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from of which nobody is known yet."""

    address: str
    request_id: str


class People:
    """Carries out what admins and people themselves decide about accounts."""

    def __init__(
        self,
        accounts: Accounts,
        browser_sessions: BrowserSessions,
        throttle: SignInThrottle,
        sessions: Sessions,
        leases: PresenterLeases,
        rooms: RoomAccess,
        stills: Stills,
        push: Push,
        audit_log: AuditLog,
    ) -> None:
        self._accounts = accounts
        self._browser_sessions = browser_sessions
        self._throttle = throttle
        self._sessions = sessions
        self._leases = leases
        self._rooms = rooms
        self._stills = stills
        self._push = push
        self._audit_log = audit_log

    def add(
        self, name: str, role: AccountRole, sessions: tuple[int, ...] | None, *, by: Actor, now: datetime
    ) -> tuple[Account, str]:
        """A new account and its password, which nobody can read again. Raises AccountExists, BadAccount or UnknownSession."""
        self._check_sessions(sessions)
        password = random_password()
        account = self._accounts.add(
            name, role, password, sessions=sessions, now=now, signed=Signed(by, now, AuditCode.ACCOUNT_MADE)
        )
        log.info("account made name=%s role=%s by=%s", name, role.value, by.name)
        return account, password

    def replace(self, name: str, role: AccountRole, *, by: Actor, now: datetime) -> str:
        """A new password for an account that is made, or becomes of this role. Raises BadAccount, LastAdmin or AccountChanged."""
        password = random_password()
        self._accounts.replace(name, role, password, now=now, signed=Signed(by, now, AuditCode.ACCOUNT_REPLACED))
        log.info("account made or replaced name=%s role=%s by=%s", name, role.value, by.name)
        self._stop_presenting(lambda lease: lease.holder == name, by=by, now=now)
        return password

    def change(self, name: str, role: AccountRole, sessions: tuple[int, ...] | None, *, by: Actor, now: datetime) -> Account:
        """Give somebody another role and other sessions; they must sign in again.

        Raises UnknownAccount, LastAdmin, AccountChanged or UnknownSession.
        """
        self._check_sessions(sessions)
        account = self._accounts.change(name, role, sessions, signed=Signed(by, now, AuditCode.ACCOUNT_CHANGED))
        log.info("account changed name=%s role=%s by=%s", name, role.value, by.name)
        self._stop_presenting(lambda lease: lease.holder == name, by=by, now=now)
        return account

    def reset_password(self, name: str, *, by: Actor, now: datetime) -> str:
        """A new password for somebody, who must sign in again. Raises UnknownAccount or AccountChanged."""
        password = random_password()
        self._accounts.set_password(name, password, signed=Signed(by, now, AuditCode.PASSWORD_RESET))
        log.info("password reset name=%s by=%s", name, by.name)
        self._stop_presenting(lambda lease: lease.holder == name, by=by, now=now)
        return password

    def remove(self, name: str, *, by: Actor, now: datetime) -> None:
        """Remove an account. Raises UnknownAccount, LastAdmin or AccountChanged."""
        self._accounts.remove(name, signed=Signed(by, now, AuditCode.ACCOUNT_REMOVED))
        log.info("account removed name=%s by=%s", name, by.name)
        self._stop_presenting(lambda lease: lease.holder == name, by=by, now=now)

    def verify(self, name: str, password: str, *, network: str, origin: Origin, now: datetime) -> Account | None:
        """The account if the password fits; counted, so that nobody tries for long. Raises TooManyFailures or HashingBusy."""
        self._throttle.begin(name, network, now)
        account = self._accounts.verify(name, password)
        if account is not None:
            self._throttle.succeed(name, network)
        elif self._throttle.is_locked(name, network, now):
            self._tell_of_failures(name, origin, now)
        return account

    def sign_in(self, account: Account, *, browser: str, by: Actor, now: datetime) -> str:
        """Sign a browser in; the token for its cookie. Raises AuditBusy."""
        self._note(Deed(now, by, AuditCode.SIGN_IN_BEGAN.value, account.name, {}, {"browser": browser}))
        return self._browser_sessions.begin(account, now, address=by.address, browser=browser)

    def change_own_password(self, by: Actor, current: str, new: str, *, network: str, now: datetime) -> Account:
        """Give oneself another password; every browser must sign in again.

        Raises WrongPassword, BadAccount, AccountChanged, TooManyFailures or HashingBusy.
        """
        name = by.name
        if self.verify(name, current, network=network, origin=Origin(by.address, by.request_id), now=now) is None:
            raise WrongPassword("the present password is not right; nothing was changed")
        account = self._accounts.set_password(name, new, signed=Signed(by, now, AuditCode.PASSWORD_CHANGED))
        log.info("password changed name=%s", name)
        self._stop_presenting(lambda lease: lease.holder == name, by=by, now=now)
        return account

    def end_sign_in(self, name: str, sign_in_id: str, *, by: Actor, now: datetime) -> None:
        """Sign one of somebody's browsers out. Raises UnknownSignIn."""
        for sign_in in self._browser_sessions.of_person(name, now):
            if sign_in.sign_in_id == sign_in_id:
                return self._end(sign_in, AuditCode.SIGN_IN_ENDED, by=by, now=now)
        raise UnknownSignIn(f"{name} is not signed in there any more; reload the page")

    def sign_out(self, sign_in: SignIn, *, by: Actor, now: datetime) -> None:
        """Sign a browser out in which somebody asks for it, and stop it presenting. Raises AuditBusy."""
        self._end(sign_in, AuditCode.SIGN_IN_LEFT, by=by, now=now)

    def _end(self, sign_in: SignIn, what: AuditCode, *, by: Actor, now: datetime) -> None:
        facts: dict[str, Fact] = {"from": sign_in.address, "browser": sign_in.browser}
        self._note(Deed(now, by, what.value, sign_in.name, facts, {}))
        self._browser_sessions.end(sign_in)
        self._stop_presenting(lambda lease: lease.browser_session == sign_in.token_sha256, by=by, now=now)

    def _tell_of_failures(self, name: str, origin: Origin, now: datetime) -> None:
        """Seldom, so that no flood fills the log; and of no name that is no account's, for it may be a password."""
        known = name if self._accounts.find(name) is not None else ""
        if self._throttle.is_news(known):
            by = Actor(ActorKind.SYSTEM, "sign-in throttle", origin.address, origin.request_id)
            self._note(Deed(now, by, AuditCode.SIGN_IN_THROTTLED.value, known, {}, {}))

    def _note(self, deed: Deed) -> None:
        """Keep a record of somebody who came or went. While the state is in doubt only our log has it: to end the doubt one must
        sign in."""
        try:
            self._audit_log.keep(deed)
        except StateInDoubt:
            log.info(
                "not recorded what=%s target=%s address=%s request=%s",
                deed.what,
                deed.target,
                deed.by.address,
                deed.by.request_id,
            )

    def _check_sessions(self, sessions: tuple[int, ...] | None) -> None:
        for session_id in sessions or ():
            self._sessions.get(session_id)

    def _stop_presenting(self, concerns: Callable[[Lease], bool], *, by: Actor, now: datetime) -> None:
        for session in self._sessions.all():
            lease = self._leases.current(session.session_id)
            if lease is not None and concerns(lease) and self._leases.end(session.session_id, lease, by=by, now=now):
                self._expel(session, lease)
                self._stills.drop(session.session_id)
                self._push.tell(presenting_topic(session.session_id))

    def _expel(self, session: Session, lease: Lease) -> None:
        """Displays follow nobody whom the controller does not name, so the picture is gone also when this fails."""
        try:
            self._rooms.expel(session, lease.identity)
        except (SfuUnreachable, SfuRefused, LiveKitNotConfigured) as error:
            log.info("presenter not removed from the room session=%d error=%s", session.session_id, error)
