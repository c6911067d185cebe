"""Signing in is throttled by account and address and by address, with delays that grow and end."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from controller.rules.sign_in_throttle import Failures, wait_for_account, wait_for_address
from controller.services.sign_in_throttle import SignInThrottle, TooManyFailures
from controller.services.stores import connect
from tests.support.controller_app import MovableClock
from tests.support.person import SAME_ORIGIN, Person

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WRONG = "wrong horse battery"


def failed(count: int, *, first_s_ago: float = 0, last_s_ago: float = 0) -> Failures:
    return Failures(count, NOW - timedelta(seconds=first_s_ago), NOW - timedelta(seconds=last_s_ago))


@pytest.mark.parametrize(
    ("count", "wait_s"), [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (10_000, 900)]
)
def test_delays_of_an_account_grow_and_end(count: int, wait_s: int) -> None:
    assert wait_for_account(failed(count), NOW) == timedelta(seconds=wait_s)
    assert wait_for_account(failed(count, last_s_ago=wait_s), NOW) == timedelta(0)


def test_an_address_waits_until_its_first_failure_is_forgotten() -> None:
    assert wait_for_address(failed(19), NOW) == timedelta(0)
    assert wait_for_address(failed(20, first_s_ago=600), NOW) == timedelta(minutes=5)
    assert wait_for_address(failed(500, first_s_ago=900), NOW) == timedelta(0)


def test_who_never_failed_never_waits() -> None:
    assert wait_for_account(None, NOW) == wait_for_address(None, NOW) == timedelta(0)


def sign_in(app: Flask, name: str, password: str, address: str = "192.0.2.1") -> TestResponse:
    return app.test_client().post(
        "/login", data={"name": name, "password": password}, headers=SAME_ORIGIN, environ_base={"REMOTE_ADDR": address}
    )


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_the_sixth_try_must_wait_whether_or_not_the_name_is_known(
    ada: Person, app: Flask, clock: MovableClock, name: str
) -> None:
    assert [sign_in(app, name, WRONG).status_code for _ in range(5)] == [401] * 5
    response = sign_in(app, name, ada.password)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")
    assert re.search(r'role="alert">Too many tries have failed. Wait 30 s', response.text)
    clock.move(30)
    assert sign_in(app, name, WRONG).status_code == 401
    assert sign_in(app, name, WRONG).headers["Retry-After"] == "60"


def test_the_right_password_after_the_delay_forgets_the_failures(ada: Person, app: Flask, clock: MovableClock) -> None:
    for _ in range(5):
        sign_in(app, "ada", WRONG)
    clock.move(30)
    assert sign_in(app, "ada", ada.password).status_code == 302
    assert [sign_in(app, "ada", WRONG).status_code for _ in range(5)] == [401] * 5


def test_a_stranger_elsewhere_keeps_nobody_out(ada: Person, app: Flask) -> None:
    for _ in range(7):
        sign_in(app, "ada", WRONG, address="203.0.113.9")
    assert sign_in(app, "ada", ada.password).status_code == 302


def test_others_behind_the_same_address_are_not_kept_out_by_one_name(ada: Person, paula: Person, app: Flask) -> None:
    for _ in range(7):
        sign_in(app, "paula", WRONG)
    assert sign_in(app, "ada", ada.password).status_code == 302


def test_going_through_the_names_ends_after_twenty(ada: Person, app: Flask, clock: MovableClock) -> None:
    assert {sign_in(app, f"name {number}", WRONG).status_code for number in range(20)} == {401}
    assert sign_in(app, "ada", ada.password).headers["Retry-After"] == "900"
    assert sign_in(app, "ada", ada.password, address="192.0.2.2").status_code == 302
    clock.move(900)
    assert sign_in(app, "ada", ada.password).status_code == 302


def test_a_network_of_ipv6_is_one_address(app: Flask) -> None:
    for number in range(20):
        sign_in(app, f"name {number}", WRONG, address=f"2001:db8:0:1::{number:x}")
    assert sign_in(app, "ada", WRONG, address="2001:db8:0:1:ffff::1").status_code == 429
    assert sign_in(app, "ada", WRONG, address="2001:db8:0:2::1").status_code == 401


def test_a_site_whose_people_sign_in_well_is_never_throttled(ada: Person, app: Flask) -> None:
    assert {sign_in(app, "ada", ada.password).status_code for _ in range(40)} == {302}


def test_failures_are_forgotten_by_themselves(app: Flask) -> None:
    sign_in(app, "ada", WRONG)
    live = app.extensions["marquee"].stores.live
    for name in live.keys("sign_in:failures:*"):
        assert 0 < live.ttl(name) <= 900
    assert len(live.keys("sign_in:failures:*")) == 2


def test_nothing_of_a_name_is_kept(app: Flask) -> None:
    sign_in(app, "hunter2hunter2", WRONG)
    live = app.extensions["marquee"].stores.live
    assert not any("hunter2" in name for name in live.keys("*"))


def test_of_many_tries_at_once_no_more_than_five_are_made(live_store: str) -> None:
    stores = connect(live_store, live_store)
    throttle, let_in = SignInThrottle(stores.live), []

    def attempt() -> None:
        try:
            throttle.begin("ada", "192.0.2.1", NOW)
        except TooManyFailures:
            return
        let_in.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores.live.connection_pool.disconnect()
    assert 1 <= len(let_in) <= 5
