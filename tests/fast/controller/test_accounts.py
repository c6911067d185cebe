"""Accounts and browser sessions on a real store."""

from __future__ import annotations

import json
from typing import cast

import pytest
from redis import Redis

from controller.parts import Parts
from controller.services import browser_sessions, keys
from controller.services.accounts import Account, AccountExists, AccountRole, Accounts, BadAccount, random_password
from controller.services.stores import connect
from tests.support.controller_app import MovableClock

PASSWORD = "correct horse battery"
ADA = Account("ada", AccountRole.ADMIN)


def test_a_password_fits_its_account_only(parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    assert parts.accounts.verify("ada", PASSWORD) == ADA
    assert parts.accounts.verify("ada", PASSWORD + " ") is None
    assert parts.accounts.verify("paula", PASSWORD) is None


def test_a_password_is_kept_as_a_costly_hash_only(state_store: str, clock: MovableClock) -> None:
    state = connect(state_store, state_store).state
    Accounts(state).add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    text = str(state.hget(keys.ACCOUNTS, "ada"))
    cast(Redis, state).connection_pool.disconnect()
    assert PASSWORD not in text
    assert json.loads(text)["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_second_account_of_the_same_name_is_refused(parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    with pytest.raises(AccountExists, match="ada"):
        parts.accounts.add("ada", AccountRole.PRESENTER, "another horse battery", now=clock())
    assert parts.accounts.verify("ada", PASSWORD) == ADA


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 129])
def test_a_password_too_short_or_too_long_is_refused(parts: Parts, clock: MovableClock, password: str) -> None:
    with pytest.raises(BadAccount, match="12 to 128"):
        parts.accounts.add("ada", AccountRole.ADMIN, password, now=clock())
    assert parts.accounts.find("ada") is None


def test_the_longest_password_counts_to_its_end(parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add("ada", AccountRole.ADMIN, "x" * 128, now=clock())
    assert parts.accounts.verify("ada", "x" * 128) == ADA
    assert parts.accounts.verify("ada", "x" * 129) is None
    assert parts.accounts.verify("ada", "x" * 100_000) is None


def test_random_passwords_can_be_used_and_differ() -> None:
    passwords = {random_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(12 <= len(password) <= 128 for password in passwords)


def test_a_browser_session_is_its_accounts(parts: Parts, clock: MovableClock) -> None:
    account = parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    token = parts.browser_sessions.begin(account, clock())
    assert parts.browser_sessions.account_of(token) == account
    assert parts.browser_sessions.account_of(token[:-1]) is None


def test_a_browser_session_ends_when_told(parts: Parts, clock: MovableClock) -> None:
    account = parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    first, second = (parts.browser_sessions.begin(account, clock()) for _ in range(2))
    parts.browser_sessions.end(first)
    assert parts.browser_sessions.account_of(first) is None
    assert parts.browser_sessions.account_of(second) == account


def test_another_role_counts_at_once(parts: Parts, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock()), clock())
    parts.accounts.replace("ada", AccountRole.PRESENTER, PASSWORD, now=clock())
    assert parts.browser_sessions.account_of(token) == Account("ada", AccountRole.PRESENTER)


def test_a_browser_session_is_stored_hashed_and_has_an_end(parts: Parts, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock()), clock())
    (name,) = parts.stores.state.keys("browser:session:*")  # type: ignore[attr-defined]
    assert token not in name
    assert 0 < parts.stores.state.ttl(name) <= browser_sessions.LIFE_S
