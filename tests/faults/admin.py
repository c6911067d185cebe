"""An admin without a browser: a program's key, good for a day, and what is done by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import AccountRole
from wire.bandwidth import BandwidthStatus

SUITE = Actor(ActorKind.SYSTEM, "fault suite")


def admin_by_key(parts: Parts) -> requests.Session:
    """Whoever asks by this acts as an admin."""
    now = parts.clock()
    _, key = parts.api_keys.create(SUITE.name, AccountRole.ADMIN, life=timedelta(days=1), by=SUITE, now=now)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    return session


class Admin:
    """Decides about displays of session 1, and reads what the dashboard does."""

    def __init__(self, url: str, parts: Parts) -> None:
        self._url = url
        self._displays = f"{url}/api/admin/livekit/displays"
        self._session = admin_by_key(parts)

    def displays(self, state: str) -> list[str]:
        """The ids of those that are in a state."""
        answer = self._session.get(self._displays, params={"session_id": 1}, timeout=10)
        answer.raise_for_status()
        return [one["display_id"] for one in answer.json()["displays"] if one["state"] == state]

    def bandwidth(self) -> BandwidthStatus:
        """What the dashboard says of it."""
        answer = self._session.get(f"{self._url}/api/admin/bandwidth/status", timeout=20)
        answer.raise_for_status()
        return BandwidthStatus.parse(answer.content)

    def decide(self, act: str, display_id: str, **body: Any) -> None:
        """Say what shall become of one."""
        answer = self._session.post(f"{self._displays}/{display_id}/{act}", json={"session_id": 1, **body}, timeout=10)
        assert answer.ok, answer.text

    def give_role(self, role: str) -> None:
        """Give it to every display that is approved."""
        for display_id in self.displays("approved"):
            self.decide("approve", display_id, role=role)
