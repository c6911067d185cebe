"""The code on a waiting display's screen: typed by an admin, it says which display they stand at."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules import pairing
from controller.services import keys, pairing_codes
from controller.services.accounts import AccountRole
from controller.settings import RequirePairingCode
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import SAME_ORIGIN, Person
from wire.admin import DisplayView
from wire.display import Role, State

PATH = "/api/admin/livekit/pairing-code"

# -- the rule -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["BCDF-GHJK", "bcdf-ghjk", "BCDFGHJK", "bCdFgHjK"])
def test_a_code_is_read_in_lower_case_and_without_its_dash(typed: str) -> None:
    assert pairing.normalised(typed) == "BCDF-GHJK"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "BCDF", "BCDF-GHJ", "BCDF-GHJKL", "BCDF--GHJK", "BC-DFGHJK", "ACDF-GHJK", "0CDF-GHJK"),
        *("BCDF GHJK", " BCDF-GHJK", "BCDF-GHJK\n", "BCDF\u2010GHJK", "BCDF-GHJK\u200b"),
        *("BCDF-GH\u017fK", "\u0412CDF-GHJK"),  # a long s, a Cyrillic Ve
    ],
    ids=ascii,
)
def test_what_cannot_be_a_code_is_refused_and_not_stripped(typed: str) -> None:
    assert pairing.normalised(typed) is None


def test_every_drawn_code_is_one() -> None:
    letters = iter("BCDFGHJK")
    assert pairing.drawn(lambda _: next(letters)) == "BCDF-GHJK"
    assert (len(pairing.ALPHABET), set(pairing.ALPHABET) & set("AEIOUY")) == (20, set())


@pytest.mark.parametrize(
    ("require", "role", "expected"),
    [
        ("none", Role.NORMAL, False),
        ("none", Role.PROTECTED, False),
        ("protected", Role.NORMAL, False),
        ("protected", Role.PROTECTED, True),
        ("all", Role.NORMAL, True),
        ("all", Role.PROTECTED, True),
    ],
)
def test_which_approvals_need_a_code(require: str, role: Role, expected: bool) -> None:
    assert pairing.must_be_checked(require, role) is expected


# -- which display is it ------------------------------------------------------------------------------------------------------


@pytest.fixture
def code(lobby: Device) -> str:
    """The code on the lobby's screen."""
    return str(lobby.join().pairing_code)


def typed(admin: Person, code: str) -> TestResponse:
    return admin.post(PATH, {"code": code})


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def other_than(code: str) -> str:
    return code[:-1] + ("B" if code[-1] != "B" else "C")


def test_the_typed_code_names_the_display(lobby: Device, hall: Device, ada: Person, code: str) -> None:
    hall.join()
    view = DisplayView.parse(typed(ada, code.replace("-", "").lower()).data)
    assert (view.display_id, view.state, view.code_checked) == (lobby.display_id, State.PENDING, False)


def test_a_typed_code_serves_until_the_approval(lobby: Device, ada: Person, code: str) -> None:
    for _ in range(pairing_codes.GUESSES_OF_AN_ADMIN + 1):
        assert typed(ada, code).status_code == 200, "a right entry is no guess"
    assert ada.decide("approve", lobby.display_id, role="normal", pairing_code=code).status_code == 200
    assert refusal(typed(ada, code)) == (404, "wrong_pairing_code")


def test_a_display_that_waits_again_shows_another_code(
    lobby: Device, ada: Person, code: str, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    ada.decide("reject", lobby.display_id)
    assert refusal(typed(ada, code)) == (404, "wrong_pairing_code")
    ada.decide("pending", lobby.display_id)
    again = lobby.beat().pairing_code
    assert again not in (None, code)
    assert typed(ada, str(again)).status_code == 200


def test_an_expired_code_is_wrong_and_another_is_shown(lobby: Device, ada: Person, parts: Parts, code: str) -> None:
    assert 0 < parts.stores.live.ttl(keys.pairing_code(lobby.display_id)) <= 600
    owner = parts.stores.live.keys("pairing:code:*")[0]  # type: ignore[attr-defined]
    assert 0 < parts.stores.live.ttl(owner) <= 600
    parts.stores.live.delete(owner, keys.pairing_code(lobby.display_id))  # what expiry does
    assert refusal(typed(ada, code)) == (404, "wrong_pairing_code")
    assert lobby.beat().pairing_code not in (None, code)


def test_a_code_is_found_by_its_hmac_alone(parts: Parts, code: str) -> None:
    names = parts.stores.live.keys("pairing:*")  # type: ignore[attr-defined]
    assert names
    assert not any(code in name or code.replace("-", "") in name for name in names)


def test_the_list_never_shows_a_code(ada: Person, lobby: Device, code: str) -> None:
    lobby.beat()
    for page in ("/api/admin/livekit/displays?session_id=1", "/"):
        assert code not in ada.get(page).text
    assert code not in typed(ada, code).text


# -- guessing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guess", ["BCDF-GHJK", "nonsense", ""])
def test_five_wrong_entries_are_looked_at(ada: Person, code: str, guess: str) -> None:
    for _ in range(5):
        assert refusal(typed(ada, guess)) == (404, "wrong_pairing_code")
    response = typed(ada, code)
    assert refusal(response) == (429, "too_many_guesses"), "the right one is not looked at either"
    assert 0 < int(response.headers["Retry-After"]) <= 600


def test_guesses_are_given_back(ada: Person, parts: Parts, code: str) -> None:
    for _ in range(5):
        typed(ada, other_than(code))
    parts.stores.live.delete(keys.pairing_guesses("ada"))  # what expiry does
    assert typed(ada, code).status_code == 200


def test_all_admins_together_have_twenty_guesses(app: Flask, parts: Parts, clock: MovableClock, ada: Person, code: str) -> None:
    for name in ("grace", "joan", "mary", "edith"):
        admin = person(app, parts, clock, name, AccountRole.ADMIN)
        for _ in range(5):
            assert typed(admin, other_than(code)).status_code == 404
    assert refusal(typed(ada, code)) == (429, "too_many_guesses")


def test_parallel_guesses_are_counted_one_by_one(parts: Parts, code: str) -> None:
    outcomes: list[str] = []

    def guess() -> None:
        try:
            parts.pairing_codes.display_showing(other_than(code), by="ada")
        except (pairing_codes.WrongPairingCode, pairing_codes.TooManyGuesses) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["TooManyGuesses"] * 15 + ["WrongPairingCode"] * 5


# -- who may ask --------------------------------------------------------------------------------------------------------------


def test_only_an_admin_asks_and_from_our_own_page(client: FlaskClient, paula: Person, ada: Person, code: str) -> None:
    assert refusal(client.post(PATH, json={"code": code}, headers=SAME_ORIGIN)) == (401, "sign_in")
    assert refusal(typed(paula, code)) == (403, "wrong_role")
    foreign = ada.client.post(PATH, json={"code": code}, headers={"Origin": "http://evil.example.org"})
    assert refusal(foreign) == (403, "foreign_origin")


@pytest.mark.parametrize("body", [{}, {"code": 1}, {"code": None}, {"code": "B" * 61}, {"code": "BCDF-GHJK", "session_id": 1}])
def test_what_is_no_question_is_refused(ada: Person, body: dict[str, object]) -> None:
    assert refusal(ada.post(PATH, body)) == (400, "malformed")


# -- approving with a code ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "checked"), [(True, True), (False, False)])
def test_the_record_says_whether_a_code_was_checked(lobby: Device, ada: Person, code: str, given: bool, checked: bool) -> None:
    with_code = {"pairing_code": code} if given else {}
    view = DisplayView.parse(ada.decide("approve", lobby.display_id, role="protected", **with_code).data)
    assert view.code_checked is checked
    changed = DisplayView.parse(ada.decide("approve", lobby.display_id, role="normal").data)
    assert changed.code_checked is checked, "another role does not undo it"


def test_a_wrong_code_approves_nothing(lobby: Device, hall: Device, ada: Person, parts: Parts, code: str) -> None:
    halls = str(hall.join().pairing_code)
    for wrong in (other_than(code), "nonsense", halls):
        response = ada.decide("approve", lobby.display_id, role="normal", pairing_code=wrong)
        assert refusal(response) == (404, "wrong_pairing_code")
    assert parts.registry.get(lobby.display_id).state is State.PENDING
    assert typed(ada, halls).status_code == 200, "the hall still waits with its code"


def test_approving_is_guessing_too(lobby: Device, ada: Person, code: str) -> None:
    for _ in range(5):
        ada.decide("approve", lobby.display_id, role="normal", pairing_code=other_than(code))
    assert refusal(ada.decide("approve", lobby.display_id, role="normal", pairing_code=code)) == (429, "too_many_guesses")


def test_a_checked_code_is_forgotten_when_the_display_waits_again(
    lobby: Device, ada: Person, parts: Parts, code: str, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    ada.decide("approve", lobby.display_id, role="normal", pairing_code=code)
    ada.decide("revoke", lobby.display_id)
    ada.decide("pending", lobby.display_id)
    assert not parts.registry.get(lobby.display_id).code_checked


@pytest.mark.parametrize("require", list(RequirePairingCode))
@pytest.mark.parametrize("role", list(Role))
def test_the_setting_is_obeyed(make_app: Callable[..., Flask], ada: Person, require: RequirePairingCode, role: Role) -> None:
    app = make_app(require_pairing_code=require)
    display = Device(app.test_client())
    code = display.join().pairing_code
    admin = Person(app.test_client(), ada.name, ada.password)
    admin.sign_in()
    plain = admin.decide("approve", display.display_id, role=role.value)
    if pairing.must_be_checked(require.value, role):
        assert refusal(plain) == (409, "pairing_code_required")
        assert "type it in the dashboard" in plain.get_json()["message"]
        assert admin.decide("approve", display.display_id, role=role.value, pairing_code=code).status_code == 200
    else:
        assert plain.status_code == 200


def test_a_display_that_came_in_without_a_code_becomes_protected_with_one_only(
    make_app: Callable[..., Flask], ada: Person
) -> None:
    app = make_app(require_pairing_code=RequirePairingCode.PROTECTED)
    display = Device(app.test_client())
    display.join()
    admin = Person(app.test_client(), ada.name, ada.password)
    admin.sign_in()
    assert admin.decide("approve", display.display_id, role="normal").status_code == 200
    response = admin.decide("approve", display.display_id, role="protected")
    assert refusal(response) == (409, "pairing_code_required")
    assert "let it wait again" in response.get_json()["message"]


def test_an_approval_may_name_the_display(lobby: Device, ada: Person, code: str) -> None:
    view = DisplayView.parse(ada.decide("approve", lobby.display_id, role="normal", name="Bühne\n2 ").data)
    assert view.name == "Bühne 2"
    assert lobby.beat().name == "Bühne 2"
    assert lobby.join().name == "Bühne 2", "what an admin named is not renamed by a hello"


@pytest.mark.parametrize("name", ["", " \n", "x" * 61, 5])
def test_a_name_that_cannot_be_one_approves_nothing(lobby: Device, ada: Person, parts: Parts, code: str, name: object) -> None:
    assert refusal(ada.decide("approve", lobby.display_id, role="normal", name=name)) == (400, "malformed")
    assert parts.registry.get(lobby.display_id).state is State.PENDING
