"""What is done to people and keys stands in the audit log, with who did it, and without any secret."""

from __future__ import annotations

from controller.parts import Parts
from controller.people_commands import OPERATOR
from controller.rules.audit_chain import ActorKind, read
from controller.services.accounts import AccountRole
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
        ("sign_in.ended", "pete", "ada"),
        ("password.changed", "pete", "pete"),
        ("account.changed", "pete", "ada"),
        ("password.reset", "pete", "ada"),
        ("account.removed", "pete", "ada"),
    ]
    text = "".join(parts.audit_log.oldest_first())
    assert not any(secret in text for secret in (shown.password, "another horse battery", "argon2id"))
    assert read(parts.audit_log.oldest_first()[3]).deed.after == {"role": "admin", "sessions": "all"}


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
