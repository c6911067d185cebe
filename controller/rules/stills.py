"""When a display needs single pictures in place of the moving one, how often they are wanted, and what is taken for one.

Who may see them is whoever may see the picture: an approved display of the session, while its presenter is live. It asks for them
with its reports, and silence asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from controller.rules.liveness import LATE_AFTER
from wire.display import ViewerReport

LARGEST = (1920, 1080)
"""The capture's; a picture that fills the memory of whoever draws it takes a few bytes only."""

KEY_FRAME_BEGINS = b"\x9d\x01\x2a"
"""The start code of a VP8 key frame, three bytes into it (RFC 6386, 9.1)."""

CHUNKS = ([b"VP8 "], [b"VP8X", b"VP8 "], [b"VP8X", b"ICCP", b"VP8 "])
"""Of a picture that neither moves nor is transparent nor says where it was made: bare, or with what its colours mean."""


class NotAStill(ValueError):
    """The bytes are no picture as it is wanted; the text says why."""


def needs_stills(viewer: ViewerReport | None, reported_at: datetime | None, now: datetime) -> bool:
    """Whether a display asked for stills lately."""
    is_fresh = reported_at is not None and now - reported_at <= LATE_AFTER
    return viewer is not None and viewer.stills is not None and is_fresh


def wanted_every_ms(viewers: Iterable[ViewerReport]) -> int | None:
    """How often a still is wanted: as the fastest link of those that need them carries it; None: nobody does."""
    return min((viewer.stills.interval_ms for viewer in viewers if viewer.stills is not None), default=None)


def check_still(picture: bytes) -> None:
    """Raises NotAStill for anything but one plain lossy WebP of at most the capture's size.

    The form is that of the WebP container specification (RFC 9649).
    """
    if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
        raise NotAStill("this is no WebP picture")
    if int.from_bytes(picture[4:8], "little") != len(picture) - 8:
        raise NotAStill("the WebP picture is not whole")
    chunks = list(_chunks(picture))
    if [name for name, _ in chunks] not in CHUNKS:
        raise NotAStill("this is no plain lossy WebP picture")
    for size in (_size_in(name, body) for name, body in chunks if name != b"ICCP"):
        _check_size(*size)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(picture):
        length = int.from_bytes(picture[at + 4 : at + 8], "little")
        body = picture[at + 8 : at + 8 + length]
        if len(body) < length:
            raise NotAStill("the WebP picture is not whole")
        yield picture[at : at + 4], body
        at += 8 + length + length % 2


def _size_in(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if body[3:6] != KEY_FRAME_BEGINS:
        raise NotAStill("the WebP picture does not begin with a key frame")
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= LARGEST[0] and 0 < height <= LARGEST[1]):
        raise NotAStill(f"a still is at most {LARGEST[0]} x {LARGEST[1]}; this one is {width} x {height}")
