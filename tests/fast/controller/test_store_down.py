"""A store that does not answer: a 503 that says so and when to come again, and nothing half done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
import redis
from flask import Flask
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.services.accounts import AccountRole
from onebox.waiting import wait_until
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.own_stores import OwnStore
from tests.support.person import SAME_ORIGIN, Person
from wire.admin import DisplayView
from wire.display import State


class Wall:
    """A controller over stores that can be stopped, an admin who is signed in, and a display that waits."""

    def __init__(self, app: Flask, clock: MovableClock) -> None:
        self.parts: Parts = app.extensions["marquee"]
        self.app = app
        self.ada: Person = person(app, self.parts, clock, "ada", AccountRole.ADMIN)
        self.lobby = Device(app.test_client(), "lobby")
        self.lobby.join()

    @property
    def revision(self) -> int:
        return self.parts.registry.get(self.lobby.display_id).revision

    @property
    def state(self) -> State:
        return self.parts.registry.get(self.lobby.display_id).state


@pytest.fixture
def wall(
    make_app: Callable[..., Flask],
    own_state_store: OwnStore,
    own_live_store: OwnStore,
    clock: MovableClock,
    announced_logs: AnnouncedLogs,
) -> Wall:
    announced_logs.allow("store lost", "hint not sent", "report not read", "pairing code not forgotten yet")
    announced_logs.allow("Rate limit storage unreachable")
    return Wall(make_app(redis_url=own_state_store.url, redis_live_url=own_live_store.url), clock)


def is_unavailable(response: TestResponse) -> bool:
    assert (response.status_code, response.headers.get("Retry-After")) == (503, "2"), response.text
    return bool(response.get_json()["error"] == "store_unavailable")


def test_without_the_state_store_whoever_asks_is_told_to_come_again(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.stop()
    assert is_unavailable(wall.lobby.post("heartbeat", wall.lobby.heartbeat()))
    assert is_unavailable(wall.lobby.say_hello())
    assert is_unavailable(wall.ada.get("/api/admin/livekit/displays?session_id=1"))
    assert is_unavailable(wall.ada.get("/api/admin/bandwidth/status"))
    assert is_unavailable(wall.ada.post("/api/admin/presenter/livekit-token", {"session_id": 1}))


def test_without_the_live_store_whoever_asks_is_told_to_come_again(wall: Wall, own_live_store: OwnStore) -> None:
    own_live_store.stop()
    assert is_unavailable(wall.lobby.post("heartbeat", wall.lobby.heartbeat()))
    assert is_unavailable(wall.lobby.say_hello())
    assert is_unavailable(wall.ada.get("/api/admin/livekit/displays?session_id=1"))


def test_a_store_that_is_lost_is_said_once_and_once_when_it_is_back(
    wall: Wall, own_state_store: OwnStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="controller"):
        own_state_store.stop()
        for _ in range(3):
            assert is_unavailable(wall.lobby.post("heartbeat", wall.lobby.heartbeat()))
        own_state_store.start()
        for _ in range(3):
            wall.lobby.beat()
    said = [record.getMessage() for record in caplog.records]
    assert [message.split(" error=")[0] for message in said] == ["store lost store=state", "store is back store=state"]


def test_a_store_that_answers_and_refuses_is_an_error(
    wall: Wall, own_state_store: OwnStore, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("ERROR .*the store refuses path=")
    with redis.Redis.from_url(own_state_store.url) as operator:
        operator.config_set("maxmemory", "1")
    assert is_unavailable(wall.ada.decide("approve", wall.lobby.display_id, role="normal"))
    assert [line for line in announced_logs.lines if "store lost" in line] == []


def test_a_store_that_hangs_holds_one_request_and_not_all(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.freeze()
    heartbeat, headers = wall.lobby.heartbeat(), {"Authorization": f"Bearer {wall.lobby.token}"}
    connections = cast(redis.BlockingConnectionPool, wall.parts.stores.state.connection_pool)._connections
    assert is_unavailable(wall.lobby.post("heartbeat", heartbeat)), "so it is known to be lost"
    before = len(connections)

    def ask() -> TestResponse:
        client = wall.app.test_client()
        return client.post("/api/device/v1/heartbeat", data=heartbeat, headers=headers, content_type="application/json")

    with ThreadPoolExecutor(20) as asking:
        for asked in [asking.submit(ask) for _ in range(20)]:
            assert is_unavailable(asked.result())
    assert len(connections) == before, "one at a time finds out whether it is back, the others do not even try"
    own_state_store.thaw()
    assert wall.lobby.beat().state is State.PENDING


def test_a_hanging_store_is_asked_nothing_twice(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.freeze()
    assert is_unavailable(wall.ada.decide("approve", wall.lobby.display_id, role="normal"))
    own_state_store.thaw()
    wait_until(lambda: wall.ada.get("/api/admin/livekit/displays?session_id=1").status_code == 200, "the store answers again")
    assert wall.revision == 1, "the first thing it was asked was who asks; the move itself was never sent"


def test_a_page_says_it_to_people(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.stop()
    response = wall.ada.get("/")
    assert (response.status_code, response.mimetype, response.headers["Retry-After"]) == (503, "text/html", "2")
    assert "store does not answer" in response.text


def test_nobody_is_signed_in_without_the_state_store(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.stop()
    form = {"name": "ada", "password": "correct horse battery"}
    response = wall.app.test_client().post("/login", data=form, headers=SAME_ORIGIN)
    assert response.status_code == 503
    assert "Set-Cookie" not in response.headers


def test_an_approval_without_the_state_store_changes_nothing(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.stop()
    assert is_unavailable(wall.ada.decide("approve", wall.lobby.display_id, role="normal"))
    own_state_store.start()
    assert (wall.state, wall.revision) == (State.PENDING, 1)


def test_an_approval_without_the_live_store_is_done_and_says_so(wall: Wall, own_live_store: OwnStore) -> None:
    own_live_store.stop()
    response = wall.ada.decide("approve", wall.lobby.display_id, role="normal")
    assert response.status_code == 200
    assert DisplayView.parse(response.data).state is State.APPROVED
    assert (wall.state, wall.revision) == (State.APPROVED, 2)


def test_a_hello_without_the_state_store_registers_nobody(wall: Wall, own_state_store: OwnStore) -> None:
    hall = Device(wall.app.test_client(), "hall")
    own_state_store.stop()
    assert is_unavailable(hall.say_hello())
    own_state_store.start()
    assert len(wall.parts.registry.in_session(1)) == 1
    assert hall.join().state is State.PENDING


def test_a_hello_without_the_live_store_registers_nobody(wall: Wall, own_live_store: OwnStore) -> None:
    hall = Device(wall.app.test_client(), "hall")
    body, nonce = hall.hello_body(), hall.nonce()
    own_live_store.stop()
    assert is_unavailable(hall.client.post("/api/device/v1/hello", data=body, headers=hall.signed_headers(body, nonce)))
    assert len(wall.parts.registry.in_session(1)) == 1


def test_no_lease_is_taken_without_the_live_store(wall: Wall, own_live_store: OwnStore) -> None:
    own_live_store.stop()
    assert is_unavailable(wall.ada.post("/api/admin/presenter/livekit-token", {"session_id": 1}))
    assert wall.parts.leases.current(1) is None


def test_everything_goes_on_when_the_state_store_is_back(wall: Wall, own_state_store: OwnStore) -> None:
    own_state_store.stop()
    assert is_unavailable(wall.lobby.post("heartbeat", wall.lobby.heartbeat()))
    own_state_store.start()
    assert wall.lobby.beat().state is State.PENDING
    assert wall.ada.decide("approve", wall.lobby.display_id, role="normal").status_code == 200
    assert wall.lobby.beat().state is State.APPROVED


def test_after_the_live_store_was_emptied_a_display_says_hello_again(wall: Wall, own_live_store: OwnStore) -> None:
    own_live_store.stop()
    own_live_store.start()
    response = wall.lobby.post("heartbeat", wall.lobby.heartbeat())
    assert (response.status_code, response.get_json()["error"]) == (401, "no_session")
    assert wall.lobby.join().state is State.PENDING
    assert wall.ada.get("/api/admin/livekit/displays?session_id=1").status_code == 200, "people stay signed in"
