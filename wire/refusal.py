"""How every refusal looks, whoever asked."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from wire.message import Message


class Refusal(Message):
    """`error` is stable, for programs; `message` says what was wrong and what to do, for people."""

    error: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)
