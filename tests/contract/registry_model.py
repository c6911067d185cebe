"""What the registry should be, in dictionaries: written from product.md's words, not from the code that it checks.

Each act answers why it must be refused, or None after it has done here what the registry must do. One thing happens at a time, so
nothing has to be compared or retried.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.rules.admission import MoveNotAllowed
from controller.services.code_checks import PairingCodeRequired
from controller.services.display_registry import ChangedMeanwhile, RegistryFull, SessionFull, UnknownDisplay
from controller.services.pairing_codes import WrongPairingCode
from controller.services.presenter_lease import SessionTaken
from controller.services.sessions import SessionInUse, UnknownSession

Refusal = type[Exception] | None

MAX_APPROVED = 2
MAX_PENDING = 3

LEADS_TO = {"reject": ({"pending"}, "rejected"), "revoke": ({"approved", "conflict"}, "revoked")}
SILENT_AFTER = timedelta(seconds=30)
LAPSES_AFTER = timedelta(seconds=15)

TURNED_AWAY = frozenset({"rejected", "revoked"})
HERE = frozenset({"pending", "approved"})
IN_USE = HERE | {"conflict"}


@dataclass
class Display:
    """What is known of a display."""

    session_id: int
    state: str
    role: str | None
    reason: str | None
    name: str
    boot_id: str
    revision: int = 1
    code_checked: bool = False
    last_heard: datetime | None = field(default=None, compare=False)
    """Its last heartbeat, or its first hello."""
    is_dealt_with: bool = field(default=False, compare=False)
    """Whether an admin, or what lets displays in, has decided something about it."""
    given: str | None = field(default=None, compare=False)
    """The generation handed out last, as the test was told; None: none, or a conflict was resolved since."""
    given_for: str = field(default="", compare=False)
    """What was shown for it."""
    is_given_another: bool = field(default=False, compare=False)
    """Whether its last hello was worth another generation."""


@dataclass
class EnrolmentKey:
    """A key, and how much of it is left."""

    max_uses: int
    expires_at: datetime
    key_id: str
    uses: int = 0
    is_revoked: bool = False

    def is_good(self, now: datetime) -> bool:
        """Whether one more display may come in by it."""
        return self.uses < self.max_uses and now < self.expires_at and not self.is_revoked


@dataclass(frozen=True)
class Record:
    """What the audit log must say last."""

    what: str
    target: str
    who: str


@dataclass(frozen=True)
class Wish:
    """What an admin asks of a display; `revision` is the one on their page, None where the page names none."""

    by: str
    display_id: str
    session_id: int
    revision: int | None
    shows_code: bool | None = None
    """Whether the code typed is the display's own; None: none is typed."""


@dataclass
class Model:
    """Displays, sessions, enrolment keys and the audit log."""

    auto_approve: str = "enrolled"
    require_code: str = "none"
    displays: dict[str, Display] = field(default_factory=dict)
    sessions: dict[int, str] = field(default_factory=lambda: {1: "Main stage"})
    archived: dict[int, str] = field(default_factory=dict)
    keys: dict[str, EnrolmentKey] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    presenters: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    """Who presents in which session, and since when."""
    heard: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The boot of each display that is heard, and the one whose place it took."""

    # -- a display -------------------------------------------------------------------------------------------------------------

    def hello(
        self,
        display_id: str,
        boot_id: str,
        *,
        key: str | None,
        wanted_session_id: int | None,
        now: datetime,
        shown: str | None = None,
    ) -> Refusal:
        """A display comes, or comes again. `key`: the label of the enrolment key it shows; any other word where it is none.
        `shown`: its generation, empty where it has none yet, None where it keeps none."""
        known = self.displays.get(display_id)
        refusal = None
        if known is not None and known.state == "conflict":
            known.is_given_another = False
        elif known is not None and self._is_second_machine(display_id, known, boot_id, shown):
            self._suspend(display_id, known)
        else:
            refusal = self._come(display_id, boot_id, key=key, wanted_session_id=wanted_session_id, now=now, shown=shown)
        if refusal is None:
            self._hear(display_id, boot_id)
        return refusal

    def _is_second_machine(self, display_id: str, known: Display, boot_id: str, shown: str | None) -> bool:
        """Its place was taken by another boot, and it lives on; or it shows what was given to another."""
        heard, before = self.heard.get(display_id, ("", ""))
        if boot_id not in ("", heard) and boot_id == before:
            return True
        return known.given is not None and boot_id != known.boot_id and shown not in (known.given, known.given_for)

    def _suspend(self, display_id: str, known: Display) -> None:
        """Neither machine is trusted; who is turned away stays so."""
        known.is_given_another = False
        if known.state in HERE:
            known.state, known.role, known.reason, known.code_checked = "conflict", None, None, False
            known.is_dealt_with = True
            known.revision += 1
            self.records.append(Record("display.suspended", display_id, "clone detection"))

    def _hear(self, display_id: str, boot_id: str) -> None:
        heard, before = self.heard.get(display_id, ("", ""))
        self.heard[display_id] = (boot_id, before if boot_id == heard else heard)

    def _give(self, known: Display, boot_id: str, shown: str | None) -> bool:
        """Whether it is given another generation for this hello."""
        if known.given is None:
            known.is_given_another = shown is not None
            known.given_for = shown or ""
        else:
            known.is_given_another = boot_id != known.boot_id
            if shown == known.given:
                known.given_for = known.given if known.is_given_another else known.given_for
        return known.is_given_another

    def _come(
        self, display_id: str, boot_id: str, *, key: str | None, wanted_session_id: int | None, now: datetime, shown: str | None
    ) -> Refusal:
        known = self.displays.get(display_id)
        if known is not None and (known.state != "pending" or (key is None and self.auto_approve != "all")):
            return self._refresh(known, boot_id, shown)
        wish = wanted_session_id if self.auto_approve == "all" else None
        session_id = known.session_id if known else wish or min(self.sessions)
        if session_id not in self.sessions:
            return UnknownSession
        state, reason, who = self._admission(session_id, key, now)
        if known is None and state == "pending" and self._count(session_id, "pending") >= MAX_PENDING:
            silent = self._silent(session_id, now)
            if silent is None:
                return RegistryFull
            del self.displays[silent]
        self._arrive(display_id, Display(session_id, state, None, reason, display_id[-6:], boot_id, last_heard=now), shown)
        if state == "approved":
            self.displays[display_id].role = "normal"
            self.displays[display_id].is_dealt_with = True
            self.records.append(Record("display.admitted", display_id, who))
            if key is not None and self.auto_approve == "enrolled":
                self.keys[key].uses += 1
        return None

    def _admission(self, session_id: int, shown: str | None, now: datetime) -> tuple[str, str | None, str]:
        """State, reason to wait, and who lets it in."""
        key = self.keys.get(shown) if shown else None
        lets_in = self.auto_approve == "all" or (self.auto_approve == "enrolled" and key is not None and key.is_good(now))
        if lets_in and self._count(session_id, "approved") >= MAX_APPROVED:
            return "pending", "session_full", ""
        if lets_in:
            return "approved", None, "DISPLAY_AUTO_APPROVE=all" if self.auto_approve == "all" else str(shown)
        is_refused = shown is not None and (key is None or self.auto_approve == "enrolled")
        return "pending", "enrolment_key_refused" if is_refused else "needs_approval", ""

    def _arrive(self, display_id: str, arrived: Display, shown: str | None) -> None:
        known = self.displays.get(display_id)
        if known is None:
            self._give(arrived, arrived.boot_id, shown)
        else:
            self._give(known, arrived.boot_id, shown)
            arrived = dataclasses.replace(
                arrived,
                name=known.name,
                revision=known.revision + 1,
                last_heard=known.last_heard,
                is_dealt_with=known.is_dealt_with,
                given=known.given,
                given_for=known.given_for,
                is_given_another=known.is_given_another,
            )
        self.displays[display_id] = arrived

    def _silent(self, session_id: int, now: datetime) -> str | None:
        """Who gives way to another: waits here, was not heard for longest, and nobody has dealt with it."""
        silent = [
            (known.last_heard, display_id)
            for display_id, known in self.displays.items()
            if (known.session_id, known.state, known.is_dealt_with) == (session_id, "pending", False)
            and known.last_heard is not None
            and now - known.last_heard > SILENT_AFTER
        ]
        return min(silent)[1] if silent else None

    def heartbeat(self, display_id: str, now: datetime) -> None:
        """A display says that it is there."""
        self.displays[display_id].last_heard = now

    def _refresh(self, known: Display, boot_id: str, shown: str | None) -> Refusal:
        if self._give(known, boot_id, shown) or known.boot_id != boot_id:
            known.boot_id = boot_id
            known.revision += 1
        return None

    # -- an admin's acts on a display ------------------------------------------------------------------------------------------

    def approve(self, wish: Wish, role: str) -> Refusal:
        """Wherever it waits, into the session named."""
        known = self.displays[wish.display_id]
        refusal = (
            self._unseen(wish, anywhere=True)
            or (MoveNotAllowed if known.state not in HERE else None)
            or self._unchecked(wish, role)
            or self._no_place(wish.display_id, wish.session_id)
        )
        if refusal is None:
            turn = {("normal", "protected"): "promoted", ("protected", "normal"): "demoted"}
            self._record(wish, turn.get((known.role or "", role), "approved"))
            self._let_in(wish, known, role, wish.session_id)
        return refusal

    def turn(self, wish: Wish, act: str) -> Refusal:
        """Reject, revoke, or return to pending."""
        known = self.displays[wish.display_id]
        allowed, after = ((known.state in TURNED_AWAY), "pending") if act == "pending" else self._way(known, act)
        refusal = self._unseen(wish) or (None if allowed else MoveNotAllowed)
        if refusal is None:
            known.state, known.role, known.code_checked = after, None, False
            known.reason = "needs_approval" if after == "pending" else None
            known.revision += 1
            self._record(wish, "returned" if act == "pending" else after)
        return refusal

    def resolve(self, wish: Wish) -> Refusal:
        """End a conflict: whichever machine says hello next is the display."""
        known = self.displays[wish.display_id]
        refusal = self._unseen(wish) or (MoveNotAllowed if known.state != "conflict" else None)
        if refusal is None:
            known.state, known.reason, known.given, known.given_for = "pending", "needs_approval", None, ""
            known.revision += 1
            self.heard.pop(wish.display_id, None)
            self._record(wish, "resolved")
        return refusal

    def rename(self, wish: Wish, name: str) -> Refusal:
        """Whatever its state."""
        refusal = self._unseen(wish)
        if refusal is None:
            known = self.displays[wish.display_id]
            known.name = name
            known.revision += 1
            self._record(wish, "renamed")
        return refusal

    def move(self, wish: Wish, to_session_id: int) -> Refusal:
        """To another session, as it is."""
        known = self.displays[wish.display_id]
        refusal = (
            self._unseen(wish)
            or (MoveNotAllowed if known.state not in HERE else None)
            or (UnknownSession if to_session_id not in self.sessions else None)
            or (MoveNotAllowed if to_session_id == known.session_id else None)
            or (self._no_place(wish.display_id, to_session_id) if known.state == "approved" else None)
        )
        if refusal is None:
            known.session_id = to_session_id
            known.revision += 1
            self._record(wish, "moved")
        return refusal

    def replace(self, wish: Wish, old_id: str) -> Refusal:
        """Name, role and session of an approved one, which is revoked."""
        known, old = self.displays[wish.display_id], self.displays[old_id]
        refusal = (
            self._unseen(wish)
            or (MoveNotAllowed if known.state not in HERE or old.state != "approved" or old is known else None)
            or self._unchecked(wish, old.role or "")
        )
        if refusal is None:
            self._record(wish, "replaced")
            known.name = old.name
            self._let_in(wish, known, old.role or "", old.session_id)
            old.state, old.role, old.code_checked, old.revision = "revoked", None, False, old.revision + 1
        return refusal

    def _way(self, known: Display, act: str) -> tuple[bool, str]:
        before, after = LEADS_TO[act]
        return known.state in before, after

    def _let_in(self, wish: Wish, known: Display, role: str, session_id: int) -> None:
        known.code_checked = wish.shows_code is True or (known.state == "approved" and known.code_checked)
        known.state, known.role, known.reason, known.session_id = "approved", role, None, session_id
        known.revision += 1

    def _unseen(self, wish: Wish, *, anywhere: bool = False) -> Refusal:
        """What the admin has not seen as it is."""
        known = self.displays[wish.display_id]
        if wish.session_id not in self.sessions:
            return UnknownSession
        if known.session_id != wish.session_id and not anywhere:
            return UnknownDisplay
        return ChangedMeanwhile if wish.revision not in (None, known.revision) else None

    def _unchecked(self, wish: Wish, role: str) -> Refusal:
        known = self.displays[wish.display_id]
        if wish.shows_code is False:
            return WrongPairingCode
        is_needed = self.require_code == "all" or (self.require_code == "protected" and role == "protected")
        is_checked = wish.shows_code or (known.state == "approved" and known.code_checked)
        return PairingCodeRequired if is_needed and not is_checked else None

    def _no_place(self, display_id: str, session_id: int) -> Refusal:
        """Who is approved in a session has its place there already."""
        known = self.displays[display_id]
        has_place = known.state == "approved" and known.session_id == session_id
        return SessionFull if not has_place and self._count(session_id, "approved") >= MAX_APPROVED else None

    def _count(self, session_id: int, state: str) -> int:
        return sum(found.session_id == session_id and found.state == state for found in self.displays.values())

    def _record(self, wish: Wish, what: str) -> None:
        self.displays[wish.display_id].is_dealt_with = True
        self.records.append(Record(f"display.{what}", wish.display_id, wish.by))

    # -- who presents ----------------------------------------------------------------------------------------------------------

    def present(self, who: str, session_id: int, now: datetime, *, takes_over: bool) -> Refusal:
        """A page begins: where nobody presents, or who does was not heard for long, or in their place where it says so."""
        holder, taken_at = self.presenters.get(session_id, (None, now))
        if holder is not None and not takes_over and now - taken_at <= LAPSES_AFTER:
            return SessionTaken
        self.presenters[session_id] = (who, now)
        what = "session.taken_over" if holder is not None and takes_over else "presenting.started"
        self.records.append(Record(what, str(session_id), who))
        return None

    def stop_presenting(self, session_id: int) -> None:
        """Who presents gives the session back."""
        who, _ = self.presenters.pop(session_id)
        self.records.append(Record("presenting.stopped", str(session_id), who))

    def revoke_key(self, by: str, label: str) -> None:
        """Nobody more comes in by it."""
        self.keys[label].is_revoked = True
        self.records.append(Record("enrolment_key.revoked", self.keys[label].key_id, by))

    # -- sessions --------------------------------------------------------------------------------------------------------------

    def make_session(self, by: str, name: str) -> int:
        """The new session's number: never one that was used before."""
        session_id = 1 + max([*self.sessions, *self.archived])
        self.sessions[session_id] = name
        self.records.append(Record("session.made", str(session_id), by))
        return session_id

    def archive(self, by: str, session_id: int) -> Refusal:
        """Put away a session in which nothing happens, while there is another."""
        if session_id not in self.sessions:
            return UnknownSession
        if len(self.sessions) == 1 or session_id in self.presenters or any(self._count(session_id, state) for state in IN_USE):
            return SessionInUse
        self.archived[session_id] = self.sessions.pop(session_id)
        self.records.append(Record("session.archived", str(session_id), by))
        return None

    def unarchive(self, by: str, session_id: int) -> Refusal:
        """Bring a session back that was put away, under its number and name."""
        if session_id not in self.archived:
            return UnknownSession
        self.sessions[session_id] = self.archived.pop(session_id)
        self.records.append(Record("session.unarchived", str(session_id), by))
        return None
