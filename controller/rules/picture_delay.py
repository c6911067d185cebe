"""How old a new picture is when it appears on a display: an estimate, from what presenter and display measure of their own parts.

A change on the presenter's screen waits for the next capture, half an interval in the mean. It is encoded; its packets leave
paced, at 2.5 times the bit rate aimed at (libwebrtc's pacer); they go up, half the presenter's round trip, and down, half the
display's. From there the display's browser tells each frame's way from its last packet to the glass. Where it does not, a frame
waits in the jitter buffer, which counts from its first packet and so the pacing too, is decoded, and is drawn: one refresh for
the page's compositor, and half of one for the screen's own, in the mean. Each part is the mean of the last second; the SFU's
own share, under a millisecond, is left out, and so is the screen's panel.
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
    encoded, up, down = sender.encode_ms, sender.round_trip_ms, reception.round_trip_ms
    received = _received_ms(sender, reception)
    if encoded is None or up is None or down is None or received is None:
        return None
    interval_ms = 1000 / sender.frames_per_second
    return round(interval_ms / 2 + encoded + (up + down) / 2 + received)


def _received_ms(sender: SenderReport, reception: Reception) -> float | None:
    """From a frame's first packet to the glass."""
    if reception.arrival_to_glass_ms is not None:
        return _paced_ms(sender) + reception.arrival_to_glass_ms
    if reception.jitter_buffer_ms is None or reception.decode_ms is None:
        return None
    return reception.jitter_buffer_ms + reception.decode_ms + 1.5 * REFRESH_MS


def _paced_ms(sender: SenderReport) -> float:
    """How long the packets of one frame take to leave."""
    if not sender.target_bps:
        return 0.0
    bits_a_frame = sender.sent_bps / sender.frames_per_second
    return 1000 * bits_a_frame / (PACING * sender.target_bps)
