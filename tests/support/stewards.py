"""A steward that acts at once, for tests that tell it what to look at."""

from __future__ import annotations

from controller.parts import Parts
from controller.services.stewardship import Stewardship
from controller.steward import Steward


def steward_in_office(parts: Parts) -> Steward:
    """A steward in office. No other is, so its term goes on while it is asked for within three seconds."""
    steward = Steward(parts)
    assert steward.enter_office(), "another steward is in office"
    return steward


def term_of_office(parts: Parts) -> int:
    """The number of a term that has just begun."""
    stewardship = Stewardship(parts.stores.state)
    assert stewardship.enter(), "another steward is in office"
    return stewardship.require()
