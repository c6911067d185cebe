"""The cast of the integration tests: who they are, and the tokens they are given."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from controller.parts import Parts, utc_now
from controller.services.accounts import AccountRole
from tests.support.device import Device
from tests.support.person import Person
from wire.display import RoomToken
from wire.presenter import PresenterToken


def enrolled(app: Flask, parts: Parts, hostname: str = "lobby") -> Device:
    """An approved display."""
    key = parts.enrolment_keys.create(label="test", max_uses=1, life=timedelta(days=1), now=utc_now()).key
    device = Device(app.test_client(), hostname)
    device.join(enrolment_key=key)
    return device


def signed_in(app: Flask, parts: Parts, name: str, role: AccountRole) -> Person:
    """Somebody with an account."""
    parts.accounts.add(name, role, "correct horse battery", now=utc_now())
    person = Person(app.test_client(), name, "correct horse battery")
    person.sign_in()
    return person


def display_token(device: Device) -> RoomToken:
    """The display's token for the room."""
    response = device.post("livekit-token")
    assert response.status_code == 200, response.text
    return RoomToken.parse(response.data)


def presenter_token(person: Person, lease: str | None = None, take_over: str | None = None) -> PresenterToken:
    """The presenter's token for the room."""
    body = {"session_id": 1, "lease": lease, "take_over": take_over}
    response = person.post("/api/admin/presenter/livekit-token", body)
    assert response.status_code == 200, response.text
    return PresenterToken.parse(response.data)
