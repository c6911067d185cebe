"""What is done to people and keys stands in the audit log, with who did it, and without any secret."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.people_commands import OPERATOR
from controller.rules.audit_chain import Actor, ActorKind, read
from controller.rules.presenting import Claim
from controller.services.accounts import AccountRole
from controller.services.presenter_lease import HeldLease
from tests.support.controller_app import MovableClock
from tests.support.person import SAME_ORIGIN, Person
from wire.people import ShownApiKey, ShownPassword


def records(parts: Parts) -> list[tuple[str, str, str]]:
    """What was done, to what, by whom."""
    deeds = [read(line).deed for line in parts.audit_log.oldest_first()]
    return [(deed.what, deed.target, deed.by.name) for deed in deeds]


def test_every_act_on_an_account_leaves_a_record(ada: Person, parts: Parts) -> None:
    shown = ShownPassword.parse(ada.post("/api/admin/accounts", {"name": "pete", "role": "presenter"}).data)
    pete = Person(ada.client.application.test_client(), "pete", shown.password)
    pete.sign_in()
    (sign_in,) = parts.browser_sessions.of_person("pete", parts.clock())
    ada.delete(f"/api/admin/accounts/pete/sign-ins/{sign_in.sign_in_id}", {})
    pete.sign_in()
    body = {"current": shown.password, "new": "another horse battery"}
    pete.client.put("/api/account/v1/password", json=body, headers=SAME_ORIGIN)
    ada.client.put("/api/admin/accounts/pete", json={"role": "admin"}, headers=SAME_ORIGIN)
    ada.post("/api/admin/accounts/pete/password", {})
    ada.delete("/api/admin/accounts/pete", {})
    assert records(parts) == [
        ("account.made", "pete", "ada"),
        ("sign_in.began", "pete", "pete"),
        ("sign_in.ended", "pete", "ada"),
        ("sign_in.began", "pete", "pete"),
        ("password.changed", "pete", "pete"),
        ("sign_in.began", "pete", "pete"),
        ("account.changed", "pete", "ada"),
        ("password.reset", "pete", "ada"),
        ("account.removed", "pete", "ada"),
    ]
    text = "".join(parts.audit_log.oldest_first())
    assert not any(secret in text for secret in (shown.password, "another horse battery", "argon2id"))
    assert read(parts.audit_log.oldest_first()[6]).deed.after == {"role": "admin", "sessions": "all"}


def test_what_is_refused_leaves_no_record(ada: Person, parts: Parts) -> None:
    ada.delete("/api/admin/accounts/ada", {})
    ada.post("/api/admin/accounts", {"name": "ada", "role": "presenter"})
    ada.delete("/api/admin/api-keys/00000000", {})
    assert records(parts) == []


def test_keys_leave_records_and_programs_are_named_as_such(ada: Person, parts: Parts) -> None:
    shown = ShownApiKey.parse(ada.post("/api/admin/api-keys", {"label": "lights", "role": "admin", "days": 1}).data)
    program = ada.client.application.test_client()
    made = program.post("/api/admin/sessions", json={"name": "Small stage"}, headers={"Authorization": f"Bearer {shown.key}"})
    assert made.status_code == 200, made.text
    ada.delete(f"/api/admin/api-keys/{shown.key_id}", {})
    first, second, third = (read(line).deed for line in parts.audit_log.oldest_first())
    assert (first.what, first.target, third.what) == ("api_key.made", shown.key_id, "api_key.revoked")
    assert (second.by.kind, second.by.name) == (ActorKind.API_KEY, "API key lights")
    assert shown.key.split("_")[2] not in "".join(parts.audit_log.oldest_first())


def test_an_operators_acts_are_the_systems(parts: Parts, clock: MovableClock) -> None:
    parts.accounts.add("ada", AccountRole.ADMIN, "correct horse battery", now=clock())
    parts.people.reset_password("ada", by=OPERATOR, now=clock())
    (record,) = parts.audit_log.oldest_first()
    assert read(record).deed.by.kind is ActorKind.SYSTEM


# -- coming and going ---------------------------------------------------------------------------------------------------------


def sign_in(client: FlaskClient, name: str, password: str, address: str = "192.0.2.1") -> TestResponse:
    form = {"name": name, "password": password}
    return client.post("/login", data=form, headers=SAME_ORIGIN, environ_base={"REMOTE_ADDR": address})


def test_signing_in_and_out_leaves_records_with_address_and_request(ada: Person, client: FlaskClient, parts: Parts) -> None:
    came = sign_in(client, "ada", ada.password)
    went = client.post("/logout", headers=SAME_ORIGIN, environ_base={"REMOTE_ADDR": "192.0.2.2"})
    again = client.post("/logout", headers=SAME_ORIGIN)
    assert (came.status_code, went.status_code, again.status_code) == (302, 302, 302)
    assert records(parts) == [("sign_in.began", "ada", "ada"), ("sign_in.left", "ada", "ada")]
    first, second = (read(line).deed.by for line in parts.audit_log.oldest_first())
    assert (first.kind, first.address, first.request_id) == (ActorKind.ACCOUNT, "192.0.2.1", came.headers["X-Request-Id"])
    assert (second.address, second.request_id) == ("192.0.2.2", went.headers["X-Request-Id"])


def test_typing_errors_leave_no_record_and_many_leave_one(
    ada: Person, client: FlaskClient, parts: Parts, clock: MovableClock
) -> None:
    for _ in range(4):
        sign_in(client, "ada", "wrong horse battery")
    assert records(parts) == []
    fifth = sign_in(client, "ada", "wrong horse battery")
    assert fifth.status_code == 401
    for number in range(60):
        sign_in(client, "ada", "wrong horse battery", address=f"203.0.113.{number % 10}")
    assert records(parts) == [("sign_in.throttled", "ada", "sign-in throttle")]
    by = read(parts.audit_log.oldest_first()[0]).deed.by
    assert (by.kind, by.address, by.request_id) == (ActorKind.SYSTEM, "192.0.2.1", fifth.headers["X-Request-Id"])


def test_a_name_that_is_no_accounts_is_not_recorded_for_it_may_be_a_password(client: FlaskClient, parts: Parts) -> None:
    for number in range(45):
        sign_in(client, f"hunter{number // 15}", "wrong horse battery", address=f"203.0.113.{number % 3}")
    assert records(parts) == [("sign_in.throttled", "", "sign-in throttle")]
    assert "hunter" not in "".join(parts.audit_log.oldest_first())


def test_guessing_ones_own_password_anew_is_recorded_too(paula: Person, parts: Parts) -> None:
    body = {"current": "wrong horse battery", "new": "another horse battery"}
    for _ in range(6):
        paula.client.put("/api/account/v1/password", json=body, headers=SAME_ORIGIN)
    assert records(parts) == [("sign_in.throttled", "paula", "sign-in throttle")]


# -- presenting ---------------------------------------------------------------------------------------------------------------


def take(parts: Parts, person: Person, clock: MovableClock, takes_over: str | None = None) -> HeldLease:
    """Somebody begins to present, as far as the lease goes: the SFU of these tests does not answer."""
    by = Actor(ActorKind.ACCOUNT, person.name, "192.0.2.1", "0" * 16)
    claim = Claim(person.name, person.browser_session, None, takes_over)
    return parts.leases.take(1, claim, last_heard=None, now=clock(), by=by)


def test_presenting_leaves_records_of_begin_and_end(ada: Person, paula: Person, parts: Parts, clock: MovableClock) -> None:
    first = take(parts, paula, clock)
    second = take(parts, ada, clock, takes_over=first.lease.lease_id)
    assert paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": first.secret}).status_code == 409
    answer = ada.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": second.secret})
    assert answer.status_code == 200
    assert records(parts) == [
        ("presenting.started", "1", "paula"),
        ("session.taken_over", "1", "ada"),
        ("presenting.stopped", "1", "ada"),
    ]
    stopped = read(parts.audit_log.oldest_first()[-1]).deed
    assert (stopped.before, stopped.after) == ({"presenter": "ada"}, {})
    assert stopped.by.request_id == answer.headers["X-Request-Id"]
    text = "".join(parts.audit_log.oldest_first())
    assert first.secret not in text
    assert second.secret not in text


def test_whoever_ends_anothers_presenting_is_named(ada: Person, paula: Person, parts: Parts, clock: MovableClock) -> None:
    take(parts, paula, clock)
    ada.delete("/api/admin/accounts/paula", {})
    assert records(parts)[-2:] == [("account.removed", "paula", "ada"), ("presenting.stopped", "1", "ada")]


def test_a_session_taken_from_one_who_fell_silent_says_from_whom(
    ada: Person, paula: Person, parts: Parts, clock: MovableClock
) -> None:
    take(parts, paula, clock)
    clock.move(16)
    take(parts, ada, clock)
    deed = read(parts.audit_log.oldest_first()[-1]).deed
    assert (deed.what, deed.before, deed.after) == ("presenting.started", {"presenter": "paula"}, {"presenter": "ada"})
