"""A display as the controller meets it: a key, a signed hello, heartbeats. Talks to a Flask test client."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from wire.display import DisplayState, Hardware, Heartbeat, Hello, HelloAnswer, NonceAnswer, ViewerReport

HELLO = "/api/device/v1/hello"
BOOT_ID = "5f1d1f0c-8a7e-4d43-9b0a-2f3c4d5e6f70"


class Device:
    """One display machine."""

    def __init__(self, client: FlaskClient, hostname: str = "lobby") -> None:
        self.client = client
        self.hostname = hostname
        self.key = Ed25519PrivateKey.generate()
        self.run_id = secrets.token_hex(16)
        self.boot_id = BOOT_ID
        self.token = ""
        self.display_id = ""

    def nonce(self) -> str:
        response = self.client.post("/api/device/v1/nonce", json={})
        return NonceAnswer.parse(response.data).nonce

    def hello_body(self, **changes: Any) -> bytes:
        hardware = Hardware(model="test machine", hostname=self.hostname, os="Debian")
        return Hello(boot_id=self.boot_id, run_id=self.run_id, version="0.1.0", hardware=hardware, **changes).to_json().encode()

    def signed_headers(self, body: bytes, nonce: str, *, host: str = "localhost") -> dict[str, str]:
        return signed_headers(self.key, body, nonce, host=host)

    def say_hello(self, **changes: Any) -> TestResponse:
        body = self.hello_body(**changes)
        return self.client.post(HELLO, data=body, headers=self.signed_headers(body, self.nonce()))

    def join(self, **changes: Any) -> DisplayState:
        """Say hello and remember the session token."""
        response = self.say_hello(**changes)
        assert response.status_code == 200, response.text
        answer = HelloAnswer.parse(response.data)
        self.token, self.display_id = answer.session_token, answer.display.display_id
        return answer.display

    def post(self, path: str, body: bytes = b"{}") -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.client.post(f"/api/device/v1/{path}", data=body, headers=headers)

    def beat(self, viewer: ViewerReport | None = None) -> DisplayState:
        response = self.post("heartbeat", self.heartbeat(viewer))
        assert response.status_code == 200, response.text
        return DisplayState.parse(response.data)

    def heartbeat(self, viewer: ViewerReport | None = None) -> bytes:
        return Heartbeat(run_id=self.run_id, sequence=1, viewer=viewer or ViewerReport()).to_json().encode()


def signed_headers(key: Ed25519PrivateKey, body: bytes, nonce: str, *, host: str) -> dict[str, str]:
    """The headers of a hello, signed as PROTOCOL.md says."""
    text = "\n".join(("marquee-hello-v1", "POST", host, HELLO, hashlib.sha256(body).hexdigest(), nonce))
    return {
        "X-Device-Key": _encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        "X-Device-Nonce": nonce,
        "X-Device-Signature": _encode(key.sign(text.encode())),
        "Content-Type": "application/json",
    }


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
