"""What the controller should hear of at once."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.lifecycle import Effect, KioskState, ViewerReported, step
from kiosk.reception_trouble import is_too_little
from wire.display import Reception, ViewerReport


def received(second: int, **changes: Any) -> Reception:
    """A clean second after the other."""
    counters = {
        "track_age_ms": 1_000 * second,
        "received_bytes": 500_000 * second,
        "packets_received": 450 * second,
        "frames_decoded": 15 * second,
    }
    return Reception(**{**counters, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"packets_lost": 9},
        {"frozen_ms": 100},
        {"frames_decoded": 15, "received_bytes": 501_000},
        {"track_age_ms": 1_200, "packets_lost": 400},
        {"track_age_ms": 100, "packets_lost": 400},
    ],
    ids=["clean", "2 % lost", "a hitch", "a still screen", "too soon to tell", "another track"],
)
def test_what_is_no_trouble(changes: dict[str, int]) -> None:
    assert not is_too_little(received(1), received(2, **changes))


@pytest.mark.parametrize(
    "changes",
    [{"packets_lost": 50}, {"frozen_ms": 300}, {"plis_sent": 1}, {"frames_decoded": 15}],
    ids=["10 % lost", "frozen", "asked for a key frame", "nothing decoded"],
)
def test_what_is_trouble(changes: dict[str, int]) -> None:
    assert is_too_little(received(1), received(2, **changes))


def test_without_a_track_nothing_is_missing() -> None:
    assert not is_too_little(None, received(1))
    assert not is_too_little(received(1), None)


@pytest.mark.parametrize("late_s", [0.0, 0.1], ids=["on time", "every other one late"])
def test_the_controller_is_told_every_second_while_it_lasts(late_s: float) -> None:
    state = KioskState(controller="https://marquee.example.org", version="0.1.0")
    told = []
    for second in range(1, 8):
        lost = 0 if second < 3 else 50 * (second - 2)
        viewer = ViewerReport(stage="receiving", last_frame_age_ms=40, reception=received(second, packets_lost=lost))
        state, effects = step(state, ViewerReported(viewer), 100.0 + second + late_s * (second % 4 == 3))
        told.append(Effect.BEAT_NOW in effects)
    assert told == [True, False, True, True, True, True, True], "the picture came; then trouble from the third second on"
