"""The nearest cause is named, and only where it can be the cause."""

from __future__ import annotations

import pytest

from kiosk.link_trouble import Cause, LinkTrouble, seen_from_here

GOES_OUT = (Cause.NO_NAME, Cause.NO_ROUTE, Cause.SILENT)


@pytest.mark.parametrize("cause", GOES_OUT)
@pytest.mark.parametrize(
    ("has_link", "has_address", "seen"),
    [(False, False, Cause.NO_LINK), (False, True, Cause.NO_LINK), (True, False, Cause.NO_ADDRESS)],
)
def test_what_got_no_answer_is_explained_by_the_network(cause: Cause, has_link: bool, has_address: bool, seen: Cause) -> None:
    found = seen_from_here(LinkTrouble(cause, "so"), has_link=has_link, has_address=has_address)
    assert found.cause is seen
    assert found.is_at_this_end


@pytest.mark.parametrize("cause", list(Cause))
def test_with_a_network_the_cause_stays(cause: Cause) -> None:
    trouble = LinkTrouble(cause, "so")
    assert seen_from_here(trouble, has_link=True, has_address=True) is trouble


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in GOES_OUT])
def test_whoever_got_an_answer_has_a_network(cause: Cause) -> None:
    """A controller on this very machine, say."""
    trouble = LinkTrouble(cause, "so")
    assert seen_from_here(trouble, has_link=False, has_address=False) is trouble


@pytest.mark.parametrize("cause", list(Cause))
def test_another_network_is_worth_a_try_where_nothing_was_answered(cause: Cause) -> None:
    expected = cause in (*GOES_OUT, Cause.NO_LINK, Cause.NO_ADDRESS)
    assert LinkTrouble(cause, "so").is_of_network == expected


def test_a_cause_is_told_as_a_sentence() -> None:
    assert LinkTrouble(Cause.REFUSED, "say hello again.").lines[0] == "Say hello again."
