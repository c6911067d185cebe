"""Serves the kiosk's page on loopback and carries what is said between page and agent.

The page is a local bundle: it draws before any network is there, and nobody else's page can be on the screen. Its requests carry
a key that is new at each start. The view travels by long poll, numbered, so that a page that was reloaded misses nothing.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

import joining
from kiosk.controller_client import TakenStill
from kiosk.picture_check import GRID
from kiosk.view import View
from wire.display import RoomToken, ViewerReport
from wire.message import MalformedMessage, Message
from wire.refusal import Refusal

log = logging.getLogger(__name__)

PAGE = (Path(__file__).parent / "page").resolve()
SHARED = "/joining/"
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
MAX_BODY_BYTES = 16_384
NUMBER = re.compile(r"[0-9]{1,12}")
POLL_S = 20.0

Luma = Annotated[int, Field(ge=0, le=255)]


class PageReport(Message):
    """What the page says each second: what it sees, and luma samples of the decoded picture."""

    viewer: ViewerReport
    samples: Annotated[list[Luma], Field(max_length=GRID * GRID)] = Field(default_factory=list)


class PageRefused(Exception):
    """The page does not get what it asked for; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True)
class PageCalls:
    """What the server does for the page."""

    report: Callable[[PageReport], None]
    room_token: Callable[[], RoomToken]
    """Raises PageRefused."""
    still: Callable[[str | None], TakenStill]
    """The newest still, without its picture where that is the one of the named ETag. Raises PageRefused."""


class PageServer:
    """The loopback server. `url` is what the window opens."""

    def __init__(self, calls: PageCalls) -> None:
        self.calls = calls
        self.key = secrets.token_urlsafe(24)
        self._sfu_url: str | None = None
        self._policy_given = ""
        self._changed = threading.Condition()
        self._number = 0
        self._view = b"{}"
        self._server = _Server(self)

    @property
    def port(self) -> int:
        """The loopback port."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The page's address, with its key where no server log or header holds it."""
        return f"http://127.0.0.1:{self.port}/index.html#{self.key}"

    @property
    def sfu_url(self) -> str | None:
        """The SFU that the page may reach. A page that was loaded before it was known is told that it is outdated."""
        return self._sfu_url

    @sfu_url.setter
    def sfu_url(self, url: str | None) -> None:
        with self._changed:
            self._sfu_url = url
            self._number += 1
            self._changed.notify_all()

    def start(self) -> None:
        """Serve from now on."""
        threading.Thread(target=self._server.serve_forever, name="page-server", daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def show(self, view: View, now_s: float) -> None:
        """Tell the page what to show."""
        fields = asdict(view)
        next_try_at_s = fields["card"].pop("next_try_at_s")
        fields["card"]["next_try_in_ms"] = _milliseconds_until(next_try_at_s, now_s)
        fields["identify_for_ms"] = _milliseconds_until(fields.pop("identify_until_s"), now_s)
        text = json.dumps(fields).encode()
        with self._changed:
            if text != self._view:
                self._number += 1
                self._view = text
                self._changed.notify_all()

    def view_after(self, number: int) -> bytes:
        """The view as soon as it is another one than `number`, or again after twenty seconds."""
        until = time.monotonic() + POLL_S
        with self._changed:
            while self._number == number and (left_s := until - time.monotonic()) > 0:
                self._changed.wait(left_s)
            is_outdated = b"true" if self._policy_given not in ("", self.policy()) else b"false"
            return b'{"number": %d, "is_outdated": %s, "view": %s}' % (self._number, is_outdated, self._view)

    def note_page_load(self) -> None:
        """The page is loaded now: the present policy is the page's until it is loaded again."""
        self._policy_given = self.policy()

    def policy(self) -> str:
        """The page's exact content security policy: itself, and the SFU once it is known."""
        reached = ["'self'"]
        if self.sfu_url is not None:
            parts = urlsplit(self.sfu_url)
            reached += [f"{parts.scheme}://{parts.netloc}", f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"]
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
            f"connect-src {' '.join(reached)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


def _milliseconds_until(moment_s: float | None, now_s: float) -> int | None:
    return None if moment_s is None else max(0, int(1000 * (moment_s - now_s)))


class _Server(ThreadingHTTPServer):
    """Knows whose page it serves."""

    daemon_threads = True

    def __init__(self, page: PageServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.page = page


class _Handler(BaseHTTPRequestHandler):
    """Files for anybody on this machine, the rest for the page that has the key."""

    server: _Server

    protocol_version = "HTTP/1.1"
    server_version = "marquee-kiosk"
    sys_version = ""

    def handle(self) -> None:
        """Requests, until there are no more; whoever leaves in the middle of one is no news."""
        try:
            super().handle()
        except ConnectionError as error:
            log.debug("a connection broke error=%s", error)

    def do_GET(self) -> None:
        """The bundle's files, the view, and the newest still."""
        path, _, query = self.path.partition("?")
        if not self._is_at_home():
            return
        if path == "/view":
            if self._has_key():
                after = NUMBER.fullmatch(query.removeprefix("after="))
                self._answer(200, self.server.page.view_after(int(after[0]) if after else -1), "application/json")
            return
        if path == "/still":
            if self._has_key():
                self._give_still()
            return
        self._send_file(path)

    def do_POST(self) -> None:
        """A report, or the wish for a room token."""
        if not self._is_at_home() or not self._has_key():
            return
        length = NUMBER.fullmatch(self.headers.get("Content-Length") or "0")
        if length is None:
            self._refuse(400, "malformed", "say how long the body is")
            return
        if int(length[0]) > MAX_BODY_BYTES:
            self._refuse(413, "too_large", f"a report has {MAX_BODY_BYTES} bytes at most")
            return
        body = self.rfile.read(int(length[0]))
        if self.path == "/report":
            self._take_report(body)
        elif self.path == "/livekit-token":
            self._give_token()
        else:
            self._refuse(404, "not_found", "there is no such thing here")

    def log_message(self, format: str, *args: object) -> None:
        """Requests of the own page are no news."""

    def _take_report(self, body: bytes) -> None:
        try:
            self.server.page.calls.report(PageReport.parse(body))
        except MalformedMessage as error:
            self._refuse(400, "malformed", str(error))
        else:
            self._answer(200, b"{}", "application/json")

    def _give_token(self) -> None:
        try:
            self._answer(200, self.server.page.calls.room_token().to_json().encode(), "application/json")
        except PageRefused as refused:
            self._answer(503, refused.refusal.to_json().encode(), "application/json")

    def _give_still(self) -> None:
        try:
            still = self.server.page.calls.still(self.headers.get("If-None-Match"))
        except PageRefused as refused:
            self._answer(503, refused.refusal.to_json().encode(), "application/json")
        else:
            facts = (("ETag", still.etag), ("X-Still-Age-Ms", str(still.age_ms)), ("X-Transfer-Ms", str(still.transfer_ms)))
            self._answer(200 if still.webp else 304, still.webp or b"", "image/webp", facts)

    def _send_file(self, path: str) -> None:
        file = _found(path)
        if file is None:
            self._refuse(404, "not_found", "there is no such thing here")
            return
        if file.suffix == ".html":
            self.server.page.note_page_load()
        self._answer(200, file.read_bytes(), KINDS[file.suffix])

    def _is_at_home(self) -> bool:
        """A foreign page that made a name point here does not name this host."""
        if self.headers.get("Host") == f"127.0.0.1:{self.server.page.port}":
            return True
        self._refuse(421, "wrong_host", "this server answers only to its own address")
        return False

    def _has_key(self) -> bool:
        if hmac.compare_digest(self.headers.get("X-Kiosk-Key", "").encode(), self.server.page.key.encode()):
            return True
        self._refuse(403, "no_key", "this is for the kiosk's own page")
        return False

    def _refuse(self, status: int, error: str, message: str) -> None:
        self.close_connection = True
        self._answer(status, Refusal(error=error, message=message).to_json().encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str, facts: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", self.server.page.policy()),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            *facts,
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _found(path: str) -> Path | None:
    folder, name = (joining.SCRIPTS, path.removeprefix(SHARED)) if path.startswith(SHARED) else (PAGE, path)
    try:
        file = (folder / name.lstrip("/")).resolve(strict=True)
    except (OSError, ValueError):
        return None
    return file if file.is_relative_to(folder) and file.is_file() and file.suffix in KINDS else None
