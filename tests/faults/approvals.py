"""Admins who approve without end: each approval names the revision it saw, and is looked for where no answer came.

So each is known to be made, or not made; the registry and the audit log must tell the same.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import requests

from onebox.waiting import wait_until
from tests.faults.lone_controller import Joined, LoneController

ROLES = ("normal", "protected")
GAP_S = 0.08
"""Between two approvals of one admin, so that a fault falls among them and no key asks too often."""


@dataclass
class Approved:
    """What one admin was told about one display, by revision, since they began."""

    display: Joined
    began_with: int = 0
    """The revision before the first."""
    acknowledged: dict[int, str] = field(default_factory=dict)
    """Revision -> role, of those that were answered."""
    found: dict[int, str] = field(default_factory=dict)
    """Revision -> role, of those that got no answer and were made."""
    asked_again: int = 0


class Approvals:
    """A few admins, each with a display of their own."""

    def __init__(self, controller: LoneController, admins: int = 4) -> None:
        self._controller = controller
        self._url = f"{controller.box.url}/api/admin/livekit/displays"
        self.by_admin = [Approved(controller.join(f"display-{number}")) for number in range(admins)]
        self._sessions = [controller.admin() for _ in range(admins)]

    @contextmanager
    def going_on(self, count: int) -> Iterator[threading.Event]:
        """So many approvals meanwhile, all made in the end. The event says that they are."""
        done = threading.Event()
        working = threading.Thread(target=self._approve_all, args=(-(-count // len(self.by_admin)), done), name="admins")
        working.start()
        try:
            yield done
        finally:
            working.join()

    def half_applied(self) -> list[str]:
        """Approvals of the last time that are neither whole nor absent, or that the audit log tells otherwise."""
        chain = self._controller.parts.audit_segments.verify()
        logged = self._logged()
        return [
            *([chain] if isinstance(chain, str) else []),
            *(fault for one in self.by_admin for fault in self._faults(one, logged[one.display.display_id])),
        ]

    def lost(self) -> list[str]:
        """Approvals of the last time that were acknowledged and are not in the audit log."""
        logged = self._logged()
        return [
            f"{one.display.display_id} revision {revision} as {role}"
            for one in self.by_admin
            for revision, role in one.acknowledged.items()
            if logged[one.display.display_id].get(revision) != role
        ]

    def _faults(self, one: Approved, logged: dict[int, str]) -> Iterator[str]:
        told = {**one.found, **one.acknowledged}
        for revision in told.keys() | logged.keys():
            if told.get(revision) != logged.get(revision):
                yield f"{one.display.display_id} revision {revision}: told {told.get(revision)}, logged {logged.get(revision)}"
        stored = self._controller.parts.registry.get(one.display.display_id)
        last = max(logged, default=one.began_with)
        if stored.revision != last or (stored.role or "") != logged.get(last, stored.role or ""):
            yield f"{one.display.display_id} is stored as revision {stored.revision}, {stored.role}, and {last} was the last"

    def _logged(self) -> dict[str, dict[int, str]]:
        """Role by revision of each display, as the audit log tells, since its admin began."""
        began_with = {one.display.display_id: one.began_with for one in self.by_admin}
        logged: dict[str, dict[int, str]] = {display_id: {} for display_id in began_with}
        for line in self._controller.parts.audit_log.oldest_first():
            record = json.loads(line)
            display_id, after = record["target"], record["after"]
            if display_id in logged and after["revision"] > began_with[display_id]:
                logged[display_id][after["revision"]] = after["role"]
        return logged

    def _approve_all(self, each: int, done: threading.Event) -> None:
        try:
            with ThreadPoolExecutor(len(self.by_admin)) as admins:
                list(admins.map(self._approve, self._sessions, self.by_admin, [each] * len(self.by_admin)))
        finally:
            done.set()

    def _approve(self, session: requests.Session, one: Approved, count: int) -> None:
        revision = one.began_with = self._look(session, one)[0]
        one.acknowledged, one.found = {}, {}
        for role, _ in zip(cycle(ROLES), range(count), strict=False):
            revision = self._make(session, one, role, revision)
            time.sleep(GAP_S)

    def _make(self, session: requests.Session, one: Approved, role: str, revision: int) -> int:
        """The revision after an approval, asked for until it is made."""
        while True:
            body = {"session_id": 1, "role": role, "revision": revision}
            try:
                answer = session.post(f"{self._url}/{one.display.display_id}/approve", json=body, timeout=10)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == 200:
                one.acknowledged[revision + 1] = role
                return revision + 1
            one.asked_again += 1
            found, found_role = self._look(session, one)
            if found == revision + 1:
                one.found[found] = found_role
                return found

    def _look(self, session: requests.Session, one: Approved) -> tuple[int, str]:
        """The display's revision and role, as soon as anybody can tell."""

        def look() -> tuple[int, str] | None:
            try:
                answer = session.get(self._url, params={"session_id": 1}, timeout=10)
            except requests.RequestException:
                return None
            if answer.status_code != 200:
                return None
            (found,) = [view for view in answer.json()["displays"] if view["display_id"] == one.display.display_id]
            return found["revision"], found["role"] or ""

        return wait_until(look, "the controller tells of the display")
