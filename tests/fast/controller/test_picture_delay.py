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
RECEIVED: dict[str, Any] = {"jitter_buffer_ms": 25, "decode_ms": 8, "round_trip_ms": 30}


def test_it_is_the_sum_of_its_parts() -> None:
    """Half of 67, encoded in 10, paced for 27, both ways 25, buffered 25, decoded 8, drawn in 25."""
    assert picture_delay_ms(SenderReport(**IN_MOTION), Reception(**RECEIVED)) == 153


def test_a_frame_that_is_nearly_nothing_needs_no_time_to_leave() -> None:
    quiet = SenderReport(**{**IN_MOTION, "sent_bps": 40_000})
    assert picture_delay_ms(quiet, Reception(**RECEIVED)) == 127


@pytest.mark.parametrize("missing", ["encode_ms", "round_trip_ms", "frames_per_second"])
def test_without_a_part_of_the_presenters_nothing_is_said(missing: str) -> None:
    fields = {name: value for name, value in IN_MOTION.items() if name != missing}
    assert picture_delay_ms(SenderReport(**fields), Reception(**RECEIVED)) is None


@pytest.mark.parametrize("missing", ["jitter_buffer_ms", "decode_ms", "round_trip_ms"])
def test_without_a_part_of_the_displays_nothing_is_said(missing: str) -> None:
    fields = {name: value for name, value in RECEIVED.items() if name != missing}
    assert picture_delay_ms(SenderReport(**IN_MOTION), Reception(**fields)) is None


def test_without_presenter_or_track_nothing_is_said() -> None:
    assert picture_delay_ms(None, Reception(**RECEIVED)) is None
    assert picture_delay_ms(SenderReport(**IN_MOTION), None) is None
