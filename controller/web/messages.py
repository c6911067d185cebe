"""Reading a request's body as a message of `wire`, and answering with one."""

from __future__ import annotations

from typing import TypeVar

from flask import Response, request

from controller.web.errors import Refused
from wire.message import MalformedMessage, Message, Nothing

M = TypeVar("M", bound=Message)


def read(kind: type[M]) -> M:
    """The request's body as a message. Raises Refused (415) or MalformedMessage."""
    require_json()
    return kind.parse(request.get_data())


def read_nothing() -> None:
    """Refuse a body other than `{}`. Raises Refused (415) or MalformedMessage."""
    read(Nothing)


def require_json() -> None:
    """Refuse a body that does not say it is JSON: a form of a foreign page cannot."""
    if request.mimetype != "application/json":
        raise Refused(415, "not_json", "send the body as Content-Type: application/json")


def answer(message: Message) -> Response:
    """A message as the response."""
    return Response(message.to_json(), mimetype="application/json")


def session_id_asked() -> int:
    """The `session_id` of the query. Raises MalformedMessage."""
    text = request.args.get("session_id", "")
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 7 or int(text) < 1:
        raise MalformedMessage("session_id: give the session's number in the query, for example ?session_id=1")
    return int(text)
