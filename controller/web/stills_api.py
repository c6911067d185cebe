"""Single pictures for displays that have no moving one: the presenter's page sends them, displays that need them take them."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, request
from limits import RateLimitItemPerMinute

from controller.rules.presenting import Lease
from controller.rules.stills import check_still, needs_stills
from controller.services import push
from controller.services.stills import Still
from controller.web import messages, rate_limits
from controller.web.access import Audience, device, opens_to, parts
from controller.web.device_api import require_let_in, standing
from controller.web.errors import Refused
from controller.web.messages import exchange
from controller.web.presenter_api import claim
from wire.display import MAX_STILL_BYTES
from wire.presenter import StillQuery

blueprint = Blueprint("stills_api", __name__)

WEBP = "image/webp"

LEASE = "X-Lease"
"""A header, because addresses stand in logs."""

AGE = "X-Still-Age-Ms"
"""Since the still was captured, when the answer was made; `Age` says the same in seconds."""

STILLS_OF_DISPLAY = RateLimitItemPerMinute(30)
"""Of 100 KB at most: a tenth of 4 Mbit/s."""


@blueprint.post("/api/presenter/v1/still")
@opens_to(Audience.PRESENTER_IN_PERSON, max_body_bytes=MAX_STILL_BYTES)
@exchange(asks=StillQuery, headers=(LEASE,))
def keep() -> Response:
    """The presenter's screen as it was a moment ago, while displays need it."""
    asked = messages.asked(StillQuery)
    if request.mimetype != WEBP:
        raise Refused(415, "not_webp", f"send the picture as Content-Type: {WEBP}")
    parts().audit_log.require_sound()
    now = parts().clock()
    lease = parts().leases.check(asked.session_id, claim(request.headers.get(LEASE, "")))
    picture = request.get_data()
    check_still(picture)
    if not parts().presenting_now.is_live(asked.session_id, lease, now):
        raise Refused(409, "not_live", "stills are taken only while the picture is live")
    still = Still(now - timedelta(milliseconds=asked.age_ms), picture)
    parts().stills.keep(asked.session_id, lease, still, asked.taken_ms)
    parts().push.tell(push.presenting_topic(asked.session_id))
    return Response(status=204)


@blueprint.get("/api/device/v1/still")
@opens_to(Audience.DISPLAY)
@exchange()
def newest() -> Response:
    """The newest still, for a display that asks for stills; 304 where the display names it as the one that it has."""
    found, now = standing(), parts().clock()
    require_let_in(found)
    _require_needed(now)
    still = _newest(found.record.session_id, found.lease, now)
    answer = Response(still.webp, mimetype=WEBP)
    answer.set_etag(still.etag)
    answer.make_conditional(request)
    if answer.status_code == 200:
        rate_limits.spend(STILLS_OF_DISPLAY, "still", found.record.display_id)
    age = max(timedelta(), now - still.captured_at)
    answer.age = age
    answer.headers[AGE] = str(age // timedelta(milliseconds=1))
    return answer


def _require_needed(now: datetime) -> None:
    """Raises Refused (403) unless this display said that it has no moving picture."""
    report = parts().window.of_displays([device().display_id]).get(device().display_id)
    if report is None or not needs_stills(report.message.viewer, report.at, now):
        raise Refused(403, "stills_not_needed", "say with a heartbeat that there is no moving picture, then ask again")


def _newest(session_id: int, lease: Lease | None, now: datetime) -> Still:
    """Raises Refused (404) while there is none."""
    is_live = lease is not None and parts().presenting_now.is_live(session_id, lease, now)
    still = parts().stills.newest(session_id, lease) if lease is not None and is_live else None
    if still is None:
        raise Refused(404, "no_still", "there is no still now; the display's state says when there is one")
    return still
