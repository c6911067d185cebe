"""Event streams: a snapshot at once, another at every change, and a sign of life every ten seconds.

A stream has one audience; it asks again every 15 s whether its reader may still read. Each one holds a thread, so there is a cap;
over it the answer is 503 and heartbeats carry everything.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from flask import Response

from controller.services.push import Push
from controller.services.stores import StoreUnavailable
from controller.web.errors import Refused
from wire.message import Message

log = logging.getLogger(__name__)

MAX_STREAMS = 48
"""Per worker process. gunicorn gets sixteen threads more for everything else."""

KEEP_ALIVE_S = 10.0
RIGHT_CHECKED_S = 15.0
SHORTEST_GAP_S = 0.1
"""Hints often come in bundles; a stream answers them once."""

_open_streams = threading.Semaphore(MAX_STREAMS)
_ending = threading.Event()


def end_all() -> None:
    """Let every stream of this process end, so that a restart waits for none."""
    _ending.set()


def follow(
    event: str,
    compose: Callable[[], Message],
    *,
    push: Push,
    topics: tuple[str, ...],
    may_read: Callable[[], bool],
    look_every_s: float,
    ping: bool,
    volatile: frozenset[str] = frozenset(),
) -> Response:
    """A stream of `event`s with what `compose` says, sent when it differs from what was sent last.

    `look_every_s` is how often it looks without being told. `ping` adds an event for browsers, which hide comments from the page.
    Fields named in `volatile` do not count as a difference. Raises Refused (503) over the cap.
    """
    if not _open_streams.acquire(blocking=False):
        raise Refused(503, "too_many_streams", "too many event streams are open; heartbeats carry the same")
    frames = _frames(event, compose, push, topics, may_read, look_every_s, ping, volatile)
    response = Response(frames, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(_open_streams.release)
    return response


def _frames(
    event: str,
    compose: Callable[[], Message],
    push: Push,
    topics: tuple[str, ...],
    may_read: Callable[[], bool],
    look_every_s: float,
    ping: bool,
    volatile: frozenset[str],
) -> Iterator[str]:
    sign_of_life = "event: ping\ndata: {}\n\n" if ping else ": alive\n\n"
    sent: Message | None = None
    sent_at = right_checked_at = time.monotonic()
    with push.listen(*topics) as wake:
        while not _ending.is_set():
            wake.clear()
            now = time.monotonic()
            try:
                if now - right_checked_at > RIGHT_CHECKED_S:
                    right_checked_at = now
                    if not may_read():
                        return
                message = compose()
                if sent is None or _differ(sent, message, volatile):
                    sent, sent_at = message, now
                    yield f"event: {event}\ndata: {message.to_json()}\n\n"
            except StoreUnavailable as error:
                log.debug("stream waits for the store error=%s", error)
            if now - sent_at >= KEEP_ALIVE_S:
                sent_at = now
                yield sign_of_life
            _ending.wait(SHORTEST_GAP_S)
            _wait(wake, min(look_every_s, sent_at + KEEP_ALIVE_S - time.monotonic()))


def _wait(wake: threading.Event, at_most_s: float) -> None:
    until = time.monotonic() + at_most_s
    while not _ending.is_set() and (left_s := until - time.monotonic()) > 0:
        if wake.wait(min(left_s, 0.5)):
            return


def _differ(before: Message, after: Message, volatile: frozenset[str]) -> bool:
    return before.model_dump(exclude=set(volatile)) != after.model_dump(exclude=set(volatile))
