"""For whoever runs the controller: is the process alive, and is it ready to serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.stores import StoreUnavailable
from controller.web.access import Audience, opens_to, parts

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@opens_to(Audience.ANYONE)
def healthz() -> Response:
    """The process lives; asks nothing of anybody else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@opens_to(Audience.ANYONE)
def readyz() -> tuple[Response, int]:
    """Whether the stores and the SFU answer, each by name."""
    answers = {"state": _store_answers("state"), "live": _store_answers("live"), "sfu": _sfu_answers()}
    return jsonify(answers), 200 if all(answer == "ok" for answer in answers.values()) else 503


def _store_answers(name: str) -> str:
    stores = parts().stores
    try:
        (stores.state if name == "state" else stores.live).ping()
    except StoreUnavailable as error:
        return f"does not answer ({type(error).__name__})"
    return "ok"


def _sfu_answers() -> str:
    try:
        parts().rooms.participants(parts().sessions.all()[0])
    except (SfuUnreachable, SfuRefused, LiveKitNotConfigured, StoreUnavailable) as error:
        return str(error)
    return "ok"
