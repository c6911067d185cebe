"""How gunicorn serves the controller: two gthread workers, because an event stream holds a thread and nothing else.

Measured: gthread degrades best of all workers under a burst, and gevent breaks what needs real threads.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

from controller.web import event_streams

worker_class = "gthread"
workers = 2
threads = event_streams.MAX_STREAMS + 16
worker_connections = 1000
keepalive = 75
graceful_timeout = 10
timeout = 30
control_socket_disable = True  # the default socket is one path for all of a user's gunicorns: they take it from each other
accesslog = None
errorlog = "-"

DEAD_PEER_AFTER_MS = 20_000
"""A display without power is noticed in 20 s instead of 15 minutes (inherited by accepted sockets)."""


def when_ready(server: Any) -> None:
    """Notice dead peers soon."""
    for listener in server.LISTENERS:
        if listener.sock.family != socket.AF_UNIX:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_AFTER_MS)


def post_worker_init(worker: Any) -> None:
    """End the event streams when the worker is told to stop: it would wait for them."""
    pause = threading.Event()

    def watch() -> None:
        while worker.alive:
            pause.wait(0.25)
        event_streams.end_all()

    threading.Thread(target=watch, name="end-streams", daemon=True).start()
