"""How gunicorn serves the controller: two gthread workers, because an event stream holds a thread and nothing else.

Measured: gthread degrades best of all workers under a burst, and gevent breaks what needs real threads.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

from controller.web.stream_cap import MAX_STREAMS

worker_class = "gthread"
workers = 2
threads = MAX_STREAMS + 16
worker_connections = 1000
keepalive = 75
graceful_timeout = 10
timeout = 30
control_socket_disable = True  # the default socket is one path for all of a user's gunicorns: they take it from each other
accesslog = None
errorlog = "-"

DEAD_PEER_AFTER_MS = 15_000
"""From the first byte that is not acknowledged. A stream writes every ten seconds, so who lost their power is gone after 25 s,
instead of 15 minutes, and its stream looks every second."""

PROBES_AFTER_S = 10
"""Of silence, where nothing is to be written: a peer that dies while it sends would hold a thread for ever."""

STREAMS_END_WITHIN_S = 2
"""Well within `graceful_timeout`."""


def when_ready(server: Any) -> None:
    """Notice dead peers soon. Accepted sockets inherit the options."""
    for listener in server.LISTENERS:
        if listener.sock.family != socket.AF_UNIX:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_AFTER_MS)
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBES_AFTER_S)
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBES_AFTER_S)


def post_worker_init(worker: Any) -> None:
    """End the event streams when the worker is told to stop: it would wait for them."""
    from controller.web.event_streams import open_streams  # not in gunicorn's own process, see stream_cap

    pause = threading.Event()

    def watch() -> None:
        while worker.alive:
            pause.wait(0.25)
        open_streams.end_all(within_s=STREAMS_END_WITHIN_S)

    threading.Thread(target=watch, name="end-streams", daemon=True).start()
