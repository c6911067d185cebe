"""Whether a display is there, and whether it shows the picture. Computed on reading, never stored.

"Showing" is judged by frames *presented*, never by a socket or a decoder: a frame in the last 3 s, or an unchanging screen whose
track is live with a good picture check. What the window saw of its own pixels overrules both: frames may be presented to a black
glass. So does a standstill for which the presenter's unchanging screen is not the cause: a card stands over the last frame then.
A report older than 12 s says nothing any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from wire.display import ViewerReport

LATE_AFTER = timedelta(seconds=12)
"""Two heartbeats of 5 s and a little."""

OFFLINE_AFTER = timedelta(seconds=30)

FRESH_FRAME = timedelta(seconds=3)

Liveness = Literal["online", "late", "offline"]
Showing = Literal["showing", "not_showing", "unknown"]


def liveness(last_seen: datetime | None, now: datetime) -> Liveness:
    """online, late or offline, from the last heartbeat; offline when there never was one."""
    if last_seen is None or now - last_seen > OFFLINE_AFTER:
        return "offline"
    return "late" if now - last_seen > LATE_AFTER else "online"


def showing(viewer: ViewerReport | None, reported_at: datetime | None, presenter_identity: str | None, now: datetime) -> Showing:
    """Whether the display shows the named presenter's picture now."""
    if presenter_identity is None:
        return "not_showing"
    if viewer is None or reported_at is None or now - reported_at > LATE_AFTER:
        return "unknown"
    if viewer.stage != "receiving" or viewer.presenter_identity != presenter_identity or viewer.last_frame_age_ms is None:
        return "not_showing"
    if viewer.picture_check == "bad" or viewer.standstill not in (None, "presenter_still"):
        return "not_showing"
    if timedelta(milliseconds=viewer.last_frame_age_ms) <= FRESH_FRAME or viewer.picture_check == "good":
        return "showing"
    return "not_showing"
