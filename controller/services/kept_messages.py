"""Messages read back from a store, perhaps written by another version of us: one that does not fit any more counts as absent.

What is kept this way expires or is soon written anew, so absence costs seconds, and an update needs no emptied store.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class KeptMessages(Generic[T]):
    """Reads back one kind of message."""

    def __init__(self, what: str, parse: Callable[[str], T]) -> None:
        self._what = what
        self._parse = parse
        self._is_said = False

    def read(self, text: str | None) -> T | None:
        """What was kept; None when nothing was, or when it cannot be read any more (logged once a process)."""
        if text is None:
            return None
        try:
            return self._parse(text)
        except (ValueError, KeyError) as error:
            if not self._is_said:
                log.info("kept by another version, taken for absent what=%s error=%r", self._what, str(error))
            self._is_said = True
            return None
