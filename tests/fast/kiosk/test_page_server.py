"""The page server over real HTTP: for its own page alone, and nothing it does not know."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPMessage
from typing import Any

import pytest

import joining
from kiosk import page_server
from kiosk.cards import Card, Tone
from kiosk.controller_client import TakenStill
from kiosk.lifecycle import KioskState
from kiosk.page_server import MAX_BODY_BYTES, PageCalls, PageRefused, PageReport, PageServer
from kiosk.view import View, view
from wire.display import RoomToken, ViewerReport
from wire.refusal import Refusal

TOKEN = RoomToken(sfu_url="ws://127.0.0.1:7880", token="t", room="marquee-1-1", identity="0" * 26, expires_in_s=120)

STILL = TakenStill(etag='"one"', webp=b"RIFF", age_ms=840, transfer_ms=210)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

STARTING = view(KioskState(controller="http://127.0.0.1:8000", version="0.1.0"))


class Agent:
    """What the page server calls, as the agent answers it."""

    def __init__(self) -> None:
        self.reports: list[PageReport] = []
        self.refusal: Refusal | None = None

    def report(self, report: PageReport) -> None:
        self.reports.append(report)

    def room_token(self) -> RoomToken:
        if self.refusal is not None:
            raise PageRefused(self.refusal)
        return TOKEN

    def still(self, known_etag: str | None) -> TakenStill:
        if self.refusal is not None:
            raise PageRefused(self.refusal)
        return TakenStill(etag=STILL.etag, webp=None, age_ms=20, transfer_ms=5) if known_etag == STILL.etag else STILL


class Page:
    """The page: asks as its script does."""

    def __init__(self, server: PageServer) -> None:
        self.server = server

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, HTTPMessage]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=5)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"X-Kiosk-Key": self.server.key, **named})
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def refusal(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        status, raw, _ = self.ask(method, path, body, **headers)
        return status, Refusal.parse(raw).error

    def view(self, after: int) -> dict[str, Any]:
        status, raw, _ = self.ask("GET", f"/view?after={after}")
        assert status == 200
        found: dict[str, Any] = json.loads(raw)
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[PageServer, Agent]]:
    """One server for all tests of this file: it takes half a second to stop."""
    agent = Agent()
    server = PageServer(PageCalls(report=agent.report, room_token=agent.room_token, still=agent.still))
    server.start()
    yield server, agent
    server.stop()


@pytest.fixture
def agent(running: tuple[PageServer, Agent]) -> Agent:
    """The agent, which has heard nothing yet."""
    running[1].reports, running[1].refusal = [], None
    return running[1]


@pytest.fixture
def server(running: tuple[PageServer, Agent], agent: Agent) -> PageServer:
    """The server, as it is after the kiosk's start."""
    del agent
    running[0].sfu_url = None
    running[0].show(STARTING, 0.0)
    return running[0]


@pytest.fixture
def page(server: PageServer) -> Page:
    return Page(server)


def report(**changes: Any) -> bytes:
    return PageReport(viewer=ViewerReport(stage="joined"), **changes).to_json().encode()


# -- files --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/index.html", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/css/kiosk.css", "text/css; charset=utf-8"),
        ("/vendor/livekit-client.min.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_page_needs_nothing_from_elsewhere(page: Page, path: str, kind: str) -> None:
    status, raw, headers = page.ask("GET", path, X_Kiosk_Key="")
    assert (status, headers["Content-Type"]) == (200, kind)
    assert raw == (page_server.PAGE / path.lstrip("/")).read_bytes()


def test_it_has_what_both_pages_share(page: Page) -> None:
    status, raw, headers = page.ask("GET", "/joining/knock.js", X_Kiosk_Key="")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert raw == (joining.SCRIPTS / "knock.js").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/css",
        "/nothing.js",
        "/vendor/VENDOR.md",
        "/../agent.py",
        "/../../setup.cfg",
        "/css/../../identity.py",
        "//etc/passwd",
        "/joining/__init__.py",
        "/joining/../setup.cfg",
        "/joining//etc/passwd",
        "/%2e%2e/agent.py",
        "/..%2fagent.py",
        "/../../../../../../etc/os-release",
        "/" + "x" * 5_000,
    ],
)
def test_nothing_else_is_a_file(page: Page, path: str) -> None:
    assert page.refusal("GET", path) == (404, "not_found")


def test_the_key_is_where_no_log_and_no_header_holds_it(server: PageServer) -> None:
    address, _, key = server.url.partition("#")
    assert (address, key) == (f"http://127.0.0.1:{server.port}/index.html", server.key)
    assert len(key) >= 32


def test_each_start_has_its_own_key(agent: Agent, server: PageServer) -> None:
    other = PageServer(PageCalls(report=agent.report, room_token=agent.room_token, still=agent.still))
    other.start()
    assert other.key != server.key
    other.stop()


# -- who may ask --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/view?after=-1", "/report", "/livekit-token", "/still"])
@pytest.mark.parametrize("key", ["", "nonsense", "\xe9\xe8"])
def test_nobody_asks_without_the_key(page: Page, agent: Agent, path: str, key: str) -> None:
    method = "GET" if path.startswith("/view") else "POST"
    assert page.refusal(method, path, report(), X_Kiosk_Key=key) == (403, "no_key")
    assert agent.reports == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "evil.example.org", "127.0.0.1:1"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/index.html"), ("GET", "/view?after=-1"), ("POST", "/report")])
def test_a_name_that_was_made_to_point_here_gets_nothing(page: Page, agent: Agent, host: str, method: str, path: str) -> None:
    assert page.refusal(method, path, report(), Host=host) == (421, "wrong_host")
    assert agent.reports == []


# -- reports ------------------------------------------------------------------------------------------------------------------


def test_a_report_reaches_the_agent(page: Page, agent: Agent) -> None:
    assert page.ask("POST", "/report", report(samples=[1, 2, 3]))[0] == 200
    assert agent.reports == [PageReport(viewer=ViewerReport(stage="joined"), samples=[1, 2, 3])]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b'{"viewer": {"stage": "asleep"}}',
        b'{"viewer": {}, "more": 1}',
        b'{"viewer": {}, "samples": [256]}',
        b'{"viewer": {}, "samples": [' + b"1," * 36 + b"1]}",
    ],
)
def test_what_is_no_report_is_refused(page: Page, agent: Agent, body: bytes) -> None:
    assert page.refusal("POST", "/report", body) == (400, "malformed")
    assert agent.reports == []


def test_a_report_that_is_too_large_is_refused(page: Page, agent: Agent) -> None:
    assert page.refusal("POST", "/report", b" " * (MAX_BODY_BYTES + 1)) == (413, "too_large")
    assert agent.reports == []


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "9" * 5_000])
def test_a_length_that_is_none_is_refused(page: Page, agent: Agent, length: str) -> None:
    assert page.refusal("POST", "/report", None, Content_Length=length) == (400, "malformed")
    assert agent.reports == []


def test_an_unknown_wish_is_refused(page: Page) -> None:
    assert page.refusal("POST", "/nothing", b"{}") == (404, "not_found")


# -- room tokens --------------------------------------------------------------------------------------------------------------


def test_a_room_token_is_passed_on(page: Page) -> None:
    status, raw, headers = page.ask("POST", "/livekit-token")
    assert (status, RoomToken.parse(raw), headers["Cache-Control"]) == (200, TOKEN, "no-store")


def test_the_controllers_refusal_is_passed_on(page: Page, agent: Agent) -> None:
    agent.refusal = Refusal(error="not_approved", message="this display is pending")
    assert page.refusal("POST", "/livekit-token") == (503, "not_approved")


# -- the view -----------------------------------------------------------------------------------------------------------------


def test_a_still_is_passed_on_with_its_age(page: Page) -> None:
    status, picture, headers = page.ask("GET", "/still")
    assert (status, picture, headers["Content-Type"]) == (200, STILL.webp, "image/webp")
    assert (headers["ETag"], headers["X-Still-Age-Ms"], headers["X-Transfer-Ms"]) == (STILL.etag, "840", "210")


def test_a_still_that_the_page_has_is_not_passed_on_again(page: Page) -> None:
    status, picture, headers = page.ask("GET", "/still", If_None_Match=STILL.etag)
    assert (status, picture, headers["X-Still-Age-Ms"]) == (304, b"", "20")


def test_the_refusal_of_a_still_is_passed_on(page: Page, agent: Agent) -> None:
    agent.refusal = Refusal(error="no_still", message="there is no still now")
    assert page.refusal("GET", "/still") == (503, "no_still")


def test_a_page_that_was_reloaded_gets_the_view_at_once(page: Page) -> None:
    assert page.view(-1)["view"]["card"]["kind"] == "starting"
    assert page.view(-1) == page.view(99)


def test_a_waiting_page_hears_of_a_change(page: Page, server: PageServer) -> None:
    before = page.view(-1)
    heard: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: heard.append(page.view(before["number"])))
    asking.start()
    server.show(replace(STARTING, joins=True), 0.0)
    asking.join(5)
    assert [found["view"]["joins"] for found in heard] == [True]
    assert heard[0]["number"] == before["number"] + 1


def test_what_did_not_change_is_not_told(server: PageServer, page: Page) -> None:
    before = page.view(-1)
    server.show(STARTING, 0.0)
    assert page.view(-1) == before


def test_a_page_that_waited_long_asks_again(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "POLL_S", 0.1)
    before = page.view(-1)
    began_s = time.monotonic()
    assert page.view(before["number"]) == before
    assert time.monotonic() - began_s >= 0.1


@pytest.mark.parametrize("after", ["", "x", "-5", "²", "9" * 5_000])
def test_a_number_that_is_none_gets_the_view_at_once(page: Page, after: str) -> None:
    quoted = after.encode().decode("latin-1")
    with socket.create_connection(("127.0.0.1", page.server.port), timeout=5) as connection:
        lines = (f"GET /view?after={quoted} HTTP/1.0", f"Host: 127.0.0.1:{page.server.port}", f"X-Kiosk-Key: {page.server.key}")
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_the_next_try_is_told_as_a_time_to_wait(page: Page, server: PageServer) -> None:
    card = Card("unreachable", Tone.TROUBLE, "Cannot reach the controller", next_try_at_s=105.0)
    server.show(View(card, joins=False, presenter_identity=None), 100.5)
    shown = page.view(-1)["view"]["card"]
    assert shown["next_try_in_ms"] == 4_500
    assert "next_try_at_s" not in shown


# -- headers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/index.html", "/main.js", "/view?after=-1", "/nothing"])
def test_every_answer_has_the_exact_policy(page: Page, server: PageServer, path: str) -> None:
    headers = page.ask("GET", path)[2]
    assert headers.get_all("Content-Security-Policy") == [POLICY.format("'self'")]
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert "Python" not in str(headers["Server"])


@pytest.mark.parametrize(
    ("sfu_url", "reached"),
    [
        ("ws://127.0.0.1:7880", "'self' ws://127.0.0.1:7880 http://127.0.0.1:7880"),
        ("wss://sfu.example.org/rtc", "'self' wss://sfu.example.org https://sfu.example.org"),
    ],
)
def test_the_page_may_reach_the_sfu_once_it_is_known(page: Page, server: PageServer, sfu_url: str, reached: str) -> None:
    server.sfu_url = sfu_url
    assert page.ask("GET", "/index.html")[2]["Content-Security-Policy"] == POLICY.format(reached)


def test_a_page_from_before_the_sfu_was_known_is_outdated_until_it_is_loaded_again(page: Page, server: PageServer) -> None:
    page.ask("GET", "/index.html")
    assert json.loads(server.view_after(-1))["is_outdated"] is False
    server.sfu_url = "wss://sfu.example.org"
    assert json.loads(server.view_after(-1))["is_outdated"] is True
    page.ask("GET", "/index.html")
    assert json.loads(server.view_after(-1))["is_outdated"] is False
