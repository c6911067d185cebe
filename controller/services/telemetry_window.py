"""The last report of each display and of each session's presenter, in the live store. Ages are judged on reading (`rules`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from controller.rules.presenting import Lease
from controller.services import keys
from controller.services.device_sessions import DeviceSession, NoDeviceSession
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store
from wire.display import Heartbeat
from wire.message import Message
from wire.presenter import PresenterHeartbeat

DISPLAY_KEPT_S = 86_400
PRESENTER_KEPT_S = 60

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Report(Generic[M]):
    """A message and when it came, by the controller's clock."""

    at: datetime
    message: M


@dataclass(frozen=True)
class Beat:
    """What was known when a heartbeat came."""

    before: Report[Heartbeat] | None
    """The display's last report."""
    presenter: Report[PresenterHeartbeat] | None
    """The session's presenter's, of whichever lease."""


class TelemetryWindow:
    """Reports that expire."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._beat = live.register_script(_BEAT)
        self._of_displays = KeptMessages("display report", lambda text: _report(text, Heartbeat))
        self._of_presenters = KeptMessages("presenter report", lambda text: _report(text, PresenterHeartbeat))

    def beat(self, device: DeviceSession, session_id: int, heartbeat: Heartbeat, now: datetime) -> Beat:
        """Keep a display's heartbeat, in one step with a last look at whether this run is still heard. Raises NoDeviceSession."""
        found = self._beat(
            keys=[
                keys.device_run(device.display_id),
                keys.display_report(device.display_id),
                keys.presenter_report(session_id),
            ],
            args=[device.run, _text(heartbeat, now), DISPLAY_KEPT_S],
        )
        if not found:
            raise NoDeviceSession("the device session ended meanwhile; say hello again")
        before, presenter = found
        return Beat(self._of_displays.read(before or None), self._of_presenters.read(presenter or None))

    def of_displays(self, display_ids: list[str]) -> dict[str, Report[Heartbeat]]:
        """The last report of each display that has one."""
        if not display_ids:
            return {}
        texts = self._live.mget([keys.display_report(display_id) for display_id in display_ids])
        reports = zip(display_ids, map(self._of_displays.read, texts), strict=True)
        return {display_id: report for display_id, report in reports if report is not None}

    def keep_presenter(self, heartbeat: PresenterHeartbeat, lease: Lease, now: datetime) -> None:
        """Keep a presenter's heartbeat, with the lease's public id in place of its secret."""
        heartbeat = heartbeat.model_copy(update={"lease": lease.lease_id})
        self._live.set(keys.presenter_report(heartbeat.session_id), _text(heartbeat, now), ex=PRESENTER_KEPT_S)

    def of_presenter(self, session_id: int) -> Report[PresenterHeartbeat] | None:
        """The session's presenter's last report, of whichever lease, or None."""
        return self._of_presenters.read(self._live.get(keys.presenter_report(session_id)))


def _text(message: Message, now: datetime) -> str:
    return json.dumps({"at": now.isoformat(), "message": message.to_json()})


def _report(text: str, kind: type[M]) -> Report[M]:
    fields = json.loads(text)
    return Report(at=datetime.fromisoformat(fields["at"]), message=kind.parse(fields["message"].encode()))


_BEAT = """
local heard = redis.call('GET', KEYS[1])
if heard and heard ~= ARGV[1] then return false end
local before, presenter = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return {before or '', presenter or ''}
"""
"""KEYS: run, report, presenter's report. ARGV: own run, report, its life."""
