"""The kiosk goes on, whatever bytes come to its page server, and whatever answers in its controller's place."""

from __future__ import annotations

import os
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import strategies as st

from kiosk import page_server
from kiosk.controller_client import ControllerClient, ControllerTrouble
from kiosk.identity import Identity, open_identity
from kiosk.page_server import PageCalls, PageRefused, PageReport, PageServer
from onebox.ports import LOOPBACK
from tests.contract.test_messages import BYTES
from tests.support.announced_logs import AnnouncedLogs
from tests.support.cases import Cases
from tests.support.device import BOOT_ID
from wire.display import Heartbeat, Hello
from wire.refusal import Refusal

RUN_ID = "0" * 32
HELLO = Hello(boot_id=BOOT_ID, run_id=RUN_ID, version="0.1.0")
HEARTBEAT = Heartbeat(run_id=RUN_ID, sequence=1)
TIMEOUT_S = 5.0

LINE = st.binary(max_size=80) | st.text(max_size=30).map(str.encode)

RESETS = struct.pack("ii", 1, 0)
"""SO_LINGER without time: the connection ends by a reset."""


# -- the page server ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """What threads of the page server ended by."""
    found: list[BaseException | None] = []
    monkeypatch.setattr(socketserver.BaseServer, "handle_error", lambda *_: found.append(sys.exc_info()[1]))
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, faults: list[BaseException | None]) -> Iterator[PageServer]:
    """A page server whose long poll is short."""
    del faults
    monkeypatch.setattr(page_server, "POLL_S", 0.01)
    found = PageServer(PageCalls(report=_take, room_token=_refuse, still=_refuse))
    found.start()
    yield found
    found.stop()


def _take(report: PageReport) -> None:
    del report


def _refuse(known_etag: str | None = None) -> NoReturn:
    del known_etag
    raise PageRefused(Refusal(error="not_approved", message="an admin approves it"))


@st.composite
def requests_to(draw: st.DrawFn, server: PageServer) -> bytes:
    """A request of the page in which things are strange."""
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD"]) | LINE)
    path = draw(st.sampled_from([b"/view?after=1", b"/report", b"/livekit-token", b"/index.html"]) | LINE)
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/9.9"]) | LINE)
    body = draw(BYTES)
    fields = {
        b"Host": f"{LOOPBACK}:{server.port}".encode(),
        b"X-Kiosk-Key": server.key.encode(),
        b"Content-Length": str(len(body)).encode(),
    }
    fields.update(draw(st.dictionaries(st.sampled_from(sorted(fields)) | LINE, LINE, max_size=2)))
    lines = [b" ".join((method, path, version)), *(name + b": " + value for name, value in fields.items())]
    return b"\r\n".join([*lines, b"", body])


def test_no_bytes_are_too_much_for_the_page_server(server: PageServer, faults: list[BaseException | None], cases: Cases) -> None:
    def check(sent: tuple[bytes, bool]) -> None:
        raw, resets = sent
        faults.clear()
        _send(server.port, raw, resets=resets)
        assert _answers(server), "the page server answers no more"
        assert faults == []

    sent = st.tuples(st.binary(max_size=300) | requests_to(server), st.booleans())
    cases.try_all("bytes to the page server", sent, check, wanted=20 * cases.wanted)


def _send(port: int, raw: bytes, *, resets: bool) -> None:
    with socket.create_connection((LOOPBACK, port), timeout=TIMEOUT_S) as connection:
        connection.sendall(raw)
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
            return
        connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while connection.recv(65_536):
                pass


def _answers(server: PageServer) -> bool:
    connection = HTTPConnection(LOOPBACK, server.port, timeout=TIMEOUT_S)
    connection.request("GET", "/view?after=0", headers={"X-Kiosk-Key": server.key})
    status = connection.getresponse().status
    connection.close()
    return status == 200


# -- in a controller's place --------------------------------------------------------------------------------------------------


class Hostile(socketserver.ThreadingTCPServer):
    """Reads a request and answers these bytes."""

    daemon_threads = True
    answer = b""


class _Answers(socketserver.StreamRequestHandler):
    server: Hostile

    def handle(self) -> None:
        with suppress(ConnectionError):
            while self.rfile.readline().strip():
                pass
            self.wfile.write(self.server.answer)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """Something that is no controller."""
    with Hostile((LOOPBACK, 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    found = open_identity(tmp_path)
    yield found
    os.close(found.lock_descriptor)


HEADERS = st.sampled_from(
    [
        b"Content-Length: 7",
        b"Content-Length: -1",
        b"Content-Length: many",
        b"Transfer-Encoding: chunked",
        b"Content-Encoding: gzip",
        b"Content-Encoding: deflate, gzip",
        b"Connection: keep-alive",
        b"Set-Cookie: \x00=;;; expires=never; domain=..",
        b"Content-Type: text/event-stream; charset=nothing",
    ]
)

REDIRECTS = (
    st.sampled_from([b"http://[", b"//", b"http://\xff.\x00:x/", b"http://a.b:99999/", b"/\xff", b"http://[::1%"])
    | st.text("h/:.[]%@?#\xff", max_size=12).map(lambda text: text.encode("latin-1"))
    | LINE
).map(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n".__mod__)

EVENTS = st.lists(BYTES.map(lambda raw: b"data: " + raw) | LINE, max_size=4).map(b"\n".join)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer over HTTP in which things are strange."""
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0"]) | LINE)
    status = draw(st.sampled_from([b"200", b"301", b"302", b"307", b"401", b"409", b"503", b"204", b"100", b"999"]) | LINE)
    headers = draw(st.lists(HEADERS | st.tuples(LINE, LINE).map(b": ".join), max_size=3))
    return b"\r\n".join([b" ".join((version, status, draw(LINE))), *headers, b"", draw(BYTES | EVENTS)])


def test_whatever_answers_is_trouble_in_words(
    hostile: Hostile, identity: Identity, cases: Cases, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("urllib3.connection: Failed to parse headers", "urllib3.response: Received response with both")
    client = ControllerClient(f"http://{LOOPBACK}:{hostile.server_address[1]}", identity)
    questions: list[Any] = [
        lambda: client.hello(HELLO),
        lambda: client.heartbeat(HEARTBEAT, "token"),
        lambda: client.livekit_token("token"),
        lambda: list(islice(client.states("token"), 5)),
    ]

    def check(asked: tuple[int, bytes]) -> None:
        which, hostile.answer = asked
        with suppress(ControllerTrouble):
            questions[which]()

    asked = st.tuples(st.integers(0, len(questions) - 1), answers() | REDIRECTS | st.binary(max_size=200))
    cases.try_all("answers in a controller's place", asked, check, wanted=20 * cases.wanted)
