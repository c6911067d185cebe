"""The pages about people: who sees them, and what stands on them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import AccountRole
from tests.support.controller_app import MovableClock
from tests.support.person import Person

ADA = Actor(ActorKind.ACCOUNT, "ada")


def test_an_admin_sees_everybody_and_every_key(ada: Person, paula: Person, parts: Parts, clock: MovableClock) -> None:
    _, text = parts.api_keys.create("stage lights", AccountRole.PRESENTER, life=timedelta(days=1), by=ADA, now=clock())
    page = ada.get("/people").text
    assert all(words in page for words in ("paula", "ada", "stage lights", "Add somebody", "Make a key"))
    assert text not in page


def test_a_presenter_does_not_see_people(paula: Person) -> None:
    assert paula.get("/people").status_code == 403
    assert "People" not in paula.get("/account").text


@pytest.mark.parametrize("who", ["ada", "paula"])
def test_everybody_sees_their_own_account(request: pytest.FixtureRequest, who: str) -> None:
    asker: Person = request.getfixturevalue(who)
    page = asker.get("/account").text
    assert "this browser" in page
    assert "Present password" in page


def test_a_name_is_text_and_never_markup(ada: Person, parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add('<b onclick="x">&', AccountRole.PRESENTER, "correct horse battery", now=clock())
    page = ada.get("/people").text
    assert "<b onclick" not in page
    assert "&lt;b onclick=&#34;x&#34;&gt;&amp;" in page
