"""The one process that acts when nobody asks: looks at the rooms every two seconds, and at once when the SFU says that somebody
came or went; removes whoever should not be there, and ends the lease of a presenter who is gone.

Revocation's first acts stay in the admin's request; this is the net behind it. Several may run: the one in office acts, and asks
for its term right before each act (`services.stewardship`).
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime

from controller.parts import Parts
from controller.rules.door import why_out
from controller.rules.presenting import is_abandoned, is_presenter
from controller.rules.suspensions import is_kept_out
from controller.services import push
from controller.services.audit_log import AuditBusy, StateInDoubt
from controller.services.audit_watch import AuditWatch
from controller.services.livekit_rooms import Participant, SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.sessions import Session
from controller.services.stewardship import NotInOffice, Stewardship
from controller.services.stores import StoreUnavailable
from wire.admin import SfuParticipant, SfuStatus, SfuTrack

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 2.0

NOTICES_STOP_WITHIN_S = 0.25


class Steward:
    """Compares the rooms with the registry."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._audit_watch = AuditWatch(parts.audit_log, parts.audit_segments)
        self._stewardship = Stewardship(parts.stores.state)
        self._was_in_office: bool | None = None
        self._said: dict[int, str] = {}

    def run(self, stop: threading.Event) -> None:
        """Look every two seconds, and when the SFU says so, until told to stop; while another is in office, stand by."""
        log.info("steward started")
        with self._parts.push.listen(push.ROOMS) as wake:
            while not stop.is_set():
                wake.clear()
                if self.enter_office():
                    self._look_at_all()
                self._pause(wake, stop)
        self._leave_office()
        log.info("steward stopped")

    def enter_office(self) -> bool:
        """Whether this steward is the one that acts."""
        try:
            is_in_office = self._stewardship.enter()
        except StoreUnavailable as error:
            self._say(0, f"store unavailable, looking again error={error}")
            return False
        if is_in_office is not self._was_in_office:
            log.info("in office" if is_in_office else "another steward is in office, standing by")
            self._was_in_office = is_in_office
        return is_in_office

    def look_at(self, session: Session, now: datetime) -> SfuStatus | None:
        """Observe one session's room, remove strangers, and keep the observation; None while LiveKit is not set up.

        Raises NotInOffice.
        """
        self._stewardship.require()
        try:
            participants = self._parts.rooms.participants(session)
        except LiveKitNotConfigured as error:
            self._say(session.session_id, str(error))
            return None
        except (SfuUnreachable, SfuRefused) as error:
            self._say(session.session_id, str(error))
            return self._keep(session, str(error), [], now)
        self._said.pop(session.session_id, None)
        self.end_abandoned_lease(session, {participant.identity for participant in participants}, now)
        room = self._parts.door.room_of(session)
        wanted = [participant for participant in participants if why_out(participant.identity, room) is None]
        for stranger in participants:
            if stranger not in wanted:
                self._remove(session, stranger)
        self._enforce(session, wanted, now)
        return self._keep(session, None, wanted, now)

    def keep_budget(self, now: datetime) -> None:
        """Count what displays received, and let the bandwidth budget decide. Who may stay no longer has until the next look to
        leave by itself. Raises NotInOffice."""
        term = self._stewardship.require()
        self._parts.display_bytes.count(self._parts.display_shares.approved(), now, term=term)
        self._parts.bandwidth_budget.look_at(now, term=term)

    def guard_quality(self, session: Session, now: datetime) -> None:
        """Let the quality guard notice what only time or the presenter changes. Needs no term: its decisions compare and set."""
        lease, budget = self._parts.leases.current(session.session_id), self._parts.budget_decisions.in_force()
        self._parts.quality_guard.look_at(session.session_id, lease, budget, now)

    def end_former_rooms(self) -> None:
        """End the rooms that are no session's any more, where the SFU was away when one was locked. Raises NotInOffice."""
        self._stewardship.require()
        try:
            there = self._parts.rooms.there()
            # read after the rooms: one that was made meanwhile is not among them
            for room in self._parts.rooms.end_former(there, self._parts.sessions.all()):
                log.info("ended a former room room=%s", room)
        except (LiveKitNotConfigured, SfuUnreachable, SfuRefused) as error:
            log.debug("former rooms not ended error=%s", error)  # looking at the rooms has said so

    def end_abandoned_lease(self, session: Session, identities: set[str], now: datetime) -> None:
        """Let nobody present when the one who does is neither heard nor among `identities`, who are in the room.

        Raises NotInOffice.
        """
        term = self._stewardship.require()
        lease, report = self._parts.leases.current(session.session_id), self._parts.window.of_presenter(session.session_id)
        if lease is None or not is_abandoned(lease, report.at if report else None, identities, now):
            return
        if self._parts.leases.vacate(session.session_id, lease, term=term):
            log.info("nobody presents any more session=%d was=%s", session.session_id, lease.holder)
            self._parts.stills.drop(session.session_id)
            self._parts.push.tell(push.presenting_topic(session.session_id))

    def _look_at_all(self) -> None:
        try:
            self._parts.audit_log.require_sound()
            for session in self._parts.sessions.all():
                self.guard_quality(session, self._parts.clock())
                self.look_at(session, self._parts.clock())
            self.end_former_rooms()
            self.keep_budget(self._parts.clock())
            self._audit_watch.look(self._parts.clock())
        except StoreUnavailable as error:
            self._say(0, f"store unavailable, looking again error={error}")
        except AuditBusy as error:
            self._say(0, f"looking again error={error}")
        except StateInDoubt as error:
            self._say(0, str(error), logging.ERROR)
        except NotInOffice as error:
            log.warning("stopped in the middle of a look: %s", error)
        else:
            self._said.pop(0, None)

    def _remove(self, session: Session, stranger: Participant) -> None:
        log.info("removing from the room session=%d identity=%s", session.session_id, stranger.identity)
        self._stewardship.require()
        try:
            self._parts.rooms.expel(session, stranger.identity)
        except (SfuUnreachable, SfuRefused) as error:
            log.warning("not removed, trying again identity=%s error=%s", stranger.identity, error)

    def _enforce(self, session: Session, inside: list[Participant], now: datetime) -> None:
        """Let each display subscribe that the quality guard does not suspend, and no other."""
        guard = self._parts.quality_guard
        suspended = guard.last(session.session_id, self._parts.leases.current(session.session_id)).suspended
        for participant in inside:
            found = suspended.get(participant.identity)
            may_subscribe = not is_kept_out(found, participant.joined_at, guard.policy, now)
            if is_presenter(participant.identity) or participant.may_subscribe is may_subscribe:
                continue
            self._stewardship.require()
            try:
                self._parts.rooms.let_subscribe(session, participant.identity, may_subscribe=may_subscribe)
            except (SfuUnreachable, SfuRefused) as error:
                log.warning("suspension not changed, trying again identity=%s error=%s", participant.identity, error)

    def _keep(self, session: Session, problem: str | None, participants: list[Participant], now: datetime) -> SfuStatus:
        livekit = self._parts.settings.livekit
        status = SfuStatus(
            up=problem is None,
            message=problem or "The SFU answers.",
            version=None,
            url=livekit.url if livekit else "",
            room=self._parts.rooms.room_name(session),
            observed_at=now,
            participants=[self._described(participant) for participant in participants],
        )
        before = self._parts.sfu_statuses.last(session.session_id)
        self._parts.sfu_statuses.keep(session.session_id, status, term=self._stewardship.require())
        if before is None or (before.up, before.participants) != (status.up, status.participants):
            self._parts.push.tell(push.session_topic(session.session_id))
        return status

    def _described(self, participant: Participant) -> SfuParticipant:
        record = self._parts.registry.find(participant.identity)
        return SfuParticipant(
            identity=participant.identity,
            kind="presenter" if is_presenter(participant.identity) else "display" if record else "unknown",
            name=record.name if record else participant.name,
            joined_at=participant.joined_at,
            tracks=[
                SfuTrack(codec=track.codec, layers=track.layers, width=track.width, height=track.height)
                for track in participant.tracks
            ],
        )

    def _say(self, subject: int, text: str, level: int = logging.WARNING) -> None:
        """Log a trouble once, not at each look."""
        if self._said.get(subject) != text:
            self._said[subject] = text
            log.log(level, "%s", text)

    def _pause(self, wake: threading.Event, stop: threading.Event) -> None:
        """Until the next look, or until woken, told to stop, or in office at last; the term goes on meanwhile."""
        until, was_in_office = time.monotonic() + LOOKS_EVERY_S, self._stewardship.is_held
        while not stop.is_set() and time.monotonic() < until:
            if wake.wait(NOTICES_STOP_WITHIN_S) or (self.enter_office() and not was_in_office):
                return

    def _leave_office(self) -> None:
        try:
            self._stewardship.leave()
        except StoreUnavailable as error:
            log.debug("office not left, the term ends by itself error=%s", error)
