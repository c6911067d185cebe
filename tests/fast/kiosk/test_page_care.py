"""When a page hangs, and what is counted of it."""

from __future__ import annotations

import pytest

from kiosk.page_care import LOADS_WITHIN_S, SILENT_S, PageCare, PageReloads
from kiosk.remedies import PATIENCE_S, Remedy, Trouble
from wire.display import Standstill

LOADED_S = 1_000.0
LIMIT_BYTES = 700_000_000


@pytest.fixture
def care() -> PageCare:
    """Of a page that was just loaded."""
    found = PageCare(started_at_s=LOADED_S, memory_limit_bytes=LIMIT_BYTES)
    found.load(LOADED_S)
    return found


@pytest.mark.parametrize(("silent_s", "is_hung"), [(0.0, False), (SILENT_S, False), (SILENT_S + 0.1, True)])
def test_a_page_that_stops_reporting_hangs(care: PageCare, silent_s: float, is_hung: bool) -> None:
    assert care.is_hung(silent_s, LOADED_S + 100.0) == is_hung


@pytest.mark.parametrize("silent_s", [None, 30.0, 90.0], ids=["never heard", "before the load", "long before the load"])
@pytest.mark.parametrize(("loading_s", "is_hung"), [(0.0, False), (LOADS_WITHIN_S, False), (LOADS_WITHIN_S + 0.1, True)])
def test_a_page_that_loads_has_longer(care: PageCare, silent_s: float | None, loading_s: float, is_hung: bool) -> None:
    """What the page before it reported says nothing of this one."""
    assert care.is_hung(silent_s and silent_s + loading_s, LOADED_S + loading_s) == is_hung


def test_a_page_loaded_again_has_its_time_to_load_again(care: PageCare) -> None:
    assert care.is_hung(6.0, LOADED_S + 100.0)
    care.load(LOADED_S + 100.0)
    assert not care.is_hung(6.0, LOADED_S + 100.0)


def test_what_ended_by_itself_and_what_was_ended_are_counted_apart(care: PageCare) -> None:
    assert care.ended() == "fell"
    care.end("hung")
    assert care.ended() == "hung"
    assert care.ended() == "fell"
    assert care.reloads == PageReloads(fell=2, hung=1)


@pytest.mark.parametrize(("standstill", "is_stuck"), [("renderer", True), ("decoder", True), ("network", False), (None, False)])
def test_a_picture_that_comes_and_is_not_shown_has_the_page_loaded_again(
    care: PageCare, standstill: Standstill | None, is_stuck: bool
) -> None:
    care.hear_standstill(standstill, LOADED_S)
    wanted = Remedy("reload", Trouble.STUCK) if is_stuck else None
    assert care.remedy(LOADED_S + PATIENCE_S[Trouble.STUCK]) == wanted


def test_too_much_memory_has_the_page_loaded_again(care: PageCare) -> None:
    care.hear_memory(LIMIT_BYTES, LOADED_S)
    assert care.remedy(LOADED_S + PATIENCE_S[Trouble.LARGE]) is None
    care.hear_memory(LIMIT_BYTES + 1, LOADED_S + 100)
    assert care.remedy(LOADED_S + 100 + PATIENCE_S[Trouble.LARGE]) == Remedy("reload", Trouble.LARGE)
    care.end(Trouble.LARGE)
    assert care.ended() == "large"
    assert care.reloads == PageReloads(large=1)
