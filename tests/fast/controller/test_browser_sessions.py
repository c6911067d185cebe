"""Browser sessions on a real store: whose they are, when they end, where they are listed."""

from __future__ import annotations

import pytest

from controller.parts import Parts
from controller.rules.sign_ins import browser_in_words
from controller.services import browser_sessions
from controller.services.accounts import Account, AccountRole
from controller.services.browser_sessions import SignIn
from tests.support.controller_app import MovableClock

PASSWORD = "correct horse battery"
HOUR_S = 3600


@pytest.fixture
def ada(parts: Parts, clock: MovableClock) -> Account:
    return parts.accounts.add("ada", AccountRole.ADMIN, PASSWORD, now=clock())


@pytest.fixture
def paula(parts: Parts, clock: MovableClock) -> Account:
    return parts.accounts.add("paula", AccountRole.PRESENTER, PASSWORD, now=clock())


def found(parts: Parts, token: str) -> SignIn:
    sign_in = parts.browser_sessions.by_token(token)
    assert sign_in is not None
    return sign_in


def test_a_browser_session_is_its_accounts(parts: Parts, ada: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(ada, clock())
    assert parts.browser_sessions.use(token, clock()) == ada
    assert parts.browser_sessions.use(token[:-1], clock()) is None


def test_a_browser_session_ends_when_told(parts: Parts, ada: Account, clock: MovableClock) -> None:
    first, second = (parts.browser_sessions.begin(ada, clock()) for _ in range(2))
    parts.browser_sessions.end(found(parts, first))
    assert parts.browser_sessions.use(first, clock()) is None
    assert parts.browser_sessions.use(second, clock()) == ada


def test_whatever_changes_an_account_ends_its_browser_sessions(
    parts: Parts, ada: Account, paula: Account, clock: MovableClock
) -> None:
    acts = (
        lambda: parts.accounts.change("paula", AccountRole.PRESENTER, (1,)),
        lambda: parts.accounts.set_password("paula", "another horse battery"),
        lambda: parts.accounts.remove("paula"),
    )
    others = parts.browser_sessions.begin(ada, clock())
    for act in acts:
        token = parts.browser_sessions.begin(parts.accounts.get("paula"), clock())
        assert parts.browser_sessions.use(token, clock()) is not None
        act()
        assert parts.browser_sessions.use(token, clock()) is None
        assert parts.browser_sessions.of_person("paula", clock()) == []
    parts.accounts.add("paula", AccountRole.ADMIN, PASSWORD, now=clock())
    assert parts.browser_sessions.use(token, clock()) is None, "an account of the same name is another one"
    assert parts.browser_sessions.use(others, clock()) == ada


def test_a_session_that_began_under_an_old_password_is_none(parts: Parts, ada: Account, clock: MovableClock) -> None:
    parts.accounts.set_password("ada", "another horse battery")
    assert parts.browser_sessions.use(parts.browser_sessions.begin(ada, clock()), clock()) is None


def test_an_admin_who_does_nothing_for_half_an_hour_is_signed_out(parts: Parts, ada: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(ada, clock())
    for _ in range(3):
        clock.move(29 * 60)
        assert parts.browser_sessions.use(token, clock()) == ada
    clock.move(30 * 60)
    assert parts.browser_sessions.use(token, clock()) is None


def test_a_stream_that_asks_again_is_no_use(parts: Parts, ada: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(ada, clock())
    for _ in range(2):
        clock.move(14 * 60)
        assert parts.browser_sessions.account_of(token, clock()) == ada
    clock.move(2 * 60)
    assert parts.browser_sessions.account_of(token, clock()) is None


def test_a_presenter_is_not_signed_out_behind_the_slides(parts: Parts, paula: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(paula, clock())
    clock.move(11 * HOUR_S)
    assert parts.browser_sessions.use(token, clock()) == paula


@pytest.mark.parametrize("role", list(AccountRole))
def test_whatever_is_done_a_session_ends_after_twelve_hours(parts: Parts, role: AccountRole, clock: MovableClock) -> None:
    account = parts.accounts.add("hal", role, PASSWORD, now=clock())
    token = parts.browser_sessions.begin(account, clock())
    for _ in range(47):
        clock.move(15 * 60)
        assert parts.browser_sessions.use(token, clock()) == account
    clock.move(15 * 60)
    assert parts.browser_sessions.use(token, clock()) is None


def test_use_is_noted_and_does_not_lengthen_the_life(parts: Parts, ada: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(ada, clock())
    clock.move(60)
    parts.browser_sessions.use(token, clock())
    assert found(parts, token).used_at == clock()
    (name,) = parts.stores.state.keys("browser:session:*")  # type: ignore[attr-defined]
    assert 0 < parts.stores.state.ttl(name) <= browser_sessions.LIFE_S


def test_a_browser_session_is_stored_hashed(parts: Parts, ada: Account, clock: MovableClock) -> None:
    token = parts.browser_sessions.begin(ada, clock())
    names = parts.stores.state.keys("browser:*")  # type: ignore[attr-defined]
    kept = [parts.stores.state.get(name) or "" for name in names if name.startswith("browser:session:")]
    assert (len(names), len(kept)) == (2, 1)
    assert not any(token in text for text in [*names, *kept])


def test_somebodys_browsers_are_listed_the_latest_first(parts: Parts, ada: Account, paula: Account, clock: MovableClock) -> None:
    for account, address in ((ada, "192.0.2.1"), (paula, "192.0.2.2"), (ada, "192.0.2.3")):
        parts.browser_sessions.begin(account, clock(), address=address, browser="Firefox on Linux")
        clock.move(60)
    listed = parts.browser_sessions.of_person("ada", clock())
    assert [(sign_in.address, sign_in.browser) for sign_in in listed] == [
        ("192.0.2.3", "Firefox on Linux"),
        ("192.0.2.1", "Firefox on Linux"),
    ]


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/143.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.14.1", "curl/8.14.1"),
        ("x" * 300, "x" * 40),
        ("evil\x1b[2Jwords", "evil[2Jwords"),
        ("", "unknown"),
    ],
)
def test_a_browser_is_named_in_words(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words
