"""Readers of event streams, a program on another machine: `python -m tests.faults.stream_readers URL WANTED TOKEN ...`.

Opens so many streams of these displays, and asks for more until one is refused; says how many there are; reads until it is ended.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from urllib.parse import urlsplit

BATCH, BATCHES = 48, 10
"""Asked for at once; and how often by one display, within what it may ask in a minute. Which worker takes a connection is chance,
and one that is full takes and refuses most of them: seen were 45 of 48."""


def main() -> int:
    """Open, say, read."""
    url, wanted, tokens = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    streams: list[socket.socket] = []
    refused = 0
    for token in tokens * BATCHES:
        asked = [ask(url, token) for _ in range(BATCH)]
        opened = [stream for stream in asked if is_opened(stream)]
        streams, refused = streams + opened, refused + len(asked) - len(opened)
        if len(streams) >= wanted and refused:
            break
    print(json.dumps({"opened": len(streams), "refused": refused}), flush=True)
    waiting = selectors.DefaultSelector()
    for stream in streams:
        waiting.register(stream, selectors.EVENT_READ, stream)
    while waiting.get_map():
        for key, _ in waiting.select():
            if not key.data.recv(65_536):
                waiting.unregister(key.data)
                key.data.close()
    return 0


def ask(url: str, token: str) -> socket.socket:
    """A connection on which a stream is asked for."""
    where = urlsplit(url)
    stream = socket.create_connection((where.hostname, where.port), timeout=30)
    lines = (
        "GET /api/device/v1/events HTTP/1.1",
        f"Host: {where.netloc}",
        f"Authorization: Bearer {token}",
        "Accept: text/event-stream",
        "",
    )
    stream.sendall("".join(f"{line}\r\n" for line in lines).encode())
    return stream


def is_opened(stream: socket.socket) -> bool:
    """Whether a stream has begun; where it was refused, its connection is closed."""
    if b" 200 " in stream.recv(65_536).split(b"\r\n", 1)[0]:
        return True
    stream.close()
    return False


if __name__ == "__main__":
    sys.exit(main())
