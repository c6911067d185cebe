"""What the kiosk asks of its controller.

ControllerTrouble                `trouble` says why, for the card
├── ControllerUnreachable       no answer
├── ControllerRefused           an answer that says no; has the refusal's code
└── ControllerAnsweredNonsense  an answer that is none of ours
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import requests

from kiosk.identity import Identity, encode
from kiosk.kept_connections import KeptConnections
from kiosk.link_trouble import Cause, LinkTrouble
from kiosk.request_trouble import is_about_dates, trouble_of
from kiosk.server_clock import words_of_wrong_clock
from wire.command import CommandResult
from wire.display import MAX_STILL_BYTES, DisplayState, Heartbeat, Hello, HelloAnswer, NonceAnswer, RoomToken
from wire.message import MalformedMessage, Message
from wire.refusal import Refusal

HELLO_PATH = "/api/device/v1/hello"
TIMEOUT_S = (3.05, 6.0)
"""To connect; between two bytes of the answer."""

STILL_PATIENCES_S = (1.0, 1.0, 2.0, 6.0)
"""Without a byte, each before a still is asked for over another connection. On a link that loses a fifth each way a connection
waits ever longer before it sends again: of stills of 45 KB 14 % took more than 3.5 s, and 3 % so, measured."""

STREAM_TIMEOUT_S = (3.05, 35.0)
"""The controller sends something every ten seconds; silence of 35 s means that the link is dead."""

BUSY = (429, 503)
"""What a controller answers that will answer something else soon."""

M = TypeVar("M", bound=Message)


class ControllerTrouble(Exception):
    """The controller could not be asked, or did not answer as it should. The text is for people."""

    def __init__(self, trouble: LinkTrouble) -> None:
        super().__init__(trouble.why)
        self.trouble = trouble


class ControllerUnreachable(ControllerTrouble):
    """No answer."""


class ControllerRefused(ControllerTrouble):
    """The controller said no."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(LinkTrouble(Cause.BUSY if status in BUSY else Cause.REFUSED, message))
        self.code = code
        self.status = status


class ControllerAnsweredNonsense(ControllerTrouble):
    """Something answered that is not our controller."""

    def __init__(self, why: str) -> None:
        super().__init__(LinkTrouble(Cause.FOREIGN, why))


@dataclass(frozen=True)
class TakenStill:
    """A single picture of the presenter's screen, as it was taken from the controller."""

    etag: str
    webp: bytes | None = field(repr=False)
    """None: the picture is the one that was named."""
    age_ms: int
    """Since it was captured, when all of it was here; rather too much than too little, by the time that asking took."""
    transfer_ms: int
    """How long the picture took to come once it began to: as long as the link needs for it."""


class ControllerClient:
    """Asks one controller; keeps its connections, and remembers no answer."""

    def __init__(self, url: str, identity: Identity) -> None:
        self._url = url
        self._host = urlsplit(url).netloc
        self._identity = identity
        self._connections = KeptConnections()

    def hello(self, message: Hello) -> HelloAnswer:
        """Prove the key and get a session. Raises ControllerTrouble."""
        try:
            return self._signed_hello(message)
        except ControllerRefused as refusal:
            if refusal.code != "use_nonce":
                raise
            return self._signed_hello(message)

    def heartbeat(self, message: Heartbeat, session_token: str) -> DisplayState:
        """Say how the display is. Raises ControllerTrouble."""
        body = message.to_json().encode()
        return self._post("/api/device/v1/heartbeat", body, {"Authorization": f"Bearer {session_token}"}, DisplayState)

    def livekit_token(self, session_token: str) -> RoomToken:
        """Ask for a token for the room. Raises ControllerTrouble."""
        return self._post("/api/device/v1/livekit-token", b"{}", {"Authorization": f"Bearer {session_token}"}, RoomToken)

    def still(self, session_token: str, known_etag: str | None) -> TakenStill:
        """The presenter's newest still; without its picture, where that is the known one. Raises ControllerTrouble."""
        *first, last = STILL_PATIENCES_S
        for patience_s in first:
            with suppress(ControllerUnreachable):
                return self._still(session_token, known_etag, patience_s)
        return self._still(session_token, known_etag, last)

    def answer_command(self, command_id: str, result: CommandResult, session_token: str) -> None:
        """Say what became of a command. Raises ControllerTrouble."""
        headers = {"Authorization": f"Bearer {session_token}"}
        self._post(f"/api/device/v1/commands/{command_id}/result", result.to_json().encode(), headers, CommandResult)

    def states(self, session_token: str) -> Generator[DisplayState, None, None]:
        """The display's state, now and at every change, until the stream ends. Raises ControllerTrouble."""
        headers = {"Authorization": f"Bearer {session_token}", "Accept": "text/event-stream", "Accept-Encoding": "identity"}
        url = f"{self._url}/api/device/v1/events"
        with (
            self._troubles(),
            self._connections.get(url, headers=headers, stream=True, timeout=STREAM_TIMEOUT_S, allow_redirects=False) as response,
        ):
            if response.status_code != 200:
                raise _refusal(response)
            for line in response.iter_lines(chunk_size=1):
                if line.startswith(b"data: "):
                    yield _parsed(DisplayState, line.removeprefix(b"data: "))

    def _still(self, session_token: str, known_etag: str | None, patience_s: float) -> TakenStill:
        headers = {"Authorization": f"Bearer {session_token}", "Accept-Encoding": "identity", "Host": self._host}
        if known_etag is not None:
            headers["If-None-Match"] = known_etag
        url, began_s = f"{self._url}/api/device/v1/still", time.monotonic()
        with (
            self._troubles(),
            self._connections.get(url, headers=headers, stream=True, timeout=patience_s, allow_redirects=False) as response,
        ):
            if response.status_code not in (200, 304):
                raise _refusal(response)
            picture = _read_picture(response)
            webp = picture if response.status_code == 200 else None
            return _taken(response, webp, asked_s=time.monotonic() - began_s)

    def _signed_hello(self, message: Hello) -> HelloAnswer:
        nonce = self._post("/api/device/v1/nonce", b"{}", {}, NonceAnswer).nonce
        body = message.to_json().encode()
        lines = ("marquee-hello-v1", "POST", self._host, HELLO_PATH, hashlib.sha256(body).hexdigest(), nonce)
        headers = {
            "X-Device-Key": encode(self._identity.public_key),
            "X-Device-Nonce": nonce,
            "X-Device-Signature": self._identity.sign("\n".join(lines).encode()),
        }
        return self._post(HELLO_PATH, body, headers, HelloAnswer)

    def _post(self, path: str, body: bytes, headers: dict[str, str], kind: type[M]) -> M:
        headers = {**headers, "Content-Type": "application/json", "Host": self._host}
        with self._troubles():
            response = self._connections.post(
                self._url + path, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False
            )
        if response.status_code != 200:
            raise _refusal(response)
        return _parsed(kind, response.content)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except requests.RequestException as error:
            raise ControllerUnreachable(self._trouble_of(error)) from error
        except ValueError as error:  # requests takes the address of a redirect apart, also of one that is not followed
            raise ControllerAnsweredNonsense("something that is no Marquee controller answers") from error

    def _trouble_of(self, error: requests.RequestException) -> LinkTrouble:
        words = words_of_wrong_clock(self._url) if is_about_dates(error) else None
        return LinkTrouble(Cause.CLOCK, words) if words is not None else trouble_of(error, self._host)


def _read_picture(response: requests.Response) -> bytes:
    picture = b""
    for part in response.iter_content(16_384):
        picture += part
        if len(picture) > MAX_STILL_BYTES:
            raise ControllerAnsweredNonsense("something that is no Marquee controller answers: no still is so large")
    return picture


def _taken(response: requests.Response, webp: bytes | None, *, asked_s: float) -> TakenStill:
    age = response.headers.get("X-Still-Age-Ms", "")
    etag = response.headers.get("ETag", "")
    if not (age.isascii() and age.isdecimal() and etag) or webp == b"":
        raise ControllerAnsweredNonsense("the controller speaks another version than this kiosk")
    transfer_s = max(0.0, asked_s - response.elapsed.total_seconds())
    return TakenStill(etag=etag, webp=webp, age_ms=int(age) + int(1000 * asked_s), transfer_ms=int(1000 * transfer_s))


def _refusal(response: requests.Response) -> ControllerTrouble:
    try:
        refusal = Refusal.parse(response.content)
    except MalformedMessage:
        return ControllerAnsweredNonsense(f"something that is no Marquee controller answers (status {response.status_code})")
    return ControllerRefused(refusal.error, refusal.message, response.status_code)


def _parsed(kind: type[M], raw: bytes) -> M:
    try:
        return kind.parse(raw)
    except MalformedMessage as error:
        raise ControllerAnsweredNonsense("the controller speaks another version than this kiosk") from error
