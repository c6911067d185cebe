"""Event streams: a snapshot at once, another at every change, numbered from 1, and a sign of life every ten seconds.

A stream has one audience; it asks again every 15 s whether its reader may still read. Each one holds a thread, so there is a cap;
over it the answer is 503 and heartbeats carry everything. A process that stops ends its streams one after another, and tells each
reader another time to come back, so that a restart is no stampede.
"""

from __future__ import annotations

import logging
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator

from flask import Response, request

from controller.services.audit_log import StateInDoubt
from controller.services.push import Push
from controller.services.sessions import UnknownSession
from controller.services.stores import StoreUnavailable
from controller.web import stream_cap
from controller.web.errors import Refused
from wire.message import Message

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 10.0
RIGHT_CHECKED_S = 15.0
SHORTEST_GAP_S = 0.1
"""Hints often come in bundles; a stream answers them once."""

COMES_BACK_AFTER_MS = (500, 2_000)
"""When a browser opens a stream again that was lost: drawn anew for each, so that they do not come all at once."""


LOOKS_FOR_READER_S = 1.0
"""So long a stream holds its place after its reader left. By writing it would notice twenty seconds later only: what is written
first after a goodbye is taken without a word."""

GOODBYE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Stream:
    """One open stream, to the reader behind this connection; None: behind none that can be looked at."""

    def __init__(self, reader: socket.socket | None = None) -> None:
        self._reader = reader
        self.wake = threading.Event()
        """Set when something changed, and when the stream must end."""
        self.must_end = False

    def wait(self, at_most_s: float) -> None:
        """Until something changed, or the time is over, or nobody reads any more."""
        until = time.monotonic() + at_most_s
        while (left_s := until - time.monotonic()) > 0 and not self.is_left:
            if self.wake.wait(min(left_s, LOOKS_FOR_READER_S)):
                return

    @property
    def is_left(self) -> bool:
        """Whether the reader said goodbye, or was given up by the kernel."""
        if self._reader is None or self._reader.fileno() < 0:
            return False
        look = select.poll()
        look.register(self._reader, GOODBYE)
        if not look.poll(0):
            return False
        self._reader.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # taken here, or gunicorn would meet it and log a traceback
        return True

    def end(self) -> None:
        """Let it end, at once."""
        self.must_end = True
        self.wake.set()


class OpenStreams:
    """The streams of one process: no more than `cap`."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._lock = threading.Lock()
        self._open: set[Stream] = set()
        self._closed = False

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return len(self._open)

    def open(self, reader: socket.socket | None = None) -> Stream:
        """One more, to this reader. Raises Refused (503)."""
        with self._lock:
            if self._closed:
                raise Refused(503, "controller_busy", "the controller restarts; come again in a moment")
            if len(self._open) >= self._cap:
                raise Refused(503, "too_many_streams", "too many event streams are open; heartbeats carry the same")
            stream = Stream(reader)
            self._open.add(stream)
            return stream

    def close(self, stream: Stream) -> None:
        """It has ended."""
        with self._lock:
            self._open.discard(stream)

    def end_all(self, *, within_s: float) -> None:
        """Open no more, and let those that are open end one after another, the last one after `within_s`."""
        with self._lock:
            self._closed, ending = True, list(self._open)
        for stream in ending:
            stream.end()
            time.sleep(within_s / len(ending))


open_streams = OpenStreams(stream_cap.MAX_STREAMS)
"""Of this process."""


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
    streams = open_streams
    stream = streams.open(request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket"))
    frames = _frames(stream, event, compose, push, topics, may_read, look_every_s, ping, volatile)
    response = Response(frames, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: streams.close(stream))
    return response


def _frames(
    stream: Stream,
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
    number = 0
    first = f"retry: {random.randint(*COMES_BACK_AFTER_MS)}\n"  # noqa: S311 - spreads readers, keeps no secret
    with push.listen(*topics, wake=stream.wake):
        while True:
            stream.wake.clear()
            if stream.must_end or stream.is_left:
                return
            now = time.monotonic()
            try:
                if now - right_checked_at > RIGHT_CHECKED_S:
                    right_checked_at = now
                    if not may_read():
                        return
                message = compose()
                if sent is None or _differ(sent, message, volatile):
                    sent, sent_at, number = message, now, number + 1
                    yield f"{first if number == 1 else ''}id: {number}\nevent: {event}\ndata: {message.to_json()}\n\n"
            except (StoreUnavailable, StateInDoubt) as error:
                log.debug("stream waits for the state store error=%s", error)
            except UnknownSession:  # archived meanwhile: whoever asks again is told so
                return
            if now - sent_at >= KEEP_ALIVE_S:
                sent_at = now
                yield sign_of_life
            time.sleep(SHORTEST_GAP_S)
            stream.wait(min(look_every_s, sent_at + KEEP_ALIVE_S - time.monotonic()))


def _differ(before: Message, after: Message, volatile: frozenset[str]) -> bool:
    return before.model_dump(exclude=set(volatile)) != after.model_dump(exclude=set(volatile))
