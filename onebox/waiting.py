"""Waiting for a condition, with a message and never a blind pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOKS_EVERY_S = 0.02


class NotInTime(Exception):
    """The condition did not come; the text says which."""


def wait_until(condition: Callable[[], T | None], what: str, *, timeout_s: float = 60.0) -> T:
    """What `condition` answers once it is neither None nor False. Raises NotInTime, which names `what`."""
    until = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found is not None and found is not False:
            return found
        if time.monotonic() > until:
            raise NotInTime(f"not within {timeout_s:g} s: {what}")
        time.sleep(LOOKS_EVERY_S)
