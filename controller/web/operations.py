"""For whoever runs the controller: is the process alive, and is it ready to serve."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify

from controller.rules.exposition import MEDIA_TYPE, exposition
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.sessions import FIRST_SESSION_ID
from controller.services.stores import Store, StoreUnavailable
from controller.web.access import Audience, opens_to, parts

blueprint = Blueprint("operations", __name__)

SEEN_LATELY = timedelta(seconds=10)
"""Five looks of the steward."""


@blueprint.get("/healthz")
@opens_to(Audience.ANYONE)
def healthz() -> Response:
    """The process lives; asks nothing of anybody else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@opens_to(Audience.ANYONE)
def readyz() -> tuple[Response, int]:
    """Whether the stores answer and are ours, and the SFU did answer the steward. Anybody may ask, so no address is told."""
    stores = parts().stores
    answers = {"state": _state_answers(), "live": _store_answers(stores.live), "sfu": _sfu_answered()}
    return jsonify(answers), 200 if all(answer == "ok" for answer in answers.values()) else 503


@blueprint.get("/metrics")
@opens_to(Audience.OPERATOR)
def metrics() -> Response:
    """What monitoring reads, in Prometheus's text format."""
    return Response(exposition(parts().metrics.gauges(parts().clock())), content_type=MEDIA_TYPE)


def _state_answers() -> str:
    answers = _store_answers(parts().stores.state)
    if answers == "ok" and parts().audit_log.doubt() is not None:
        return "in doubt: an admin must accept it, or it must be restored"
    return answers


def _store_answers(store: Store) -> str:
    try:
        store.ping()
    except StoreUnavailable:
        return "does not answer"
    return "ok"


def _sfu_answered() -> str:
    if parts().settings.livekit is None:
        return str(LiveKitNotConfigured(parts().settings.missing_livekit))
    try:
        seen = parts().sfu_statuses.last(FIRST_SESSION_ID)
    except StoreUnavailable:
        return "unknown while the live store does not answer"
    if seen is None or seen.observed_at is None or parts().clock() - seen.observed_at > SEEN_LATELY:
        return "not looked at lately: is the steward running?"
    return "ok" if seen.up else "does not answer as it should; the steward's log says why"
