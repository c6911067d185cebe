"""The API in OpenAPI 3.1, made from what the routes and their views state. Nothing of it is written by hand.

Anybody may read it: it says what this program's source says, and whoever writes a program for it has no key yet.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

import controller
import wire
from controller.web.access import Audience, Door, opens_to
from controller.web.errors import ANSWERS
from controller.web.messages import Exchange, exchange
from wire.command import CommandId
from wire.display import DisplayId, SessionId, ShortText
from wire.message import Message
from wire.refusal import Refusal

PLACEHOLDER = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")
"""A parameter as Werkzeug writes it, `<int:session_id>`."""

PATH_KINDS: dict[str, Any] = {
    "display_id": DisplayId,
    "session_id": SessionId,
    "name": ShortText,
    "sign_in_id": ShortText,
    "key_id": ShortText,
    "command_id": CommandId,
}

SECURITY_SCHEMES = {
    "display": {
        "type": "http",
        "scheme": "bearer",
        "description": "The display's session token; hello gives one for an hour.",
    },
    "person": {
        "type": "apiKey",
        "in": "cookie",
        "name": "marquee",
        "description": "Given at /login; over HTTPS its name is __Host-marquee. Writes must come from a page of the controller "
        "(Sec-Fetch-Site or Origin).",
    },
    "program": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, made by an admin at /people.",
    },
    "sfu": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A token by the SFU's key over the SHA-256 of the body.",
    },
}

SECURITY: dict[Audience, list[dict[str, list[str]]]] = {
    Audience.ANYONE: [],
    Audience.DISPLAY: [{"display": []}],
    Audience.PRESENTER: [{"person": []}, {"program": []}],
    Audience.ADMIN: [{"person": []}, {"program": []}],
    Audience.PRESENTER_IN_PERSON: [{"person": []}],
    Audience.ADMIN_IN_PERSON: [{"person": []}],
    Audience.SFU: [{"sfu": []}],
}

REFUSALS = ("4XX", *sorted({str(status) for status, _ in ANSWERS.values() if status >= 500}))
"""Every other status of 500 and more is a fault of the controller."""

Used = tuple[type[Message], JsonSchemaMode]
"""A message, and whether it is read or written: what may be left out when reading is always there when written."""

Schemas = dict[Any, dict[str, Any]]
"""By what is used."""

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/api/openapi.json")
@opens_to(Audience.ANYONE)
@exchange()
def openapi() -> Response:
    """This document."""
    kept = current_app.extensions
    if "openapi" not in kept:
        kept["openapi"] = json.dumps(document(current_app))
    return Response(kept["openapi"], mimetype="application/json")


def document(app: Flask) -> dict[str, Any]:
    """The whole API. Raises LookupError for a view that states no messages, and for a parameter or an audience not known here."""
    operations = list(_operations(app))
    used = sorted({use for operation in operations for use in operation.used()}, key=lambda use: (use[0].__name__, use[1]))
    schemas, definitions = models_json_schema(used, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.described(schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Marquee", "version": controller.__version__, "description": f"Protocol {wire.PROTOCOL_VERSION}."},
        "paths": paths,
        "components": {"schemas": definitions["$defs"], "securitySchemes": SECURITY_SCHEMES},
    }


@dataclass(frozen=True)
class Operation:
    """One method of one route, and what its view states."""

    rule: Rule
    method: str
    view: Callable[..., Any]
    door: Door
    exchange: Exchange

    @property
    def path(self) -> str:
        """The address, with its parameters as OpenAPI writes them."""
        return PLACEHOLDER.sub(r"{\1}", self.rule.rule)

    def used(self) -> Iterator[Used]:
        """The messages that need a schema."""
        yield Refusal, "serialization"
        for kind in (self.exchange.takes, self.exchange.asks):
            if kind:
                yield kind, "validation"
        for kind in (self.exchange.gives, self.exchange.streams):
            if kind:
                yield kind, "serialization"

    def described(self, schemas: Schemas) -> dict[str, Any]:
        """The operation object."""
        said: dict[str, Any] = {
            "operationId": self.rule.endpoint,
            "summary": (inspect.getdoc(self.view) or "").partition("\n")[0],
            "tags": [self.door.audience.value],
            "security": SECURITY[self.door.audience],
            "parameters": [*self._in_path(), *self._in_query(), *self._in_headers()],
            "responses": {**self._answer(schemas), **{status: _refusal(schemas) for status in REFUSALS}},
        }
        if self.exchange.takes:
            body = {"content": _content("application/json", schemas[self.exchange.takes, "validation"]), "required": True}
            said["requestBody"] = {**body, "description": f"At most {self.door.max_body_bytes} bytes."}
        return said

    def _in_path(self) -> list[dict[str, Any]]:
        names = sorted(self.rule.arguments)
        return [_parameter("path", name, TypeAdapter(PATH_KINDS[name]).json_schema()) for name in names]

    def _in_query(self) -> list[dict[str, Any]]:
        schema = self.exchange.asks.model_json_schema() if self.exchange.asks else {"properties": {}}
        required = schema.get("required", ())
        fields = schema["properties"].items()
        return [_parameter("query", name, _without_null(kind), required=name in required) for name, kind in fields]

    def _in_headers(self) -> list[dict[str, Any]]:
        return [_parameter("header", name, {"type": "string"}) for name in self.exchange.headers]

    def _answer(self, schemas: Schemas) -> dict[str, Any]:
        if self.exchange.gives:
            return {"200": _response("The answer.", "application/json", schemas[self.exchange.gives, "serialization"])}
        if self.exchange.streams:
            event = _event(schemas[self.exchange.streams, "serialization"])
            return {"200": _response("An event stream; each event, pings apart, is of this form.", "text/event-stream", event)}
        return {"2XX": {"description": "Done."}}


def _operations(app: Flask) -> Iterator[Operation]:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        view = app.view_functions[rule.endpoint]
        if not hasattr(view, "exchange") or not hasattr(view, "door"):
            raise LookupError(f"{rule.endpoint} states no messages, or no audience")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Operation(rule, method, view, view.door, view.exchange)


def _parameter(place: str, name: str, schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _without_null(kind: dict[str, Any]) -> dict[str, Any]:
    """A query can leave a field out; it cannot say null."""
    return kind if "anyOf" not in kind else {**kind, "anyOf": [one for one in kind["anyOf"] if one != {"type": "null"}]}


def _refusal(schemas: Schemas) -> dict[str, Any]:
    return _response("Refused, and why.", "application/json", schemas[Refusal, "serialization"])


def _response(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _content(media_type, schema)}


def _event(data: dict[str, Any]) -> dict[str, Any]:
    carried = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "properties": {"event": {"type": "string"}, "data": carried}, "required": ["event", "data"]}


def _content(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema}}
