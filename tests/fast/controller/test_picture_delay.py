"""The estimate of a picture's age. How right it is, is measured in tests/e2e/test_quality_guard.py."""

from __future__ import annotations

from typing import Any

import pytest

from controller.rules.picture_delay import picture_delay_ms
from wire.display import Reception
from wire.presenter import SenderReport

IN_MOTION: dict[str, Any] = {
    "sent_bps": 4_000_000,
    "target_bps": 4_000_000,
    "frames_per_second": 15,
    "encode_ms": 10,
    "round_trip_ms": 20,
}
RECEIVED: dict[str, Any] = {"arrival_to_glass_ms": 36, "jitter_buffer_ms": 45, "decode_ms": 8, "round_trip_ms": 30}
UNTOLD = {name: value for name, value in RECEIVED.items() if name != "arrival_to_glass_ms"}
"""Of a browser that does not tell a frame's way to the glass."""


def test_it_is_the_sum_of_its_parts() -> None:
    """Half of 67, encoded in 10, paced for 27, both ways 25, on the glass after 36."""
    assert picture_delay_ms(SenderReport(**IN_MOTION), Reception(**RECEIVED)) == 131


def test_where_the_browser_does_not_tell_the_way_to_the_glass_it_is_buffered_decoded_and_drawn() -> None:
    """Half of 67, encoded in 10, both ways 25, buffered 45 and paced meanwhile, decoded 8, drawn in 25."""
    assert picture_delay_ms(SenderReport(**IN_MOTION), Reception(**UNTOLD)) == 146


def test_a_frame_that_is_nearly_nothing_needs_no_time_to_leave() -> None:
    quiet = SenderReport(**{**IN_MOTION, "sent_bps": 40_000})
    assert picture_delay_ms(quiet, Reception(**RECEIVED)) == 105


@pytest.mark.parametrize("missing", ["encode_ms", "round_trip_ms", "frames_per_second"])
def test_without_a_part_of_the_presenters_nothing_is_said(missing: str) -> None:
    fields = {name: value for name, value in IN_MOTION.items() if name != missing}
    assert picture_delay_ms(SenderReport(**fields), Reception(**RECEIVED)) is None


@pytest.mark.parametrize("missing", ["jitter_buffer_ms", "decode_ms", "round_trip_ms"])
def test_without_a_part_of_the_displays_nothing_is_said(missing: str) -> None:
    fields = {name: value for name, value in UNTOLD.items() if name != missing}
    assert picture_delay_ms(SenderReport(**IN_MOTION), Reception(**fields)) is None


def test_without_presenter_or_track_nothing_is_said() -> None:
    assert picture_delay_ms(None, Reception(**RECEIVED)) is None
    assert picture_delay_ms(SenderReport(**IN_MOTION), None) is None
