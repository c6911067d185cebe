"""The watch over log lines itself."""

from __future__ import annotations

import logging

from tests.support.announced_logs import AnnouncedLogs

log = logging.getLogger(__name__)


def test_an_unannounced_warning_is_a_surprise(announced_logs: AnnouncedLogs) -> None:
    log.warning("the roof is on fire")
    assert announced_logs.surprises() == [f"WARNING {__name__}: the roof is on fire"]
    announced_logs.allow("roof")


def test_an_announced_warning_is_none(announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("roof .* fire$")
    log.warning("the roof is on %s", "fire")
    assert announced_logs.surprises() == []


def test_information_is_no_surprise(announced_logs: AnnouncedLogs) -> None:
    log.info("the roof is on")
    assert announced_logs.lines == []
