"""How much bandwidth was used: for the dashboard, for programs, and as a table for whoever checks the host's bill; and an admin's
word against the day's budget."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.services.bandwidth_history import days_as_csv, shares_as_csv
from controller.web import messages
from controller.web.access import Audience, account, opens_to, parts
from controller.web.actors import actor
from controller.web.messages import exchange
from wire.bandwidth import BandwidthHistory, BandwidthStatus, DaysQuery, LiftRequest

blueprint = Blueprint("bandwidth_api", __name__)


@blueprint.get("/api/admin/bandwidth/status")
@opens_to(Audience.PRESENTER)
@exchange(gives=BandwidthStatus)
def status() -> Response:
    """Today's bytes against the thresholds, the month, where both will end, and the displays that the asker may see."""
    return messages.answer(parts().bandwidths.status(parts().clock(), account().may_present_in))


@blueprint.post("/api/admin/bandwidth/lift")
@opens_to(Audience.ADMIN, max_body_bytes=256)
@exchange(takes=LiftRequest, gives=BandwidthStatus)
def lift() -> Response:
    """Let everybody show for the rest of the day, whatever it costs."""
    parts().budget_decisions.lift(messages.read(LiftRequest).date, by=actor(), at=parts().clock())
    return _told()


@blueprint.delete("/api/admin/bandwidth/lift")
@opens_to(Audience.ADMIN, max_body_bytes=256)
@exchange(takes=LiftRequest, gives=BandwidthStatus)
def keep_again() -> Response:
    """Put the budget in force again."""
    parts().budget_decisions.keep_again(messages.read(LiftRequest).date, by=actor(), at=parts().clock())
    return _told()


def _told() -> Response:
    parts().bandwidth_budget.tell()
    return messages.answer(parts().bandwidths.status(parts().clock()))


@blueprint.get("/api/admin/bandwidth/history")
@opens_to(Audience.PRESENTER)
@exchange(gives=BandwidthHistory)
def history() -> Response:
    """The last 24 hours by minute, and five weeks by day."""
    return messages.answer(parts().bandwidth_history.history(parts().clock()))


@blueprint.get("/api/admin/bandwidth/days.csv")
@opens_to(Audience.PRESENTER)
@exchange(asks=DaysQuery)
def days() -> Response:
    """So many days, a line each, today last."""
    found = parts().bandwidth_history.days(parts().clock(), messages.asked(DaysQuery).days)
    return messages.table("marquee-bandwidth.csv", days_as_csv(found))


@blueprint.get("/api/admin/bandwidth/displays.csv")
@opens_to(Audience.ADMIN)
@exchange(asks=DaysQuery)
def displays() -> Response:
    """What went to which display on so many days, a line each, today last."""
    found = parts().bandwidth_history.shares(parts().clock(), messages.asked(DaysQuery).days)
    return messages.table("marquee-displays.csv", shares_as_csv(found))
