"""The last report of each display and of each session's presenter, in the live store. Ages are judged on reading (`rules`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from controller.rules.presenting import Lease
from controller.services import keys
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


class TelemetryWindow:
    """Reports that expire."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._of_displays = KeptMessages("display report", lambda text: _report(text, Heartbeat))
        self._of_presenters = KeptMessages("presenter report", lambda text: _report(text, PresenterHeartbeat))

    def keep_display(self, display_id: str, heartbeat: Heartbeat, now: datetime) -> None:
        """Keep a display's heartbeat."""
        self._live.set(keys.display_report(display_id), _text(heartbeat, now), ex=DISPLAY_KEPT_S)

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
