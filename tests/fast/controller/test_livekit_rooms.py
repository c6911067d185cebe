"""How the controller calls the SFU's room API; with a real SFU, see tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
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
        self.calls: list[tuple[str, str]] = []
        """Method of the room API, and Authorization."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path.rpartition("/")[2], self.headers["Authorization"]))
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


def rooms_at(listener: Listener) -> LiveKitRooms:
    """A room API that calls the listener."""
    api_url = f"http://{LOOPBACK}:{listener.server_port}"
    return LiveKitRooms(
        LiveKitTokens(
            LiveKitSettings(
                url="ws://sfu", api_url=api_url, api_key="marquee", api_secret=SECRET, token_ttl_s=120, room_prefix="marquee-"
            )
        )
    )


def test_the_environment_does_not_come_between_controller_and_sfu(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {LOOPBACK} login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOOPBACK}:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert rooms_at(listener).participants("marquee-1-1") == []
    ((_, authorization),) = listener.calls
    assert authorization.startswith("Bearer ")


NOTHING_INSIDE = {"canPublish": False, "canSubscribe": False, "canPublishData": False}


def test_each_call_carries_a_token_for_that_call_and_no_other(listener: Listener) -> None:
    rooms = rooms_at(listener)
    rooms.ensure("hall", max_participants=7)
    rooms.participants("hall")
    rooms.names()
    rooms.remove("hall", "somebody")
    rooms.end("hall")
    granted = {}
    for method, authorization in listener.calls:
        granted[method] = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])["video"]
    of_the_room = {"roomAdmin": True, "room": "hall", **NOTHING_INSIDE}
    of_all_rooms = {"roomCreate": True, **NOTHING_INSIDE}
    assert granted == {
        "CreateRoom": of_all_rooms,
        "ListParticipants": of_the_room,
        "ListRooms": {"roomList": True, **NOTHING_INSIDE},
        "UpdateParticipant": of_the_room,
        "RemoveParticipant": of_the_room,
        "DeleteRoom": of_all_rooms,
    }
