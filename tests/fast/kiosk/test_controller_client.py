"""What the kiosk asks of a real controller, and what it makes of trouble."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services.stills import Still
from controller.settings import Settings
from kiosk.controller_client import (
    ControllerAnsweredNonsense,
    ControllerClient,
    ControllerRefused,
    ControllerUnreachable,
)
from kiosk.identity import Identity, open_identity
from kiosk.link_trouble import Cause, LinkTrouble
from onebox.ports import LOOPBACK
from tests.support.certificates import DAY, Authority, serving
from tests.support.controller_app import MovableClock, open_app
from tests.support.device import BOOT_ID
from tests.support.person import Person
from tests.support.pictures import webp
from tests.support.served_controller import ServedController
from wire.display import DisplayState, Hello, HelloAnswer, Role, State, StillsReport, ViewerReport
from wire.display import Heartbeat as HeartbeatMessage
from wire.presenter import PresenterHeartbeat

RUN_ID = secrets.token_hex(16)
HELLO = Hello(boot_id=BOOT_ID, run_id=RUN_ID, version="0.1.0")
HEARTBEAT = HeartbeatMessage(run_id=RUN_ID, sequence=1)


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    found = open_identity(tmp_path)
    yield found
    os.close(found.lock_descriptor)


@pytest.fixture
def client(controller: ServedController, identity: Identity) -> ControllerClient:
    return ControllerClient(controller.url, identity)


def approve(parts: Parts, clock: MovableClock, client: ControllerClient) -> HelloAnswer:
    key = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    return client.hello(HELLO.model_copy(update={"enrolment_key": key.key}))


def timeless(display: DisplayState) -> DisplayState:
    """Without what the store's own clock says."""
    return display.model_copy(update={"pairing_code_expires_in_s": None})


# -- what goes well -----------------------------------------------------------------------------------------------------------


def test_hello_gives_a_session_for_the_keys_own_display(client: ControllerClient, identity: Identity) -> None:
    answer = client.hello(HELLO)
    assert (answer.display.display_id, answer.display.state) == (identity.display_id, State.PENDING)
    assert timeless(client.heartbeat(HEARTBEAT, answer.session_token)) == timeless(client.hello(HELLO).display)


def test_a_heartbeat_hears_what_was_decided(client: ControllerClient, ada: Person) -> None:
    answer = client.hello(HELLO)
    ada.decide("approve", answer.display.display_id, role="protected")
    assert client.heartbeat(HEARTBEAT, answer.session_token).role is Role.PROTECTED


def test_the_event_stream_tells_the_state_now_and_at_each_change(client: ControllerClient, ada: Person) -> None:
    answer = client.hello(HELLO)
    with closing(client.states(answer.session_token)) as states:
        assert timeless(next(states)) == timeless(answer.display)
        ada.decide("approve", answer.display.display_id, role="normal")
        assert next(states).state is State.APPROVED


def test_a_stream_ends_with_its_controller(client: ControllerClient, controller: ServedController) -> None:
    with closing(client.states(client.hello(HELLO).session_token)) as states:
        next(states)
        controller.stop()
        assert list(states) == []


def test_a_netrc_does_not_take_the_place_of_the_session(
    client: ControllerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {LOOPBACK} login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answer = client.hello(HELLO)
    assert client.heartbeat(HEARTBEAT, answer.session_token).display_id == answer.display.display_id
    with closing(client.states(answer.session_token)) as states:
        assert next(states).display_id == answer.display.display_id


def test_a_still_is_taken_once(
    client: ControllerClient, controller: ServedController, parts: Parts, clock: MovableClock, paula: Person
) -> None:
    token = approve(parts, clock, client).session_token
    lease = parts.leases.take(1, Claim(paula.name, paula.browser_session), last_heard=None, now=clock()).lease
    parts.window.keep_presenter(PresenterHeartbeat(session_id=1, lease=lease.lease_id, phase="live"), lease, clock())
    needing = HEARTBEAT.model_copy(update={"viewer": ViewerReport(stills=StillsReport())})
    assert client.heartbeat(needing, token).newest_still is None
    with pytest.raises(ControllerRefused) as caught:
        client.still(token, None)
    assert caught.value.code == "no_still"
    picture = webp(1280, 720)
    parts.stills.keep(1, lease, Still(clock(), picture), 7)
    assert client.heartbeat(needing, token).newest_still == 7
    clock.move(2)
    still = client.still(token, None)
    assert still.webp == picture
    assert still.age_ms >= 2000 + still.transfer_ms
    again = client.still(token, still.etag)
    assert (again.webp, again.etag) == (None, still.etag)
    controller.stop()
    with pytest.raises(ControllerUnreachable):
        client.still(token, still.etag)


# -- refusals -----------------------------------------------------------------------------------------------------------------


class LateOnce(MovableClock):
    """A clock that stands, and was 200 s behind when it was first asked: the first nonce is old when it comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self.now - timedelta(seconds=200) if self.asked == 1 else self.now


def test_a_nonce_that_came_too_late_is_drawn_again(wanted: Settings, identity: Identity) -> None:
    clock = LateOnce()
    with open_app(wanted, clock) as app:
        served = ServedController(app)
        served.start()
        assert ControllerClient(served.url, identity).hello(HELLO).display.state is State.PENDING
        served.stop()
    assert clock.asked == 5, "two nonces, two hellos, and the day of the budget"


def test_a_refusal_has_its_code_and_words(client: ControllerClient) -> None:
    with pytest.raises(ControllerRefused, match="say hello again") as caught:
        client.heartbeat(HEARTBEAT, "nonsense")
    assert (caught.value.code, caught.value.status) == ("no_session", 401)


def test_a_stream_that_is_refused_says_why(client: ControllerClient) -> None:
    with pytest.raises(ControllerRefused) as caught:
        next(client.states("nonsense"))
    assert caught.value.code == "no_session"


def test_a_room_token_is_refused_while_waiting(client: ControllerClient) -> None:
    with pytest.raises(ControllerRefused) as caught:
        client.livekit_token(client.hello(HELLO).session_token)
    assert caught.value.code == "not_approved"


def test_a_room_token_is_refused_while_the_sfu_is_away(client: ControllerClient, parts: Parts, clock: MovableClock) -> None:
    with pytest.raises(ControllerRefused) as caught:
        client.livekit_token(approve(parts, clock, client).session_token)
    assert (caught.value.code, caught.value.status) == ("sfu_unreachable", 503)


def test_another_run_takes_this_ones_place(client: ControllerClient) -> None:
    first = client.hello(HELLO)
    client.hello(HELLO.model_copy(update={"run_id": secrets.token_hex(16)}))
    with pytest.raises(ControllerRefused) as caught:
        client.heartbeat(HEARTBEAT, first.session_token)
    assert caught.value.code == "superseded"


# -- trouble ------------------------------------------------------------------------------------------------------------------


def test_a_controller_that_is_away_is_named(client: ControllerClient, controller: ServedController) -> None:
    token = client.hello(HELLO).session_token
    controller.stop()
    expected = f"^nothing answers at {LOOPBACK}:{controller.port}$"
    with pytest.raises(ControllerUnreachable, match=expected):
        client.heartbeat(HEARTBEAT, token)
    with pytest.raises(ControllerUnreachable, match=expected):
        next(client.states(token))


def test_a_name_that_does_not_exist_is_said_so(identity: Identity) -> None:
    with pytest.raises(ControllerUnreachable, match=r"^the name marquee\.invalid is not found$"):
        ControllerClient("http://marquee.invalid", identity).hello(HELLO)


class _Elsewhere(HTTPServer):
    """A server that is no controller: answers everything with one status and one body."""

    status = 200
    body = b""
    location = ""


class _ElsewhereHandler(BaseHTTPRequestHandler):
    server: _Elsewhere

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""


@pytest.fixture
def elsewhere() -> Iterator[_Elsewhere]:
    with _Elsewhere((LOOPBACK, 0), _ElsewhereHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<h1>It works!</h1>", "another version"),
        (200, b'{"nonce": 1}', "another version"),
        (404, b"<h1>Not Found</h1>", r"no Marquee controller answers \(status 404\)"),
        (302, b"", r"no Marquee controller answers \(status 302\)"),
        (500, b'{"error": "x"}', r"no Marquee controller answers \(status 500\)"),
    ],
)
def test_what_is_no_controller_is_said_so(
    identity: Identity, elsewhere: _Elsewhere, status: int, body: bytes, words: str
) -> None:
    elsewhere.status, elsewhere.body = status, body
    elsewhere.location = f"http://{LOOPBACK}:{elsewhere.server_port}/elsewhere"
    with pytest.raises(ControllerAnsweredNonsense, match=words):
        ControllerClient(f"http://{LOOPBACK}:{elsewhere.server_port}", identity).hello(HELLO)


@pytest.mark.parametrize("location", ["http://[", "/\xff"])
def test_a_redirect_to_no_address_is_no_controller(identity: Identity, elsewhere: _Elsewhere, location: str) -> None:
    elsewhere.status, elsewhere.location = 302, location
    with pytest.raises(ControllerAnsweredNonsense, match="no Marquee controller answers"):
        ControllerClient(f"http://{LOOPBACK}:{elsewhere.server_port}", identity).hello(HELLO)


def test_a_still_that_stops_coming_is_asked_for_over_another_connection(identity: Identity) -> None:
    picture = webp(1280, 720)
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(picture)}\r\nX-Still-Age-Ms: 5\r\nETag: "one"\r\n\r\n'.encode()
    with socket.create_server((LOOPBACK, 0)) as listener, ExitStack() as connections:

        def answer() -> None:
            for sent in (head + picture[:9], head + picture):
                connection = connections.enter_context(listener.accept()[0])
                connection.recv(4096)
                connection.sendall(sent)

        answering = threading.Thread(target=answer)
        answering.start()
        assert ControllerClient(f"http://{LOOPBACK}:{listener.getsockname()[1]}", identity).still("token", None).webp == picture
        answering.join()


@pytest.mark.parametrize(
    ("ahead", "cause"), [(timedelta(days=-365), Cause.CLOCK), (timedelta(), Cause.CERTIFICATE)], ids=["clock", "certificate"]
)
def test_an_expired_certificate_is_told_from_a_wrong_clock(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: timedelta, cause: Cause
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    now = datetime.now(UTC)
    with (
        serving(authority.certificate(valid=(now - 400 * DAY, now - DAY)), clock_ahead=ahead) as server,
        pytest.raises(ControllerUnreachable) as caught,
    ):
        ControllerClient(server.url, identity).hello(HELLO)
    assert caught.value.trouble.cause is cause


@pytest.mark.parametrize(("status", "cause"), [(503, Cause.BUSY), (429, Cause.BUSY), (404, Cause.REFUSED), (409, Cause.REFUSED)])
def test_a_controller_that_is_busy_is_told_from_one_that_says_no(status: int, cause: Cause) -> None:
    assert ControllerRefused("code", "words", status).trouble == LinkTrouble(cause, "words")
