"""What a view reads and answers, as messages of `wire`. Each view of the API states them; `openapi` tells the world from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, current_app, request

from controller.web.errors import Refused
from wire.message import MalformedMessage, Message

M = TypeVar("M", bound=Message)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Exchange:
    """The messages of a view. None: there is none, and whatever comes instead is not looked at."""

    asks: type[Message] | None = None
    """The query."""
    takes: type[Message] | None = None
    """The body."""
    gives: type[Message] | None = None
    """The answer."""
    streams: type[Message] | None = None
    """The data of each event, where the answer is an event stream."""
    headers: tuple[str, ...] = ()
    """Headers without which it refuses, beside those that say who asks."""


def exchange(
    *,
    asks: type[Message] | None = None,
    takes: type[Message] | None = None,
    gives: type[Message] | None = None,
    streams: type[Message] | None = None,
    headers: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """State a view's messages. It can read and answer no others."""

    def stated(view: View) -> View:
        view.exchange = Exchange(asks, takes, gives, streams, headers)  # type: ignore[attr-defined]
        return view

    return stated


def read(kind: type[M]) -> M:
    """The request's body as a message. Raises Refused (415) or MalformedMessage."""
    _must_be_stated(kind, _exchange().takes)
    require_json()
    return kind.parse(request.get_data())


def asked(kind: type[M]) -> M:
    """The request's query as a message; a field that was left empty is not there. Raises MalformedMessage."""
    _must_be_stated(kind, _exchange().asks)
    fields = {name: values for name, values in request.args.lists() if values != [""]}
    twice = next((name for name, values in fields.items() if len(values) > 1), None)
    if twice is not None:
        raise MalformedMessage(f"{twice}: the query names it twice")
    return kind.from_texts({name: values[0] for name, values in fields.items()})


def require_json() -> None:
    """Refuse a body that does not say it is JSON: a form of a foreign page cannot."""
    if request.mimetype != "application/json":
        raise Refused(415, "not_json", "send the body as Content-Type: application/json")


def answer(message: Message) -> Response:
    """A message as the response."""
    _must_be_stated(type(message), _exchange().gives)
    return Response(message.to_json(), mimetype="application/json")


def table(name: str, text: str) -> Response:
    """A table to be saved under a name, as the response."""
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _exchange() -> Exchange:
    return getattr(current_app.view_functions[request.endpoint or ""], "exchange", Exchange())


def _must_be_stated(kind: type[Message], stated: type[Message] | None) -> None:
    if kind is not stated:
        raise TypeError(f"the view states {stated}, and uses {kind}")
