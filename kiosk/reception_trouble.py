"""Whether too little of the picture came since the page's last report, so that the controller should hear of it at once. Pure.

It says nothing of why, and decides nothing: a suspicion too many costs one heartbeat.
"""

from __future__ import annotations

from wire.display import Reception

LOST = 0.05
"""Part of the packets, from which on a picture was measured to freeze."""

FEWEST_PACKETS = 20
FROZEN = 0.2
"""Part of the time."""

SHORTEST_MS = 500
ARRIVED_BYTES = 20_000
"""So much without a decoded frame is no still screen."""


def is_too_little(before: Reception | None, now: Reception | None) -> bool:
    """Whether a track lost, froze, asked for a key frame or decoded nothing between two reports of it."""
    if before is None or now is None:
        return False
    passed_ms = now.track_age_ms - before.track_age_ms
    if passed_ms < SHORTEST_MS:
        return False
    lost = max(0, now.packets_lost - before.packets_lost)
    packets = now.packets_received - before.packets_received + lost
    decodes_nothing = now.frames_decoded == before.frames_decoded and now.received_bytes - before.received_bytes > ARRIVED_BYTES
    return (
        (packets >= FEWEST_PACKETS and lost / packets >= LOST)
        or now.frozen_ms - before.frozen_ms >= FROZEN * passed_ms
        or now.plis_sent > before.plis_sent
        or decodes_nothing
    )
