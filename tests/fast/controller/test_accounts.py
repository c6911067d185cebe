"""Accounts and browser sessions on a real store."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import cast

import pytest
from redis import Redis

from controller.parts import Parts
from controller.services import keys
from controller.services.accounts import (
    Account,
    AccountChanged,
    AccountExists,
    AccountRole,
    Accounts,
    BadAccount,
    LastAdmin,
    UnknownAccount,
)
from controller.services.audit_log import AuditLog
from controller.services.passwords import random_password
from controller.services.stores import connect
from controller.services.witness import Witness
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
    Accounts(state, AuditLog(state, Witness(None))).add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
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


@pytest.mark.parametrize("password", ["Password 123456", "iloveyouforever", "QWERTYUIOP123", "ada of the lobby"])
def test_a_password_that_is_tried_first_is_refused(parts: Parts, clock: MovableClock, password: str) -> None:
    with pytest.raises(BadAccount, match="among the first that are tried"):
        parts.accounts.add("Ada of the lobby", AccountRole.ADMIN, password, now=clock())


@pytest.mark.parametrize("name", ["", " ada", "ada ", "a" * 61, "a\nb", "a/b", "a\\b", ".ada", ".."])
def test_a_name_that_cannot_be_used_is_refused(parts: Parts, clock: MovableClock, name: str) -> None:
    with pytest.raises(BadAccount, match="a name has"):
        parts.accounts.add(name, AccountRole.ADMIN, PASSWORD, now=clock())


def test_names_of_every_script_can_be_used(parts: Parts, clock: MovableClock) -> None:
    names = ["Åda Öberg", "شيرين", "美咲", "o'neil@example.org"]
    for name in names:
        parts.accounts.add(name, AccountRole.PRESENTER, PASSWORD, now=clock())
    assert sorted(account.name for account in parts.accounts.all()) == sorted(names)


# -- changes ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(parts: Parts, clock: MovableClock) -> Accounts:
    """An admin and a presenter."""
    parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())
    parts.accounts.add("paula", AccountRole.PRESENTER, PASSWORD, now=clock(), sessions=(2, 1, 2))
    return parts.accounts


def test_a_presenter_may_be_limited_to_sessions(two: Accounts) -> None:
    paula = two.get("paula")
    assert paula.sessions == (1, 2)
    assert [paula.may_present_in(session_id) for session_id in (1, 2, 3)] == [True, True, False]
    assert two.get("ada").may_present_in(3)


def test_an_admin_is_never_limited(two: Accounts) -> None:
    assert two.change("paula", AccountRole.ADMIN, (1,)).sessions is None


def test_the_last_admin_is_neither_removed_nor_demoted(two: Accounts, clock: MovableClock) -> None:
    for act in (
        lambda: two.remove("ada"),
        lambda: two.change("ada", AccountRole.PRESENTER, None),
        lambda: two.replace("ada", AccountRole.PRESENTER, PASSWORD, now=clock()),
    ):
        with pytest.raises(LastAdmin, match="ada is the only admin"):
            act()
    assert two.verify("ada", PASSWORD) == ADA
    two.change("paula", AccountRole.ADMIN, None)
    two.remove("ada")
    assert [account.name for account in two.all()] == ["paula"]


def test_two_admins_who_demote_each_other_at_once_leave_one(two: Accounts) -> None:
    two.change("paula", AccountRole.ADMIN, None)
    for _ in range(20):
        threads = [threading.Thread(target=demote, args=(two, name)) for name in ("ada", "paula")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        admins = [account.name for account in two.all() if account.role is AccountRole.ADMIN]
        assert len(admins) == 1
        for name in {"ada", "paula"} - set(admins):
            two.change(name, AccountRole.ADMIN, None)


def demote(accounts: Accounts, name: str) -> None:
    with suppress(LastAdmin, AccountChanged):
        accounts.change(name, AccountRole.PRESENTER, None)


def test_another_password_replaces_the_old_one(two: Accounts) -> None:
    two.set_password("paula", "another horse battery")
    assert two.verify("paula", PASSWORD) is None
    assert two.verify("paula", "another horse battery") == two.get("paula")


def test_what_is_done_to_nobody_is_refused(two: Accounts) -> None:
    for act in (
        lambda: two.remove("nobody"),
        lambda: two.change("nobody", AccountRole.ADMIN, None),
        lambda: two.set_password("nobody", "another horse battery"),
    ):
        with pytest.raises(UnknownAccount, match="nobody"):
            act()


def test_every_change_draws_another_generation(two: Accounts) -> None:
    seen = {two.get("paula").generation}
    seen.add(two.change("paula", AccountRole.PRESENTER, None).generation)
    seen.add(two.set_password("paula", "another horse battery").generation)
    assert len(seen) == 3


def test_an_account_of_an_earlier_version_is_good_in_all_sessions(parts: Parts) -> None:
    text = json.dumps({"role": "presenter", "password_hash": "x", "created_at": "2026-11-24T09:00:00+00:00"})
    parts.stores.state.hset(keys.ACCOUNTS, "paula", text)
    assert parts.accounts.get("paula").sessions is None
