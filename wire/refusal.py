"""How every refusal looks, whoever asked."""

from __future__ import annotations

from typing import Any

from wire.message import Message


class Refusal(Message):
    """`error` is stable, for programs; `message` says what was wrong and what to do, for people; `details` where a code needs them."""

    error: str
    message: str
    details: dict[str, Any] = {}
