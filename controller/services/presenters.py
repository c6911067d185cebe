"""Letting somebody present: the lease, the room, and the end of whoever presented before."""

from __future__ import annotations

import logging
from datetime import datetime

from controller.rules.audit_chain import Actor
from controller.rules.presenting import Claim, Lease
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.presenter_lease import HeldLease, PresenterLeases
from controller.services.push import Push, presenting_topic
from controller.services.room_access import RoomAccess
from controller.services.sessions import Session
from controller.services.stills import Stills
from controller.services.telemetry_window import TelemetryWindow
from wire.display import RoomToken

log = logging.getLogger(__name__)


class Presenters:
    """One presenter a session."""

    def __init__(self, leases: PresenterLeases, rooms: RoomAccess, window: TelemetryWindow, stills: Stills, push: Push) -> None:
        self._leases = leases
        self._rooms = rooms
        self._window = window
        self._stills = stills
        self._push = push

    def admit(self, session: Session, claim: Claim, *, by: Actor, now: datetime) -> tuple[HeldLease, RoomToken]:
        """The session's lease and a token for its room; whoever had the lease loses the picture first, then the room.

        Raises SessionTaken, AuditBusy, LiveKitNotConfigured, SfuUnreachable or SfuRefused; nothing is changed then.
        """
        report = self._window.of_presenter(session.session_id)
        last_heard = report.at if report else None
        self._leases.require_takeable(session.session_id, claim, last_heard=last_heard, now=now)
        self._rooms.make(session)  # before the lease is taken: nobody shall lose a session to one who then cannot present
        held = self._leases.take(session.session_id, claim, last_heard=last_heard, now=now, by=by)
        if held.replaced is not None:
            self._oust(session, held.replaced, held.lease)
        self._push.tell(presenting_topic(session.session_id))
        return held, self._rooms.presenter_token(session, held.lease)

    def _oust(self, session: Session, before: Lease, after: Lease) -> None:
        self._stills.drop(session.session_id)
        log.info("another presents session=%d was=%s now=%s", session.session_id, before.holder, after.holder)
        try:
            self._rooms.expel(session, before.identity)
        except (SfuUnreachable, SfuRefused) as error:
            log.warning("presenter not removed from the room yet identity=%s error=%s", before.identity, error)
