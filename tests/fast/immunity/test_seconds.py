"""What follows from a wall's seconds."""

from __future__ import annotations

import pytest

from tests.immunity.page_look import Counts
from tests.immunity.seconds import DisplayLook, Look, as_csv, frames_per_second, missing, oldest_s, sent_during


def counts(frames: int, *, key_frames: int = 0) -> Counts:
    return Counts(frames=frames, bytes=30_000 * frames, key_frames=key_frames, plis=0)


def looks(*, misses_every: int = 1000, age_ms: int | None = 120, key_frame_at_s: int = 100) -> list[Look]:
    """A second apart, fifteen frames each."""
    return [
        Look(
            at_s=float(second),
            sent=counts(15 * second, key_frames=1 + (second >= key_frame_at_s)),
            displays={"kiosk-1": DisplayLook(counts(15 * second - 15 * second // misses_every), age_ms, "full")},
        )
        for second in range(11)
    ]


def test_what_was_sent_is_told_by_the_middle_second() -> None:
    sent = sent_during(looks(key_frame_at_s=5))
    assert (sent.bps, sent.frames_per_second, sent.key_frames_a_minute) == (15 * 30_000 * 8, 15.0, 1.0)


def test_missing_frames_are_counted_against_the_encoded_ones() -> None:
    assert missing(looks(), "kiosk-1") == pytest.approx(0)
    assert missing(looks(age_ms=None), "kiosk-1") == pytest.approx(0)
    assert missing(looks(misses_every=10), "kiosk-1") == pytest.approx(0.1, abs=0.005)
    assert frames_per_second(looks(misses_every=10), "kiosk-1") == pytest.approx(13.5)


def test_what_was_under_way_at_an_end_is_not_missing() -> None:
    late = [0, 2, 2, 3, 2, 2, 3, 2, 2, 1]
    seen = [
        Look(float(second), counts(13 * second), {"kiosk-1": DisplayLook(counts(13 * second - late[second]), 200, "full")})
        for second in range(10)
    ]
    assert missing(seen, "kiosk-1") < 0.01
    assert missing(seen[:1] + seen[:1], "kiosk-1") == 1.0, "nothing was sent"


def test_the_oldest_picture_counts_and_none_is_older_than_any() -> None:
    assert oldest_s(looks(age_ms=4_200), "kiosk-1") == 4.2
    assert oldest_s(looks(age_ms=None), "kiosk-1") == float("inf")


def test_a_picture_that_cannot_be_read_ages_on() -> None:
    read, unread = looks(age_ms=1_000), looks(age_ms=None)
    assert oldest_s([*read[:3], *unread[3:6], *read[6:]], "kiosk-1") == 4.0


def test_a_counter_that_fell_began_anew() -> None:
    assert counts(7).since(counts(100)).frames == 7


def test_each_second_has_a_line() -> None:
    lines = as_csv(looks()).splitlines()
    assert lines[0] == "at_s,encoded,sent_mbps,kiosk-1 frames,kiosk-1 age_ms,kiosk-1 step"
    assert lines[1] == "1.0,15,3.60,15,120,full"
    assert len(lines) == 11
