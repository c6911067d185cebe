"""Hints that something changed, from any process to the event streams of all.

One Redis subscription a process, whatever the number of streams. What is pushed is only a topic: each stream then looks for
itself, so a lost hint costs a little time and never a truth.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from controller.services import keys
from controller.services.stores import Store, StoreUnavailable, subscriber_client

log = logging.getLogger(__name__)

ROOMS = "rooms"
"""Somebody came into a room or left, or a room was locked; the steward listens."""

NOTHING = "nothing"
"""A topic nobody listens to."""


def display_topic(display_id: str) -> str:
    """Something about one display changed."""
    return f"display:{display_id}"


def session_topic(session_id: int) -> str:
    """Something about a session's displays changed."""
    return f"session:{session_id}"


def presenting_topic(session_id: int) -> str:
    """Another presenter, or none."""
    return f"presenting:{session_id}"


class Push:
    """Tells and hears of changes."""

    def __init__(self, live: Store, live_url: str) -> None:
        self._live = live
        self._live_url = live_url
        self._lock = threading.Lock()
        self._listeners: dict[threading.Event, frozenset[str]] = {}
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._is_lost = False
        """Only the thread's."""

    def tell(self, *topics: str) -> None:
        """Say that these changed. A hint that cannot be sent is logged and no more: streams also look by themselves."""
        try:
            for topic in topics:
                self._live.publish(keys.PUSH_CHANNEL, topic)
        except StoreUnavailable as error:
            log.warning("hint not sent topics=%s error=%s", topics, error)

    @contextmanager
    def listen(self, *topics: str, wake: threading.Event | None = None) -> Iterator[threading.Event]:
        """An event that is set whenever one of the topics changed: the caller's, or one of its own."""
        wake = wake or threading.Event()
        with self._lock:
            self._listeners[wake] = frozenset(topics)
            self._start_once()
        try:
            yield wake
        finally:
            with self._lock:
                del self._listeners[wake]

    def close(self) -> None:
        """End the subscription; nobody hears of anything any more."""
        self._closing.set()
        if self._thread is not None:
            with suppress(StoreUnavailable):
                self._live.publish(keys.PUSH_CHANNEL, NOTHING)  # else it would notice within a second only
            self._thread.join()

    def _start_once(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._hear, name="push", daemon=True)
            self._thread.start()

    def _hear(self) -> None:
        while not self._closing.is_set():
            try:
                self._hear_until_lost()
            except StoreUnavailable as error:
                if not self._is_lost:
                    log.warning("push subscription lost, retrying error=%s", error)
                self._is_lost = True
                self._closing.wait(0.5)

    def _hear_until_lost(self) -> None:
        client = subscriber_client(self._live_url)
        with client.pubsub() as subscription:
            subscription.subscribe(keys.PUSH_CHANNEL)
            while not self._closing.is_set():
                message = subscription.get_message(timeout=1.0)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    self._log_return()
                    self._wake(None)
                elif message["type"] == "message":
                    self._wake(str(message["data"]))

    def _log_return(self) -> None:
        if self._is_lost:
            log.info("push subscription is back")
        self._is_lost = False

    def _wake(self, topic: str | None) -> None:
        with self._lock:
            for wake, topics in self._listeners.items():
                if topic is None or topic in topics:
                    wake.set()
