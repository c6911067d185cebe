"""Where a request comes from, and its id, as the audit log and the log name them.

Each request has an id of the controller's own making; one that comes from outside is not looked at.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from wire.display import LONGEST_TEXT, in_one_line

HEADER = "X-Request-Id"


def install(app: Flask) -> None:
    """Give every request its id, and say it with the answer."""
    app.before_request(_begin)
    app.after_request(_say)


def address() -> str:
    """Where the request comes from."""
    return in_one_line(request.remote_addr or "")[:LONGEST_TEXT]


def request_id() -> str:
    """The request's id."""
    found: str = g.request_id
    return found


def _begin() -> None:
    g.request_id = secrets.token_hex(8)


def _say(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
