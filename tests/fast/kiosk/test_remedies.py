"""What is done about a trouble that lasts, and how often."""

from __future__ import annotations

import pytest

from kiosk.remedies import PATIENCE_S, RELOADS_AT_MOST, WITHIN_S, Remedies, Remedy, Trouble

STARTED_S = 500.0
STUCK_S = PATIENCE_S[Trouble.STUCK]


@pytest.fixture
def remedies() -> Remedies:
    return Remedies(STARTED_S)


def reload_as_often_as_may_be(remedies: Remedies, now_s: float) -> float:
    """A picture stays stuck; the moment at which no reload is left."""
    for _ in range(RELOADS_AT_MOST):
        remedies.hear(Trouble.STUCK, True, now_s)
        now_s += STUCK_S
        assert remedies.next(now_s) == Remedy("reload", Trouble.STUCK)
    remedies.hear(Trouble.STUCK, True, now_s)
    return now_s


@pytest.mark.parametrize("trouble", PATIENCE_S)
def test_what_lasts_has_the_page_loaded_again_once(remedies: Remedies, trouble: Trouble) -> None:
    remedies.hear(trouble, True, STARTED_S)
    remedies.hear(trouble, True, STARTED_S + 5)
    assert remedies.next(STARTED_S + PATIENCE_S[trouble] - 0.1) is None
    assert remedies.next(STARTED_S + PATIENCE_S[trouble]) == Remedy("reload", trouble)
    assert remedies.next(STARTED_S + PATIENCE_S[trouble]) is None, "said once"


def test_what_passes_has_nothing_done(remedies: Remedies) -> None:
    remedies.hear(Trouble.STUCK, True, STARTED_S)
    remedies.hear(Trouble.STUCK, False, STARTED_S + 5)
    remedies.hear(Trouble.STUCK, True, STARTED_S + 6)
    assert remedies.next(STARTED_S + STUCK_S) is None


def test_a_kiosk_that_just_started_does_not_start_again(remedies: Remedies) -> None:
    now_s = reload_as_often_as_may_be(remedies, STARTED_S)
    assert remedies.next(now_s + STUCK_S) is None
    assert remedies.next(STARTED_S + WITHIN_S - 0.1) is None


def test_when_reloading_did_not_help_the_kiosk_starts_again(remedies: Remedies) -> None:
    now_s = reload_as_often_as_may_be(remedies, STARTED_S + WITHIN_S)
    assert remedies.next(now_s + STUCK_S) == Remedy("restart", Trouble.STUCK)


def test_an_hour_later_reloading_is_tried_again(remedies: Remedies) -> None:
    now_s = reload_as_often_as_may_be(remedies, STARTED_S)
    assert remedies.next(now_s + WITHIN_S) == Remedy("reload", Trouble.STUCK)


def test_what_somebody_asks_for_is_done_at_once_and_once_whatever_was_done_before(remedies: Remedies) -> None:
    now_s = reload_as_often_as_may_be(remedies, STARTED_S)
    remedies.ask("reload")
    assert remedies.next(now_s) == Remedy("reload", Trouble.ASKED)
    assert remedies.next(now_s) is None
    remedies.ask("restart")
    assert remedies.next(now_s) == Remedy("restart", Trouble.ASKED)
