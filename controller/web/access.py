"""Who is asking, and may they: every view states its audience and the largest body it takes, and one hook checks both.

Displays show a bearer token and no cookie; people show a cookie, and their writes must come from a page of this controller;
programs show an API key under `/api/`, and a cookie beside it counts for nothing. A view that states nothing answers nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for

from controller.parts import Parts
from controller.services.accounts import Account, AccountRole
from controller.services.browser_sessions import hash_of
from controller.services.device_sessions import DeviceSession, NoDeviceSession
from controller.services.livekit_tokens import NotOurToken
from controller.web.errors import Refused

READING = frozenset({"GET", "HEAD", "OPTIONS"})

WEBHOOK = "application/webhook+json"

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    """Who a route answers."""

    ANYONE = "anyone"
    DISPLAY = "display"
    PRESENTER = "presenter"
    """Presenters and admins, and programs with an API key of either role."""
    ADMIN = "admin"
    """Admins, and programs with an admin's API key."""
    PRESENTER_IN_PERSON = "presenter in person"
    """Presenters and admins who are signed in; no program."""
    ADMIN_IN_PERSON = "admin in person"
    """Admins who are signed in: what makes rights is no program's."""
    LOOPBACK = "loopback"
    """Programs on this machine: the proxy."""
    OPERATOR = "operator"
    """Programs on this machine that ask it directly, and programs with an API key of either role: they read and do nothing."""
    SFU = "sfu"
    """Whoever signs the body with the SFU's key."""


ROLES: dict[Audience, frozenset[AccountRole]] = {
    Audience.PRESENTER: frozenset(AccountRole),
    Audience.ADMIN: frozenset({AccountRole.ADMIN}),
    Audience.PRESENTER_IN_PERSON: frozenset(AccountRole),
    Audience.ADMIN_IN_PERSON: frozenset({AccountRole.ADMIN}),
}
IN_PERSON = frozenset({Audience.PRESENTER_IN_PERSON, Audience.ADMIN_IN_PERSON})


@dataclass(frozen=True)
class Door:
    """What a route demands."""

    audience: Audience
    max_body_bytes: int


def opens_to(audience: Audience, *, max_body_bytes: int = 0) -> Callable[[View], View]:
    """State a view's audience and body limit."""

    def stated(view: View) -> View:
        view.door = Door(audience, max_body_bytes)  # type: ignore[attr-defined]
        return view

    return stated


def install(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)


def parts() -> Parts:
    """The controller's parts, for views."""
    found: Parts = current_app.extensions["marquee"]
    return found


def account() -> Account:
    """Who is signed in, in a view for people."""
    found: Account = g.account
    return found


def is_program() -> bool:
    """Whether a program asks by its API key, in a view for people and programs."""
    return _shown_api_key() is not None


def browser_session() -> str:
    """Which browser session speaks, in a view for people: SHA-256 of the token in its cookie."""
    return hash_of(request.cookies[cookie_name()])


def may_still(audience: Audience) -> Callable[[], bool]:
    """Asks again, for as long as a stream lasts, whether the one who asks still belongs to this audience."""
    here, key, token = parts(), _shown_api_key(), request.cookies.get(cookie_name(), "")

    def asked_again() -> bool:
        now = here.clock()
        found = here.browser_sessions.account_of(token, now) if key is None else here.api_keys.account_of(key, now)
        return found is not None and found.role in ROLES[audience]

    return asked_again


def network() -> str:
    """What a stranger is counted by: the address, and of IPv6 its network of 64 bits, in which one machine may take any."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return "nowhere"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((found, 64), strict=False))
    return str(found)


def device() -> DeviceSession:
    """Which display speaks, in a view for displays."""
    found: DeviceSession = g.device
    return found


def cookie_name() -> str:
    """The session cookie; `__Host-` binds it to this very host, where the connection permits it."""
    return "__Host-marquee" if request.is_secure else "marquee"


def signed_in() -> Account | None:
    """Who shows a valid cookie, if anybody."""
    token = request.cookies.get(cookie_name())
    return parts().browser_sessions.use(token, parts().clock()) if token else None


def require_own_page() -> None:
    """Refuse a write that does not come from a page of this controller."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    is_own_origin = origin is not None and _host_of(origin) == request.host
    ours = site == "same-origin" if site is not None else is_own_origin
    if not ours or (origin is not None and not is_own_origin):
        raise Refused(
            403, "foreign_origin", "this request does not come from a page of this controller; open the page here and repeat"
        )


def _host_of(origin: str) -> str | None:
    """The host an Origin header names; None where it names none, for it may hold anything."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _check() -> Response | None:
    if request.endpoint is None:
        return None
    door: Door | None = getattr(current_app.view_functions[request.endpoint], "door", None)
    if door is None:
        raise Refused(403, "closed", "this route is open to nobody")
    _check_size(door)
    match door.audience:
        case Audience.ANYONE:
            return None
        case Audience.DISPLAY:
            g.device = parts().clones.speaker(_bearer())
        case Audience.LOOPBACK:
            _check_peer()
        case Audience.OPERATOR:
            _check_operator()
        case Audience.SFU:
            _check_sfu()
        case audience:
            return _check_person(audience) if _shown_api_key() is None else _check_program(audience)
    return None


def _check_peer() -> None:
    """By the socket itself: forwarded headers say what their sender likes. A unix socket has no address."""
    environ: dict[str, str] = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    if not is_loopback(environ.get("REMOTE_ADDR")):
        raise Refused(403, "not_from_here", "this is for programs on the controller's own machine")


def _check_operator() -> None:
    """What comes through a proxy is not from this machine, although the proxy is."""
    key = _bearer_shown()
    if key is not None:
        _known_program(key)
    elif "X-Forwarded-For" in request.headers:
        raise Refused(403, "not_from_here", "ask the controller itself on its own machine, or show an API key")
    else:
        _check_peer()


def _check_sfu() -> None:
    if request.mimetype != WEBHOOK:
        raise Refused(415, "not_a_webhook", f"send Content-Type: {WEBHOOK}")
    try:
        parts().door.check_signature(request.headers.get("Authorization", ""), request.get_data())
    except NotOurToken as error:
        raise Refused(401, "bad_signature", f"{error}; the SFU signs its webhooks with LIVEKIT_API_KEY") from error


def is_loopback(address: str | None) -> bool:
    """Whether it is the address of a program on this machine; an empty one is that of a unix socket."""
    if not address:
        return address == ""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _check_size(door: Door) -> None:
    request.max_content_length = door.max_body_bytes
    if request.method in READING:
        return
    if request.content_length is None and "chunked" in request.headers.get("Transfer-Encoding", ""):
        raise Refused(411, "length_required", "send the body's length")
    if (request.content_length or 0) > door.max_body_bytes:
        raise Refused(413, "too_large", f"the body may have {door.max_body_bytes} bytes at most")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise NoDeviceSession("send the device session token as `Authorization: Bearer TOKEN`; hello gives one")
    return token


def _shown_api_key() -> str | None:
    """What a program shows; None where a person asks. Pages are for people."""
    return None if _is_page() else _bearer_shown()


def _bearer_shown() -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if scheme == "Bearer" else None


def _known_program(key: str) -> Account:
    found = parts().api_keys.account_of(key, parts().clock())
    if found is None:
        raise Refused(
            401, "bad_api_key", "the API key is mistyped, unknown, expired or revoked; an admin makes another at /people"
        )
    return found


def _check_program(audience: Audience) -> Response | None:
    found = _known_program(_shown_api_key() or "")
    if audience in IN_PERSON:
        raise Refused(403, "in_person", "this is for people only, who sign in at /login; no API key can do it")
    _require_role(found, audience)
    g.account = found
    return None


def _check_person(audience: Audience) -> Response | None:
    found = signed_in()
    if found is None:
        if _is_page():
            return redirect(url_for("pages.login", next=request.full_path.removesuffix("?")))  # type: ignore[return-value]
        raise Refused(401, "sign_in", "sign in first, at /login")
    _require_role(found, audience)
    if request.method not in READING:
        require_own_page()
    g.account = found
    return None


def _require_role(found: Account, audience: Audience) -> None:
    if found.role not in ROLES[audience]:
        wanted = " or ".join(sorted(role.value for role in ROLES[audience]))
        raise Refused(403, "wrong_role", f"this needs the role {wanted}; {found.name} is {found.role.value}")


def _is_page() -> bool:
    return request.method == "GET" and not request.path.startswith("/api/")
