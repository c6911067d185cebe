"""What displays ask: a nonce, hello, heartbeat, a room token, their event stream."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, request

from controller.rules.liveness import showing
from controller.rules.presenting import Lease
from controller.rules.quality_guard import Decision
from controller.services import push
from controller.services.admissions import Caller
from controller.services.device_identity import NONCE_LIFE_S, SignedRequest
from controller.services.device_sessions import TOKEN_LIFE_S, DeviceSession, NoDeviceSession, Superseded
from controller.services.display_registry import Telemetry, UnknownDisplay
from controller.services.display_states import Heard
from controller.services.standings import Standing
from controller.services.telemetry_window import Report
from controller.web import event_streams, messages, rate_limits, request_origin
from controller.web.access import Audience, device, network, opens_to, parts
from controller.web.errors import Refused
from controller.web.messages import exchange
from wire.command import CommandResult
from wire.display import DisplayState, Heartbeat, Hello, HelloAnswer, NonceAnswer, RoomToken, State

blueprint = Blueprint("device_api", __name__, url_prefix="/api/device/v1")

LOOKS_EVERY_S = 15.0

SIGNATURE = ("X-Device-Key", "X-Device-Nonce", "X-Device-Signature")


@blueprint.post("/nonce")
@opens_to(Audience.ANYONE, max_body_bytes=256)
@exchange(gives=NonceAnswer)
def nonce() -> Response:
    """A number to sign."""
    return messages.answer(NonceAnswer(nonce=parts().device_identity.issue_nonce(parts().clock()), expires_in_s=NONCE_LIFE_S))


@blueprint.post("/hello")
@opens_to(Audience.ANYONE, max_body_bytes=8_192)
@exchange(takes=Hello, gives=HelloAnswer, headers=SIGNATURE)
def hello() -> Response:
    """A display introduces itself."""
    messages.require_json()
    now = parts().clock()
    signed = _signed_request()
    proof = parts().device_identity.verify(signed, now)
    message = Hello.parse(signed.body)
    _spend_hello(proof.display_id, message)
    caller = Caller(proof, signed.public_key, request_origin.address(), request_origin.request_id())
    parts().audit_log.require_sound()
    record = parts().admissions.register(caller, message, now)
    token = parts().device_sessions.begin(DeviceSession(proof.display_id, message.run_id, message.boot_id), now)
    state = parts().display_states.state(parts().standings.of(proof.display_id), now)
    answer = HelloAnswer(
        session_token=token,
        session_token_expires_in_s=TOKEN_LIFE_S,
        display=state,
        generation=record.generation if message.generation is not None and record.state is not State.CONFLICT else None,
    )
    return messages.answer(answer)


@blueprint.post("/heartbeat")
@opens_to(Audience.DISPLAY, max_body_bytes=16_384)
@exchange(takes=Heartbeat, gives=DisplayState)
def heartbeat() -> Response:
    """A display says how it is and hears what it should know."""
    message = messages.read(Heartbeat)
    if message.run_id != device().run_id:
        raise Superseded("this device session belongs to another run")
    now = parts().clock()
    found = standing(Telemetry(now, {"viewer": message.viewer.model_dump(), "machine": message.machine.model_dump()}))
    session_id = found.record.session_id
    beat = parts().window.beat(device(), session_id, message, now)
    if found.record.state is State.APPROVED:  # whoever waits is to leave little behind
        parts().telemetry_minutes.note(device().display_id, beat.before, now)
    if _edge(found.lease, beat.before, message, now):
        parts().push.tell(push.session_topic(session_id))
    quality = Decision()
    if found.lease is not None and found.record.state is State.APPROVED:
        quality = parts().quality_guard.look_at(session_id, found.lease, found.budget, now)
    command = parts().commands.read(beat.command, now)
    heard = Heard(Report(now, message), beat.presenter, command)
    return messages.answer(parts().display_states.told(found, heard, quality, now))


@blueprint.post("/livekit-token")
@opens_to(Audience.DISPLAY, max_body_bytes=256)
@exchange(gives=RoomToken)
def livekit_token() -> Response:
    """A token for the room of an approved display's session."""
    found = standing()
    require_let_in(found)
    record = found.record
    session = found.session or parts().sessions.get(record.session_id)
    return messages.answer(parts().rooms.admit_display(session, record.display_id))


@blueprint.post("/commands/<command_id>/result")
@opens_to(Audience.DISPLAY, max_body_bytes=256)
@exchange(takes=CommandResult, gives=CommandResult)
def command_result(command_id: str) -> Response:
    """What becomes of a command that the display was told. It is carried out once this is taken."""
    result, record, now = messages.read(CommandResult), standing().record, parts().clock()
    parts().commands.take_result(record.display_id, command_id, result.outcome, session_id=record.session_id, now=now)
    return messages.answer(result)


@blueprint.get("/events")
@opens_to(Audience.DISPLAY)
@exchange(streams=DisplayState)
def events() -> Response:
    """The display's own state, at once and at every change."""
    here, asker, record = parts(), device(), standing().record
    token = request.headers["Authorization"].partition(" ")[2]

    def may_read() -> bool:
        try:
            return here.device_sessions.of(token) == asker
        except (NoDeviceSession, Superseded):
            return False

    return event_streams.follow(
        "state",
        lambda: here.display_states.state(here.standings.of(asker.display_id), here.clock()),
        push=here.push,
        topics=(push.display_topic(record.display_id), push.presenting_topic(record.session_id)),
        may_read=may_read,
        look_every_s=LOOKS_EVERY_S,
        ping=False,
        volatile=frozenset({"pairing_code_expires_in_s"}),
    )


def _signed_request() -> SignedRequest:
    missing = [name for name in SIGNATURE if name not in request.headers]
    if missing:
        raise Refused(401, "bad_signature", "hello must be signed; missing headers: " + ", ".join(missing))
    key, nonce_sent, signature = (request.headers[name] for name in SIGNATURE)
    return SignedRequest(key, nonce_sent, signature, request.headers.get("Host", ""), request.path, request.get_data())


def _spend_hello(display_id: str, message: Hello) -> None:
    """Count a hello by what is known of the display. Raises Refused (429)."""
    if parts().registry.find(display_id) is not None:
        return rate_limits.spend(rate_limits.HELLOS_OF_DISPLAY, "hello", display_id)
    enrolment_key_id = parts().enrolment_keys.id_of(message.enrolment_key)
    if enrolment_key_id is not None:
        return rate_limits.spend(rate_limits.HELLOS_OF_ENROLMENT_KEY, "enrolment", enrolment_key_id)
    rate_limits.spend(rate_limits.NEW_DISPLAYS_OF_ADDRESS, "new display", network())
    return rate_limits.spend(rate_limits.NEW_DISPLAYS, "new display")


def standing(summary: Telemetry | None = None) -> Standing:
    """How the display that asks stands. Raises NoDeviceSession."""
    try:
        return parts().standings.of(device().display_id, summary)
    except UnknownDisplay as error:
        raise NoDeviceSession("this display is not registered any more; say hello again") from error


def require_let_in(found: Standing) -> None:
    """Raises Refused (403) for a display that may not see the picture now."""
    if found.record.state is not State.APPROVED:
        words = f"this display is {found.record.state.value}; an admin approves it in the dashboard"
        raise Refused(403, "not_approved", words)
    hold = parts().display_states.hold_on(found)
    if hold is not None and hold.keeps_out:
        raise Refused(403, "held_by_budget", f"today's bandwidth budget keeps this display out until midnight ({hold.time_zone})")


def _edge(lease: Lease | None, before: Report[Heartbeat] | None, message: Heartbeat, now: datetime) -> bool:
    """Whether the picture came or went, stills are needed or not any more, or the display was silent before."""
    if before is None:
        return True
    identity = lease.identity if lease else None
    was, viewer = before.message.viewer, message.viewer
    asks_otherwise = (was.stills is None) != (viewer.stills is None)
    return asks_otherwise or showing(was, before.at, identity, now) != showing(viewer, now, identity, now)
