"""The pages people open: dashboard, presenter page, sign-in, and the files they are made of."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response as BaseResponse

import joining
from controller.services.accounts import Account, AccountRole
from controller.services.people import Origin
from controller.services.sign_in_throttle import TooManyFailures
from controller.web import request_origin, security_headers, sign_in
from controller.web.access import Audience, account, network, opens_to, parts, require_own_page, signed_in

STATIC = Path(__file__).parent / "static"
PRESENTER_PAGE = Path(__file__).parents[2] / "presenter_page"

PAGES = (
    "pages.dashboard",
    "pages.present",
    "sessions_page.page",
    "audit_api.page",
    "enrolment_api.page",
    "people_pages.people",
    "people_pages.own_account",
)
"""Where signing in may lead, with any query."""

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@opens_to(Audience.PRESENTER_IN_PERSON)
def dashboard() -> BaseResponse | str:
    """The admin's dashboard; a presenter is sent to their own page."""
    if account().role is not AccountRole.ADMIN:
        return redirect(url_for("pages.present"))
    session_id = request.args.get("session_id", type=int)
    session = parts().sessions.first() if session_id is None else parts().sessions.get(session_id)
    snapshot = parts().wall.snapshot(session, parts().clock())
    return render_template(
        "admin_dashboard.html",
        user=account().name,
        role=account().role.value,
        session=session,
        sessions=parts().sessions.all(),
        snapshot=snapshot.model_dump(mode="json"),
        auto_approve=parts().settings.auto_approve.value,
        stills_off=parts().stills.are_off,
    )


@blueprint.get("/present")
@opens_to(Audience.PRESENTER_IN_PERSON)
def present() -> str:
    """The presenter page."""
    livekit = parts().settings.livekit
    security_headers.allow_presenting(livekit.url if livekit else None)
    return render_template(
        "presenter_page/index.html",
        user=account().name,
        role=account().role.value,
        sessions=[session for session in parts().sessions.all() if account().may_present_in(session.session_id)],
    )


@blueprint.get("/login")
@opens_to(Audience.ANYONE)
def login() -> BaseResponse | str:
    """The sign-in form."""
    found = signed_in()
    return _after_sign_in(found) if found else _login_form(None)


@blueprint.post("/login")
@opens_to(Audience.ANYONE, max_body_bytes=4_096)
def submit_login() -> BaseResponse:
    """Sign in by name and password."""
    require_own_page()
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        origin = Origin(request_origin.address(), request_origin.request_id())
        found = parts().people.verify(name, password, network=network(), origin=origin, now=parts().clock())
    except TooManyFailures as error:
        return make_response(_login_form(str(error)), 429, {"Retry-After": str(error.retry_after_s)})
    if found is None:
        return make_response(_login_form("That name and password do not fit together. Check both and try again."), 401)
    sign_in.end()
    response = _after_sign_in(found)
    sign_in.give_cookie(response, sign_in.begin(found))
    return response


@blueprint.post("/logout")
@opens_to(Audience.ANYONE, max_body_bytes=1_024)
def logout() -> BaseResponse:
    """Sign out."""
    require_own_page()
    sign_in.end()
    response = redirect(url_for("pages.login"))
    sign_in.take_cookie(response)
    return response


@blueprint.get("/static/<path:name>")
@opens_to(Audience.ANYONE)
def static_file(name: str) -> Response:
    """Styles, scripts and the LiveKit client."""
    return _file(STATIC, name)


@blueprint.get("/present/<any(js, css):kind>/<path:name>")
@opens_to(Audience.ANYONE)
def presenter_file(kind: str, name: str) -> Response:
    """The presenter page's scripts and styles."""
    return _file(PRESENTER_PAGE / kind, name)


@blueprint.get("/joining/<string:name>.js")
@opens_to(Audience.ANYONE)
def joining_file(name: str) -> Response:
    """Scripts that the presenter page shares with the display's."""
    return _file(joining.SCRIPTS, f"{name}.js")


def _file(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _login_form(problem: str | None) -> str:
    return render_template("login.html", user=None, role=None, next=request.values.get("next", ""), problem=problem)


def _after_sign_in(found: Account) -> BaseResponse:
    home = url_for("pages.dashboard" if found.role is AccountRole.ADMIN else "pages.present")
    wanted = request.values.get("next", "")
    known = {url_for(page) for page in PAGES}
    is_known = wanted.partition("?")[0] in known and wanted.isascii() and wanted.isprintable()
    return redirect(wanted if is_known else home)
