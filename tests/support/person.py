"""A person with a browser session, as the controller meets them. Talks to a Flask test client."""

from __future__ import annotations

import hashlib
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SAME_ORIGIN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


class Person:
    """Signs in and acts from a page of the controller."""

    def __init__(self, client: FlaskClient, name: str, password: str) -> None:
        self.client = client
        self.name = name
        self.password = password

    def sign_in(self) -> TestResponse:
        form = {"name": self.name, "password": self.password}
        return self.client.post("/login", data=form, headers=SAME_ORIGIN)

    @property
    def browser_session(self) -> str:
        """Which browser session this is, as leases name it."""
        cookie = self.client.get_cookie("marquee")
        assert cookie is not None, f"{self.name} is not signed in"
        return hashlib.sha256(cookie.value.encode()).hexdigest()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, body: dict[str, Any]) -> TestResponse:
        return self.client.post(path, json=body, headers=SAME_ORIGIN)

    def delete(self, path: str, body: dict[str, Any]) -> TestResponse:
        return self.client.delete(path, json=body, headers=SAME_ORIGIN)

    def decide(self, act: str, display_id: str, **body: Any) -> TestResponse:
        return self.post(f"/api/admin/livekit/displays/{display_id}/{act}", {"session_id": 1, **body})
