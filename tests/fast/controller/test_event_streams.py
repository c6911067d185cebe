"""Event streams: at once, at each change, with a sign of life, for who may read, and not too many."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.presenting import Claim
from controller.services.accounts import AccountRole
from controller.web import event_streams
from controller.web.errors import Refused
from controller.web.event_streams import OpenStreams
from controller.web.stream_cap import MAX_STREAMS
from onebox.waiting import wait_until
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from tests.support.served_controller import ServedController
from wire.admin import AdminSnapshot
from wire.display import DisplayState, Role, State
from wire.presenter import PresenterStatus

ADA = Actor(ActorKind.ACCOUNT, "ada")

ADMIN = "/api/admin/events?session_id=1"
PRESENTER = "/api/presenter/v1/events?session_id=1"
DEVICE = "/api/device/v1/events"


class Stream:
    """What a stream sent, block by block."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.numbers: list[int] = []
        """Of the events so far, pings apart."""
        self.comes_back_after_ms: int | None = None

    def block(self) -> str:
        """The next event or comment."""
        return next(self._chunks).decode().removesuffix("\n\n")

    def event(self, name: str) -> bytes:
        """The data of the next event, which has this name."""
        fields = dict(line.split(": ", 1) for line in self.block().split("\n"))
        assert fields["event"] == name
        if "id" in fields:
            self.numbers.append(int(fields["id"]))
        if "retry" in fields:
            self.comes_back_after_ms = int(fields["retry"])
        return fields["data"].encode()

    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return next(self._chunks, None) is None


@contextmanager
def stream(client: FlaskClient, path: str, token: str = "") -> Iterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = client.get(path, headers=headers, buffered=False)
    assert (response.status_code, response.mimetype) == (200, "text/event-stream"), response.text
    assert response.headers["X-Accel-Buffering"] == "no"
    try:
        yield Stream(response.iter_encoded())
    finally:
        response.close()


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right to read is asked for at each look."""
    monkeypatch.setattr(event_streams, "RIGHT_CHECKED_S", -1.0)


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life comes five times a second."""
    monkeypatch.setattr(event_streams, "KEEP_ALIVE_S", 0.2)


def test_a_display_hears_its_state_at_once_and_at_each_change(lobby: Device, ada: Person) -> None:
    joined = lobby.join()
    with stream(lobby.client, DEVICE, lobby.token) as heard:
        assert DisplayState.parse(heard.event("state")) == joined
        ada.decide("approve", lobby.display_id, role="protected")
        after = DisplayState.parse(heard.event("state"))
    assert (after.state, after.role) == (State.APPROVED, Role.PROTECTED)


def test_a_display_hears_of_another_presenter(
    lobby: Device, ada: Person, paula: Person, parts: Parts, clock: MovableClock
) -> None:
    lobby.join()
    ada.decide("approve", lobby.display_id, role="normal")
    held = parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())
    with stream(lobby.client, DEVICE, lobby.token) as heard:
        assert DisplayState.parse(heard.event("state")).presenting.presenter_identity == held.lease.identity
        paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": held.secret})
        assert DisplayState.parse(heard.event("state")).presenting.presenter_identity is None


def test_an_admin_sees_a_display_that_joins(ada: Person, lobby: Device) -> None:
    with stream(ada.client, ADMIN) as heard:
        assert AdminSnapshot.parse(heard.event("snapshot")).displays.displays == []
        lobby.join()
        (view,) = AdminSnapshot.parse(heard.event("snapshot")).displays.displays
    assert (view.name, view.state) == ("lobby", State.PENDING)


def test_a_presenter_sees_a_display_that_is_approved(paula: Person, ada: Person, lobby: Device) -> None:
    lobby.join()
    with stream(paula.client, PRESENTER) as heard:
        assert PresenterStatus.parse(heard.event("status")).approved == 0
        ada.decide("approve", lobby.display_id, role="normal")
        assert PresenterStatus.parse(heard.event("status")).approved == 1


def test_a_presenters_browser_hears_whether_it_is_the_one_that_presents(
    paula: Person, ada: Person, parts: Parts, clock: MovableClock
) -> None:
    parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())
    for person, holds in ((paula, True), (ada, False)):
        with stream(person.client, PRESENTER) as heard:
            assert PresenterStatus.parse(heard.event("status")).holds_lease is holds


def test_a_presenter_sees_a_display_fall_silent_without_anybody_telling(
    paula: Person, ada: Person, lobby: Device, clock: MovableClock
) -> None:
    lobby.join()
    ada.decide("approve", lobby.display_id, role="normal")
    lobby.beat()
    with stream(paula.client, PRESENTER) as heard:
        assert PresenterStatus.parse(heard.event("status")).displays[0].liveness == "online"
        clock.move(13)
        assert PresenterStatus.parse(heard.event("status")).displays[0].liveness == "late"


@pytest.mark.usefixtures("lively")
def test_a_display_hears_a_comment_while_nothing_changes(lobby: Device) -> None:
    lobby.join()
    with stream(lobby.client, DEVICE, lobby.token) as heard:
        heard.event("state")
        assert [heard.block() for _ in range(3)] == [": alive"] * 3


@pytest.mark.usefixtures("lively")
def test_a_page_hears_a_ping_while_nothing_changes(paula: Person) -> None:
    with stream(paula.client, PRESENTER) as heard:
        heard.event("status")
        assert heard.event("ping") == b"{}"


@pytest.mark.usefixtures("strict")
def test_a_stream_ends_when_its_reader_signs_out(ada: Person, app: Flask) -> None:
    cookie = ada.client.get_cookie("marquee")
    assert cookie is not None
    elsewhere = app.test_client()
    elsewhere.set_cookie("marquee", cookie.value)
    with stream(ada.client, ADMIN) as heard:
        heard.event("snapshot")
        assert elsewhere.post("/logout", headers=SAME_ORIGIN).status_code == 302
        assert heard.has_ended()


@pytest.mark.usefixtures("strict")
def test_an_admins_stream_ends_when_they_are_no_admin_any_more(ada: Person, parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add("grace", AccountRole.ADMIN, "correct horse battery", now=clock())
    with stream(ada.client, ADMIN) as heard:
        heard.event("snapshot")
        parts.accounts.change("ada", AccountRole.PRESENTER, None)
        assert heard.has_ended()


@pytest.mark.usefixtures("strict")
def test_a_programs_stream_ends_when_its_key_is_revoked(app: Flask, parts: Parts, clock: MovableClock) -> None:
    key, text = parts.api_keys.create("lights", AccountRole.ADMIN, life=timedelta(days=1), by=ADA, now=clock())
    with stream(app.test_client(), ADMIN, text) as heard:
        heard.event("snapshot")
        parts.api_keys.revoke(key.key_id, by=ADA, now=clock())
        assert heard.has_ended()


@pytest.mark.usefixtures("strict")
def test_a_displays_stream_ends_when_another_run_takes_its_place(app: Flask, lobby: Device) -> None:
    lobby.join()
    other = Device(app.test_client())
    other.key = lobby.key
    with stream(lobby.client, DEVICE, lobby.token) as heard:
        heard.event("state")
        other.hostname = "lobby again"
        other.join()
        assert heard.has_ended()


def test_whoever_looks_at_a_session_hears_its_new_name_and_is_left_when_it_is_archived(
    ada: Person, paula: Person, parts: Parts, clock: MovableClock
) -> None:
    side = parts.sessions.make("Side stage", by=ADA, at=clock())
    with (
        stream(ada.client, f"/api/admin/events?session_id={side.session_id}") as dashboard,
        stream(paula.client, f"/api/presenter/v1/events?session_id={side.session_id}") as presenter,
    ):
        presenter.event("status")
        assert AdminSnapshot.parse(dashboard.event("snapshot")).session_name == "Side stage"
        parts.sessions.rename(side.session_id, "Great hall", by=ADA, at=clock())
        assert AdminSnapshot.parse(dashboard.event("snapshot")).session_name == "Great hall"
        parts.sessions.archive(side.session_id, by=ADA, at=clock())
        assert dashboard.has_ended()
        assert presenter.has_ended()
    refused = ada.get(f"/api/admin/events?session_id={side.session_id}")
    assert (refused.status_code, refused.get_json()["error"]) == (404, "unknown_session")


def test_push_that_is_closed_leaves_no_thread_and_hears_nothing(make_app: Callable[..., Flask]) -> None:
    parts: Parts = make_app().extensions["marquee"]
    before = set(threading.enumerate())
    with parts.push.listen("hall") as wake:
        assert wake.wait(5), "the subscription wakes everybody when it begins"
        wake.clear()
        parts.push.close()
        parts.push.tell("hall")
        assert not wake.is_set()
    assert set(threading.enumerate()) <= before


def test_every_stream_begins_with_a_whole_snapshot_and_counts_from_there(lobby: Device, ada: Person) -> None:
    lobby.join()
    for name in ("one", "two"):
        with stream(lobby.client, DEVICE, lobby.token) as heard:
            first = DisplayState.parse(heard.event("state"))
            ada.decide("rename", lobby.display_id, name=name)
            assert DisplayState.parse(heard.event("state")).revision == first.revision + 1
            assert heard.numbers == [1, 2]


def test_readers_are_told_different_times_to_come_back(lobby: Device) -> None:
    lobby.join()
    told = set[int | None]()
    for _ in range(5):
        with stream(lobby.client, DEVICE, lobby.token) as heard:
            heard.event("state")
            told.add(heard.comes_back_after_ms)
    assert len(told) > 1
    shortest_ms, longest_ms = event_streams.COMES_BACK_AFTER_MS
    assert all(ms is not None and shortest_ms <= ms <= longest_ms for ms in told)


def test_a_process_that_stops_ends_its_streams_one_after_another_and_opens_no_more() -> None:
    streams = OpenStreams(cap=4)
    opened = [streams.open() for _ in range(4)]
    ended: list[float] = []

    def follow(one: event_streams.Stream) -> None:
        assert one.wake.wait(5), "the stream is woken"
        assert one.must_end
        ended.append(time.monotonic())

    readers = [threading.Thread(target=follow, args=(one,)) for one in opened]
    for reader in readers:
        reader.start()
    streams.end_all(within_s=0.4)
    for reader in readers:
        reader.join()
    assert max(ended) - min(ended) >= 0.25, "they do not end all at once"
    with pytest.raises(Refused, match="restarts"):
        streams.open()


def test_a_reader_that_leaves_is_noticed_without_a_word_to_it(lobby: Device, controller: ServedController) -> None:
    lobby.join()
    headers = f"Host: localhost\r\nAuthorization: Bearer {lobby.token}\r\n"
    with socket.create_connection(("127.0.0.1", controller.port)) as reader:
        reader.sendall(f"GET {DEVICE} HTTP/1.1\r\n{headers}\r\n".encode())
        received = b""
        while b"event: state" not in received:
            received += reader.recv(65_536)
        assert event_streams.open_streams.count == 1
    began = time.monotonic()
    wait_until(lambda: event_streams.open_streams.count == 0, "its place is free")
    assert time.monotonic() - began < event_streams.KEEP_ALIVE_S


def test_a_stream_over_the_cap_is_refused_and_the_next_is_not(paula: Person) -> None:
    opened = [paula.client.get(PRESENTER, buffered=False) for _ in range(MAX_STREAMS)]
    try:
        refused = paula.get(PRESENTER)
        assert (refused.status_code, refused.get_json()["error"]) == (503, "too_many_streams")
        assert refused.headers["Retry-After"] == "2"
        opened.pop().close()
        opened.append(paula.client.get(PRESENTER, buffered=False))
        assert opened[-1].status_code == 200
    finally:
        for response in opened:
            response.close()
