"""Whatever bytes come, reading them ends in a message or in MalformedMessage."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

import kiosk.page_server  # noqa: F401  (its message is read from loopback)
import wire
import wire.audit
import wire.people
from tests.support.cases import Cases
from wire.message import MAX_NESTING, MalformedMessage, Message, read_strict_json

EXAMPLES = [json.loads(path.read_bytes()) for path in sorted((Path(wire.__file__).parent / "examples").glob("*.json"))]

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
"""What JSON can say, and a few things that it cannot."""

CURIOSITIES = st.sampled_from(
    ["NaN", "-Infinity", '{"a":1,"a":2}', "[" * 40 + "]" * 40, "9" * 5_000, '"\\ud800"', "1e999", "\ufeff{}", "\x00", "{} {}"]
)


def kinds() -> list[type[Message]]:
    """Every kind of message there is."""

    def below(kind: type[Message]) -> list[type[Message]]:
        return [found for each in kind.__subclasses__() for found in (each, *below(each))]

    return sorted(set(below(Message)), key=lambda kind: kind.__name__)


@st.composite
def spoilt_examples(draw: st.DrawFn) -> bytes:
    """A golden message in which one thing is another."""
    message = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    fields = message
    while isinstance(fields, dict) and fields:
        name = draw(st.sampled_from(sorted(fields)))
        if not isinstance(fields[name], dict) or draw(st.booleans()):
            fields[name] = draw(VALUES)
            break
        fields = fields[name]
    return json.dumps(message).encode()


@st.composite
def spoilt_texts(draw: st.DrawFn) -> bytes:
    """JSON with something strange in its middle."""
    text = json.dumps(draw(VALUES))
    place = draw(st.integers(0, len(text)))
    return (text[:place] + draw(CURIOSITIES | st.text(max_size=3)) + text[place:]).encode("utf-8", "surrogatepass")


BYTES = st.binary(max_size=200) | spoilt_texts() | spoilt_examples()


def test_plain_json_is_read_as_python_reads_it(cases: Cases) -> None:
    def check(value: Any) -> None:
        raw = json.dumps(value, ensure_ascii=False).encode()
        assert read_strict_json(raw) == json.loads(raw)

    cases.try_all("plain JSON", VALUES.filter(lambda value: depth(value) <= MAX_NESTING), check, wanted=20 * cases.wanted)


def test_what_is_read_is_what_python_reads(cases: Cases) -> None:
    def check(raw: bytes) -> None:
        try:
            value = read_strict_json(raw)
        except MalformedMessage:
            return
        assert repr(value) == repr(json.loads(raw))

    cases.try_all("bytes as JSON", BYTES, check, wanted=20 * cases.wanted)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_bytes_are_a_message_or_are_refused(kind: type[Message], cases: Cases) -> None:
    def check(raw: bytes) -> None:
        try:
            message = kind.parse(raw)
        except MalformedMessage:
            return
        assert kind.parse(message.to_json().encode()) == message

    cases.try_all("bytes as messages", BYTES, check)


@pytest.mark.parametrize("kind", [wire.display.SessionQuery, wire.audit.AuditQuery], ids=lambda kind: kind.__name__)
def test_texts_are_a_query_or_are_refused(kind: type[Message], cases: Cases) -> None:
    names = st.sampled_from(list(kind.model_fields)) | st.text()
    texts = st.text() | st.integers().map(str) | st.floats().map(str)

    def check(fields: dict[str, str]) -> None:
        with suppress(MalformedMessage):
            kind.from_texts(fields)

    cases.try_all("texts as queries", st.dictionaries(names, texts, max_size=4), check, wanted=5 * cases.wanted)


def depth(value: Any) -> int:
    """Levels of objects and arrays."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)
