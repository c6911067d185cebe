"""Every failure as one answer: `{"error", "message", "details"}` for programs, a page for people.

One table says which exception has which status and code; nothing else in `web` catches them.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException

from controller.rules.admission import MoveNotAllowed
from controller.rules.clones import HeldBack
from controller.rules.stills import NotAStill
from controller.services.accounts import AccountChanged, AccountExists, BadAccount, LastAdmin, UnknownAccount
from controller.services.api_keys import BadApiKey, UnknownApiKey
from controller.services.audit_log import AuditBusy, NotAccepted, StateInDoubt
from controller.services.budget_decisions import NothingToLift, NotLifted
from controller.services.clones import KeyShared
from controller.services.code_checks import PairingCodeRequired
from controller.services.commands import CommandOver, CommandWaits, DisplayNotHeard, UnknownCommand
from controller.services.device_identity import NonceRefused, SignatureRefused
from controller.services.device_sessions import NoDeviceSession, Superseded
from controller.services.display_registry import ChangedMeanwhile, RegistryFull, SessionFull, UnknownDisplay
from controller.services.enrolment import BadEnrolmentKey, UnknownEnrolmentKey
from controller.services.livekit_rooms import SfuRefused, SfuUnreachable
from controller.services.livekit_tokens import LiveKitNotConfigured
from controller.services.pairing_codes import TooManyGuesses, WrongPairingCode
from controller.services.passwords import HashingBusy
from controller.services.people import UnknownSignIn, WrongPassword
from controller.services.presenter_lease import LeaseLost, SessionTaken
from controller.services.sessions import SessionChanged, SessionInUse, UnknownSession
from controller.services.sign_in_throttle import TooManyFailures
from controller.services.stills import StillOutdated, StillsOff
from controller.services.stores import NO_ANSWER, StoreUnavailable
from wire.message import MalformedMessage
from wire.refusal import Refusal

log = logging.getLogger(__name__)

ANSWERS: dict[type[Exception], tuple[int, str]] = {
    MalformedMessage: (400, "malformed"),
    NonceRefused: (401, "use_nonce"),
    HeldBack: (401, "use_nonce"),
    SignatureRefused: (401, "bad_signature"),
    NoDeviceSession: (401, "no_session"),
    Superseded: (409, "superseded"),
    KeyShared: (409, "conflict"),
    UnknownSession: (404, "unknown_session"),
    BadEnrolmentKey: (400, "bad_enrolment_key"),
    UnknownEnrolmentKey: (404, "unknown_enrolment_key"),
    UnknownDisplay: (404, "unknown_display"),
    MoveNotAllowed: (409, "not_allowed"),
    ChangedMeanwhile: (409, "changed_meanwhile"),
    PairingCodeRequired: (409, "pairing_code_required"),
    WrongPairingCode: (404, "wrong_pairing_code"),
    TooManyGuesses: (429, "too_many_guesses"),
    SessionChanged: (409, "changed_meanwhile"),
    SessionInUse: (409, "session_in_use"),
    SessionFull: (409, "session_full"),
    SessionTaken: (409, "session_taken"),
    LeaseLost: (409, "lease_lost"),
    NotAStill: (400, "not_a_still"),
    StillOutdated: (409, "still_outdated"),
    StillsOff: (503, "stills_off"),
    CommandWaits: (409, "command_waits"),
    DisplayNotHeard: (409, "not_heard"),
    UnknownCommand: (404, "unknown_command"),
    CommandOver: (409, "command_over"),
    AccountExists: (409, "account_exists"),
    BadAccount: (400, "bad_account"),
    UnknownAccount: (404, "unknown_account"),
    LastAdmin: (409, "last_admin"),
    AccountChanged: (409, "changed_meanwhile"),
    UnknownSignIn: (404, "unknown_sign_in"),
    WrongPassword: (403, "wrong_password"),
    TooManyFailures: (429, "too_many_requests"),
    BadApiKey: (400, "bad_api_key"),
    UnknownApiKey: (404, "unknown_api_key"),
    HashingBusy: (503, "controller_busy"),
    RegistryFull: (503, "controller_busy"),
    AuditBusy: (503, "controller_busy"),
    StateInDoubt: (503, "state_in_doubt"),
    NotAccepted: (409, "not_accepted"),
    NothingToLift: (409, "nothing_to_lift"),
    NotLifted: (409, "not_lifted"),
    LiveKitNotConfigured: (503, "livekit_not_configured"),
    SfuUnreachable: (503, "sfu_unreachable"),
    SfuRefused: (502, "sfu_refused"),
}

RETRY_AFTER_S = 2


class Refused(Exception):
    """A refusal decided in `web` itself: who asks, how, and how much."""

    def __init__(self, status: int, error: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.retry_after_s = retry_after_s


def install(app: Flask) -> None:
    """Make the app answer every failure in one form."""
    for kind in ANSWERS:
        app.register_error_handler(kind, _known)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(StoreUnavailable, _store_unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer(
    status: int, error: str, message: str, details: dict[str, Any] | None = None, *, retry_after_s: int | None = None
) -> Response:
    """A refusal, as JSON or as a page by what was asked for."""
    if _is_for_programs():
        body = Refusal(error=error, message=message, details=details or {}).to_json()
        response = Response(body, status, mimetype="application/json")
    else:
        response = make_response(render_template("error.html", status=status, message=message, user=None, role=None), status)
    if status == 503 or retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s or RETRY_AFTER_S)
    return response


def _refused(error: Refused) -> Response:
    return answer(error.status, error.error, str(error), retry_after_s=error.retry_after_s)


def _known(error: Exception) -> Response:
    status, code = next(found for kind, found in ANSWERS.items() if isinstance(error, kind))
    retry_after_s = error.retry_after_s if isinstance(error, TooManyFailures | TooManyGuesses) else None
    return answer(status, code, str(error), getattr(error, "details", None), retry_after_s=retry_after_s)


def _store_unavailable(error: Exception) -> Response:
    if not isinstance(error, NO_ANSWER):
        log.error("the store refuses path=%r error=%s", request.path, error)
    return answer(503, "store_unavailable", "the controller's store does not answer; try again in a moment")


def _http(error: HTTPException) -> Response:
    code = (error.name or "error").lower().replace(" ", "_")
    response = answer(error.code or 500, code, error.description or error.name)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _unexpected(error: Exception) -> Response:
    log.error("request failed path=%r request=%s", request.path, g.get("request_id"), exc_info=error)
    return answer(500, "internal", "the controller failed at this; its log says why")


def _is_for_programs() -> bool:
    """By the path; also where the Host is none, for then a page could not link to anything."""
    names_no_host = isinstance(request.routing_exception, BadHost)
    return names_no_host or request.path.startswith(("/api/", "/internal/", "/healthz", "/readyz", "/metrics"))
