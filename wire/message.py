"""What every message has in common: frozen, no unknown fields, read from strict JSON.

Python's own reader takes NaN, duplicate keys and any depth of nesting; a message must not depend on which of two readers saw it,
so all of that is refused here, before any field is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, Self

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_NESTING = 16
"""Levels of objects and arrays; our own messages need four."""


class MalformedMessage(ValueError):
    """The bytes are not the message that was expected. The text says what is wrong and where, for the sender to read."""


class Message(BaseModel):
    """Base of all messages. Extra fields, wrong types and numbers out of bounds are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read one message from JSON bytes.

        Raises MalformedMessage when `raw` is not strict JSON or not this message.
        """
        read_strict_json(raw)
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            raise MalformedMessage(_in_words(error)) from error

    @classmethod
    def from_texts(cls, fields: Mapping[str, str]) -> Self:
        """Read one message from texts, as a query holds its fields; a number has one way to be written.

        Raises MalformedMessage when they are not this message.
        """
        try:
            message = cls.model_validate_strings(fields)
        except ValidationError as error:
            raise MalformedMessage(_in_words(error)) from error
        for name, text in fields.items():
            value = getattr(message, name)
            if type(value) is int and str(value) != text:
                raise MalformedMessage(f"{name}: write the number as {value}")
        return message

    def to_json(self) -> str:
        """The message as compact JSON."""
        return self.model_dump_json()


class Nothing(Message):
    """`{}`: a request that says all by its address."""


def read_strict_json(raw: bytes) -> Any:
    """Read JSON, refusing what readers disagree about.

    Raises MalformedMessage for bytes that are not UTF-8, NaN and infinities, duplicate keys, deep nesting, overlong numbers and
    lone surrogates.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
        _check_nesting(value)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except MalformedMessage:
        raise
    except RecursionError as error:
        raise MalformedMessage("the JSON is nested too deeply") from error
    except ValueError as error:
        raise MalformedMessage(f"the body is not JSON: {error}") from error
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedMessage("the JSON names the same key twice")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedMessage(f"{name} is not JSON")


def _check_nesting(value: Any, depth: int = 0) -> None:
    if depth > MAX_NESTING:
        raise MalformedMessage("the JSON is nested too deeply")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check_nesting(child, depth + 1)


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the message"
    return f"{where}: {first['msg']}"
