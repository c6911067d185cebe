"""A test fails if a program logged a warning that the test did not announce (cockpit's `allow_journal_messages`)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest


class AnnouncedLogs(logging.Handler):
    """Collects what is logged at WARNING or above, and tells announced lines from surprises."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._announced: list[re.Pattern[str]] = []

    def allow(self, *patterns: str) -> None:
        """Lines in which one of these is found are expected."""
        self._announced += [re.compile(pattern) for pattern in patterns]

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a line."""
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def surprises(self) -> list[str]:
        """Lines that nobody announced."""
        return [line for line in self.lines if not any(pattern.search(line) for pattern in self._announced)]


@pytest.fixture(autouse=True)
def announced_logs() -> Iterator[AnnouncedLogs]:
    """What this test's programs log; ask for it to announce lines."""
    logs = AnnouncedLogs()
    logging.getLogger().addHandler(logs)
    yield logs
    logging.getLogger().removeHandler(logs)
    surprises = logs.surprises()
    assert not surprises, "logged, and not announced:\n" + "\n".join(surprises)
