"""Connections to the controller are kept, and one that ended is no trouble."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from kiosk.controller_client import ControllerClient, ControllerUnreachable
from kiosk.identity import open_identity
from kiosk.kept_connections import KeptConnections
from kiosk.link_trouble import Cause
from onebox.ports import LOOPBACK

TIMEOUT_S = (3.0, 6.0)
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: what is closed is reset."""


class Keeping(ThreadingHTTPServer):
    """Keeps connections, but hangs up on some requests instead of answering."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.connections = 0
        self.asked: list[tuple[str, str | None]] = []
        """Each request's body and cookies."""
        self.hangs_up_on: set[int] = set()
        """Counted from 1."""
        self.resets = False

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Keeping
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((body.decode(), self.headers["Cookie"]))
        if len(self.server.asked) in self.server.hangs_up_on:
            self._hang_up()
            return
        answer = str(len(self.server.asked)).encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "taste=sweet")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def _hang_up(self) -> None:
        self.close_connection = True
        if self.server.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""


@pytest.fixture
def server() -> Iterator[Keeping]:
    with Keeping() as made:
        threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def connections() -> Iterator[KeptConnections]:
    with KeptConnections() as made:
        yield made


def ask(connections: KeptConnections, server: Keeping, body: str) -> str:
    return connections.post(server.url, data=body.encode(), timeout=TIMEOUT_S).text


def test_the_next_request_finds_the_connection_of_the_one_before(connections: KeptConnections, server: Keeping) -> None:
    assert [ask(connections, server, "a"), ask(connections, server, "b")] == ["1", "2"]
    with connections.get(server.url, stream=True, timeout=TIMEOUT_S) as stream:
        assert list(stream.iter_lines()) == [b"3"]
    other = threading.Thread(target=ask, args=(connections, server, "c"))
    other.start()
    other.join()
    assert (len(server.asked), server.connections) == (4, 1)


@pytest.mark.parametrize("resets", [False, True])
def test_what_meets_a_connection_that_has_just_ended_is_sent_once_more(
    connections: KeptConnections, server: Keeping, resets: bool
) -> None:
    server.resets, server.hangs_up_on = resets, {2}
    assert [ask(connections, server, "a"), ask(connections, server, "b")] == ["1", "3"]
    assert ([body for body, _ in server.asked], server.connections) == (["a", "b", "b"], 2)


def test_a_server_that_always_hangs_up_is_asked_twice_and_called_unreachable(server: Keeping, tmp_path: Path) -> None:
    server.resets, server.hangs_up_on = True, set(range(1, 10))
    identity = open_identity(tmp_path)
    with pytest.raises(ControllerUnreachable, match=f"^the connection to {LOOPBACK}:{server.server_port} broke$") as caught:
        ControllerClient(server.url, identity).livekit_token("a token")
    os.close(identity.lock_descriptor)
    assert (caught.value.trouble.cause, len(server.asked)) == (Cause.BROKE, 2)


def test_a_server_that_is_silent_is_asked_once(connections: KeptConnections) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        with pytest.raises(requests.ReadTimeout):
            connections.post(f"http://{LOOPBACK}:{silent.getsockname()[1]}", data=b"", timeout=(3.0, 0.1))
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_cookies_are_not_kept(connections: KeptConnections, server: Keeping) -> None:
    ask(connections, server, "a")
    ask(connections, server, "b")
    assert [cookies for _, cookies in server.asked] == [None, None]
