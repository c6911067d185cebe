"""The last reports of each display and of each session's presenter, in the live store, newest first. Ages are judged on reading
(`rules`)."""

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

DISPLAY_REPORTS = 16
PRESENTER_REPORTS = 40
"""So many are kept, whatever their age: at least a quarter of a minute of a display, which in trouble reports each
second, and more than half a minute of a presenter."""

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
    command: str | None
    """The display's last command as it is kept (`commands`)."""


@dataclass(frozen=True)
class Recent:
    """The last reports of a session, newest first."""

    presenter: tuple[Report[PresenterHeartbeat], ...]
    """Of whichever leases."""
    displays: dict[str, tuple[Report[Heartbeat], ...]]


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
                keys.display_reports(device.display_id),
                keys.presenter_reports(session_id),
                keys.display_command(device.display_id),
            ],
            args=[device.heard_as, _text(heartbeat, now), DISPLAY_REPORTS, DISPLAY_KEPT_S],
        )
        if not found:
            raise NoDeviceSession("the device session ended meanwhile; say hello again")
        before, presenter, command = found
        return Beat(self._of_displays.read(before or None), self._of_presenters.read(presenter or None), command or None)

    def of_display(self, display_id: str) -> tuple[Report[Heartbeat], ...]:
        """All that is kept of a display, newest first."""
        return self._recent([display_id], DISPLAY_REPORTS)[display_id]

    def of_displays(self, display_ids: list[str]) -> dict[str, Report[Heartbeat]]:
        """The last report of each display that has one."""
        return {display_id: reports[0] for display_id, reports in self._recent(display_ids, 1).items() if reports}

    def recent_of(self, display_ids: list[str]) -> dict[str, tuple[Report[Heartbeat], ...]]:
        """All that is kept of each display, newest first."""
        return self._recent(display_ids, DISPLAY_REPORTS)

    def recent(self, session_id: int, display_ids: list[str]) -> Recent:
        """All that is kept of a session's presenter and of these displays."""
        presenter = self._live.lrange(keys.presenter_reports(session_id), 0, PRESENTER_REPORTS - 1)
        return Recent(_read(self._of_presenters, presenter), self.recent_of(display_ids))

    def keep_presenter(self, heartbeat: PresenterHeartbeat, lease: Lease, now: datetime) -> None:
        """Keep a presenter's heartbeat, with the lease's public id in place of its secret."""
        heartbeat = heartbeat.model_copy(update={"lease": lease.lease_id})
        pipeline = self._live.pipeline()
        name = keys.presenter_reports(heartbeat.session_id)
        pipeline.lpush(name, _text(heartbeat, now))
        pipeline.ltrim(name, 0, PRESENTER_REPORTS - 1)
        pipeline.expire(name, PRESENTER_KEPT_S)
        pipeline.execute()

    def of_presenter(self, session_id: int) -> Report[PresenterHeartbeat] | None:
        """The session's presenter's last report, of whichever lease, or None."""
        return next(iter(_read(self._of_presenters, self._live.lrange(keys.presenter_reports(session_id), 0, 0))), None)

    def _recent(self, display_ids: list[str], at_most: int) -> dict[str, tuple[Report[Heartbeat], ...]]:
        if not display_ids:
            return {}
        pipeline = self._live.pipeline()
        for display_id in display_ids:
            pipeline.lrange(keys.display_reports(display_id), 0, at_most - 1)
        found = zip(display_ids, pipeline.execute(), strict=True)
        return {display_id: _read(self._of_displays, texts) for display_id, texts in found}


def _read(kept: KeptMessages[Report[M]], texts: list[str]) -> tuple[Report[M], ...]:
    return tuple(report for report in map(kept.read, texts) if report is not None)


def _text(message: Message, now: datetime) -> str:
    return json.dumps({"at": now.isoformat(), "message": message.to_json()})


def _report(text: str, kind: type[M]) -> Report[M]:
    fields = json.loads(text)
    return Report(at=datetime.fromisoformat(fields["at"]), message=kind.parse(fields["message"].encode()))


_BEAT = """
local heard = redis.call('GET', KEYS[1])
if heard and string.sub(heard, 1, string.len(ARGV[1])) ~= ARGV[1] then return false end
local before, presenter = redis.call('LINDEX', KEYS[2], 0), redis.call('LINDEX', KEYS[3], 0)
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {before or '', presenter or '', redis.call('GET', KEYS[4]) or ''}
"""
"""KEYS: run, reports, presenter's reports, command.
ARGV: how one's own run begins, report, how many are kept and for how long."""
