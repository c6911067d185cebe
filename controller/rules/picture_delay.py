"""How old a new picture is when it appears on a display: an estimate, from what presenter and display measure of their own parts.

A change on the presenter's screen waits for the next capture, half an interval in the mean. It is encoded; its packets leave
paced, at 2.5 times the bit rate aimed at (libwebrtc's pacer); they go up, half the presenter's round trip, and down, half the
display's. At the display a frame waits in the jitter buffer, is decoded, and is drawn: one refresh for the page's compositor, and
half of one for the screen's own, in the mean. Each part is the mean of the last second; the SFU's own share, under a
millisecond, is left out, and so is the screen's panel.
"""

from __future__ import annotations

from wire.display import Reception
from wire.presenter import SenderReport

PACING = 2.5
REFRESH_MS = 1000 / 60


def picture_delay_ms(sender: SenderReport | None, reception: Reception | None) -> int | None:
    """The estimate; None while a part is not known, as while nothing is encoded."""
    if sender is None or reception is None or sender.frames_per_second <= 0:
        return None
    up, down = sender.round_trip_ms, reception.round_trip_ms
    encoded, buffered, decoded = sender.encode_ms, reception.jitter_buffer_ms, reception.decode_ms
    if up is None or down is None or encoded is None or buffered is None or decoded is None:
        return None
    interval_ms = 1000 / sender.frames_per_second
    return round(interval_ms / 2 + encoded + _paced_ms(sender) + (up + down) / 2 + buffered + decoded + 1.5 * REFRESH_MS)


def _paced_ms(sender: SenderReport) -> float:
    """How long the packets of one frame take to leave."""
    if not sender.target_bps:
        return 0.0
    bits_a_frame = sender.sent_bps / sender.frames_per_second
    return 1000 * bits_a_frame / (PACING * sender.target_bps)
