"""What the quality guard changed and why: for the dashboard, for programs, and as a table."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.services.quality_views import changes_as_csv, quality_changes
from controller.services.telemetry_minutes import minutes_as_csv
from controller.web import messages
from controller.web.access import Audience, opens_to, parts
from controller.web.messages import exchange
from wire.quality import MinutesQuery, QualityChange, QualityLog, QualityLogQuery

blueprint = Blueprint("quality_api", __name__)


@blueprint.get("/api/admin/quality/log")
@opens_to(Audience.ADMIN)
@exchange(asks=QualityLogQuery, gives=QualityLog)
def log() -> Response:
    """The changes of a session, or of one display in it."""
    asked = messages.asked(QualityLogQuery)
    return messages.answer(QualityLog(session_id=asked.session_id, changes=_changes(asked)))


@blueprint.get("/api/admin/quality/log.csv")
@opens_to(Audience.ADMIN)
@exchange(asks=QualityLogQuery)
def table() -> Response:
    """The same, a line each."""
    return messages.table("marquee-quality.csv", changes_as_csv(_changes(messages.asked(QualityLogQuery))))


@blueprint.get("/api/admin/quality/minutes.csv")
@opens_to(Audience.ADMIN)
@exchange(asks=MinutesQuery)
def minutes() -> Response:
    """How a display did on a UTC day, a line a minute."""
    asked = messages.asked(MinutesQuery)
    parts().registry.get(asked.display_id)
    found = parts().telemetry_minutes.day(asked.display_id, asked.date)
    return messages.table("marquee-minutes.csv", minutes_as_csv(found))


def _changes(asked: QualityLogQuery) -> list[QualityChange]:
    session = parts().sessions.get(asked.session_id)
    names = {record.display_id: record.name for record in parts().registry.in_session(session.session_id)}
    changes = quality_changes(parts().quality_decisions.log(session.session_id), names)
    return [change for change in changes if asked.display_id in (None, change.display_id)]
