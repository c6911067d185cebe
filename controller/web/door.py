"""What the proxy and the SFU ask: may this one come in, and has somebody come or gone."""

from __future__ import annotations

from urllib.parse import parse_qs

from flask import Blueprint, Response, request

from controller.services import push
from controller.web.access import Audience, opens_to, parts
from controller.web.errors import Refused
from controller.web.messages import exchange

blueprint = Blueprint("door", __name__)


@blueprint.get("/internal/livekit/admit")
@opens_to(Audience.LOOPBACK)
def admit() -> Response:
    """Whether the proxy may let this signalling request through to the SFU. While the state is in doubt, the SFU decides."""
    reason = parts().door.why_refused(_token_shown())
    if reason is not None:
        raise Refused(403, "kept_out", reason)
    return Response(status=204)


@blueprint.after_request
def _say_no_to_every_page(response: Response) -> Response:
    """A kiosk's page is of another origin: unread, a refusal would look like an SFU that is away."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.post("/api/livekit/webhook")
@opens_to(Audience.SFU, max_body_bytes=65_536)
@exchange()
def webhook() -> Response:
    """Somebody came into a room, or left: the steward looks at once. Nothing else of it is read, so a replay does no harm."""
    parts().push.tell(push.ROOMS)
    return Response(status=204)


def _token_shown() -> str:
    """The one token of the request that the proxy asks about. Two are refused: the SFU might believe the other one."""
    query = request.headers.get("X-Forwarded-Uri", "").partition("?")[2]
    shown = parse_qs(query, keep_blank_values=True).get("access_token", [])
    if "Authorization" in request.headers:
        shown = [*shown, request.headers["Authorization"].removeprefix("Bearer ")]
    if len(shown) != 1:
        raise Refused(403, "kept_out", "show one room token: as access_token, or as `Authorization: Bearer TOKEN`")
    return shown[0]
