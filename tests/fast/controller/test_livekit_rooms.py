"""How the controller calls the SFU's room API; with a real SFU, see tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from controller.services.livekit_rooms import LiveKitRooms
from controller.services.livekit_tokens import LiveKitTokens
from controller.settings import LiveKitSettings
from onebox.ports import LOOPBACK
from tests.support.controller_app import SECRET


class Listener(HTTPServer):
    """Takes calls, answers each with nothing, and remembers who was said to call."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.authorizations: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.authorizations.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Calls are no news."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_the_environment_does_not_come_between_controller_and_sfu(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {LOOPBACK} login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOOPBACK}:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    api_url = f"http://{LOOPBACK}:{listener.server_port}"
    settings = LiveKitSettings(
        url="ws://sfu", api_url=api_url, api_key="marquee", api_secret=SECRET, token_ttl_s=120, room_prefix="marquee-"
    )
    assert LiveKitRooms(LiveKitTokens(settings)).participants("marquee-1-1") == []
    (authorization,) = listener.authorizations
    assert authorization.startswith("Bearer ")
