"""One steward acts, for a term; whoever comes back from elsewhere finds it over."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services import keys, stewardship
from controller.services.stewardship import NotInOffice, Stewardship
from controller.services.stores import connect
from controller.steward import Steward
from onebox.waiting import wait_until
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from tests.support.person import Person
from wire.admin import SfuStatus


class MovableSeconds:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """The state store, and what makes time pass in it."""

    def __init__(self, url: str) -> None:
        self.client = connect(url, url).state
        self._operator = redis.Redis.from_url(url)

    def end_term(self) -> None:
        """Let the term run out."""
        self._operator.delete(keys.STEWARD.term)

    def close(self) -> None:
        self._operator.close()
        self.client.connection_pool.disconnect()


@pytest.fixture
def store(state_store: str) -> Iterator[Store]:
    found = Store(state_store)
    yield found
    found.close()


def test_one_is_in_office_and_the_other_stands_by(store: Store) -> None:
    first, second = Stewardship(store.client), Stewardship(store.client)
    assert first.enter()
    assert not second.enter()
    assert first.require() == 1
    with pytest.raises(NotInOffice):
        second.require()


def test_of_many_who_come_at_once_one_is_in_office(store: Store) -> None:
    entered: list[bool] = []
    comers = [threading.Thread(target=lambda: entered.append(Stewardship(store.client).enter())) for _ in range(16)]
    for comer in comers:
        comer.start()
    for comer in comers:
        comer.join()
    assert sorted(entered) == [False] * 15 + [True]


def test_who_works_stays_in_office(store: Store) -> None:
    clock = MovableSeconds()
    steward = Stewardship(store.client, clock)
    assert steward.enter()
    for _ in range(10):
        clock.now += stewardship.RENEWED_AFTER_S
        assert steward.require() == 1
    assert store.client.ttl(keys.STEWARD.term) > 1, "and the store knows"


def test_a_term_that_ran_out_is_over_also_while_nobody_else_came(store: Store) -> None:
    clock = MovableSeconds()
    steward = Stewardship(store.client, clock)
    assert steward.enter()
    clock.now += stewardship.TERM_S
    with pytest.raises(NotInOffice):
        steward.require()
    store.end_term()
    assert steward.enter()
    assert steward.require() == 2, "another term, in which it looks anew"


def test_who_finds_another_in_office_is_out(store: Store) -> None:
    clock = MovableSeconds()
    frozen, other = Stewardship(store.client, clock), Stewardship(store.client)
    assert frozen.enter()
    store.end_term()
    assert other.enter()
    clock.now += stewardship.RENEWED_AFTER_S
    with pytest.raises(NotInOffice, match="another steward"):
        frozen.require()
    clock.now += stewardship.RENEWED_AFTER_S
    assert not frozen.enter()


def test_who_leaves_lets_another_in_at_once(store: Store) -> None:
    first, second = Stewardship(store.client), Stewardship(store.client, MovableSeconds())
    assert first.enter()
    first.leave()
    assert second.enter()
    first.leave()
    assert second.require() == 2, "and does not put it out afterwards"


def test_an_observation_of_an_earlier_term_is_not_kept(parts: Parts, clock: MovableClock) -> None:
    newer, older = _seen(clock, "newer"), _seen(clock, "older")
    parts.sfu_statuses.keep(1, newer, term=5)
    parts.sfu_statuses.keep(1, older, term=4)
    assert parts.sfu_statuses.last(1) == newer


def test_a_presenter_is_not_put_aside_by_an_earlier_term(parts: Parts, clock: MovableClock, paula: Person) -> None:
    held = parts.leases.take(1, Claim("paula", paula.browser_session), last_heard=None, now=clock())
    stewards = Stewardship(parts.stores.state)
    assert stewards.enter()
    assert not parts.leases.vacate(1, held.lease, term=stewards.require() - 1)
    assert parts.leases.current(1) == held.lease
    stewards.leave()
    assert not parts.leases.vacate(1, held.lease, term=1), "nor by one that is over"


def test_a_steward_out_of_office_does_nothing(parts: Parts, clock: MovableClock, lobby: Device) -> None:
    lobby.join()
    with pytest.raises(NotInOffice):
        Steward(parts).look_at(parts.sessions.get(1), clock())
    with pytest.raises(NotInOffice):
        Steward(parts).end_former_rooms()
    assert parts.sfu_statuses.last(1) is None


def test_the_one_that_stands_by_is_in_office_when_the_other_stops(parts: Parts, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("the SFU at http://127.0.0.1:9 does not answer")
    stops = [threading.Event(), threading.Event()]
    stewards = [Steward(parts), Steward(parts)]
    running = [threading.Thread(target=steward.run, args=(stop,)) for steward, stop in zip(stewards, stops, strict=True)]
    assert stewards[0].enter_office()
    for thread in running:
        thread.start()
    stops[0].set()
    running[0].join()
    wait_until(lambda: parts.stores.state.get(keys.STEWARD.term) == "2", "the other one is in office")
    stops[1].set()
    running[1].join()
    assert parts.stores.state.get(keys.STEWARD.term) is None


def _seen(clock: MovableClock, message: str) -> SfuStatus:
    return SfuStatus(up=True, message=message, version=None, url="", room="r", observed_at=clock(), participants=[])
