"""The audit log on a real store: every move leaves its record in the same step, or does not happen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from controller.parts import Parts
from controller.rules.audit_chain import BEGINNING, Actor, ActorKind, Deed, Head, walk
from controller.services import audit_log, keys
from controller.services.accounts import AccountRole
from controller.services.audit_log import AuditBusy
from controller.settings import AutoApprove
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock, person
from tests.support.device import Device
from tests.support.person import Person
from wire.display import State


@pytest.fixture(autouse=True)
def no_sfu(announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("display not removed from the room yet")


def records(parts: Parts) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts.audit_log.oldest_first()]


def is_whole(parts: Parts) -> bool:
    return walk(parts.audit_log.oldest_first(), BEGINNING) == parts.audit_log.head()


def deed(clock: MovableClock, target: str = "LOBBY") -> Deed:
    return Deed(clock(), Actor(ActorKind.SYSTEM, "a test"), "display.tried", target, {}, {})


def test_a_log_begins_with_nothing(parts: Parts) -> None:
    assert (parts.audit_log.head(), parts.audit_log.length(), list(parts.audit_log.newest_first())) == (BEGINNING, 0, [])


def test_an_approval_tells_who_did_it_from_where_and_what_was_before(
    parts: Parts, lobby: Device, ada: Person, clock: MovableClock
) -> None:
    lobby.join()
    response = ada.decide("approve", lobby.display_id, role="protected")
    (record,) = records(parts)
    assert {name: record[name] for name in ("at", "by", "who", "what", "from", "target", "before", "after", "request")} == {
        "at": clock().isoformat(),
        "by": "account",
        "who": "ada",
        "what": "display.approved",
        "from": "127.0.0.1",
        "target": lobby.display_id,
        "before": {"name": "lobby", "state": "pending", "role": None, "session": 1, "code_checked": False, "revision": 1},
        "after": {"name": "lobby", "state": "approved", "role": "protected", "session": 1, "code_checked": False, "revision": 2},
        "request": response.headers["X-Request-Id"],
    }
    assert is_whole(parts)


def test_each_decision_has_its_code(parts: Parts, lobby: Device, hall: Device, ada: Person) -> None:
    for display in (lobby, hall):
        display.join()
    for act, more in (
        ("approve", {"role": "normal"}),
        ("approve", {"role": "protected"}),
        ("approve", {"role": "normal"}),
        ("revoke", {}),
        ("pending", {}),
        ("reject", {}),
    ):
        assert ada.decide(act, lobby.display_id, **more).status_code == 200
    assert [record["what"].removeprefix("display.") for record in records(parts)] == [
        "approved",
        "promoted",
        "demoted",
        "revoked",
        "returned",
        "rejected",
    ]
    assert is_whole(parts)


def test_a_display_let_in_by_its_key_tells_the_keys_label_and_no_secret(parts: Parts, lobby: Device, clock: MovableClock) -> None:
    key = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    lobby.join(enrolment_key=key.key)
    making, record = records(parts)
    assert (making["by"], making["who"], making["what"]) == ("system", "operator", "enrolment_key.made")
    assert (record["by"], record["who"], record["what"]) == ("enrolment_key", "first", "display.admitted")
    assert (record["before"], record["after"]["state"]) == ({}, "approved")
    lines = " ".join(parts.audit_log.oldest_first())
    assert [secret for secret in (key.key, key.key.split("_")[2], lobby.token) if secret in lines] == []


def test_a_display_let_in_by_the_setting_tells_the_setting(make_app: Callable[..., Flask], parts: Parts) -> None:
    Device(make_app(auto_approve=AutoApprove.ALL).test_client()).join()
    (record,) = records(parts)
    assert (record["by"], record["who"], record["what"]) == ("system", "DISPLAY_AUTO_APPROVE=all", "display.admitted")


def test_displays_that_only_wait_or_say_hello_again_leave_nothing(parts: Parts, lobby: Device, hall: Device) -> None:
    lobby.join()
    hall.join(enrolment_key="nonsense")
    lobby.hostname = "renamed"
    lobby.join()
    lobby.beat()
    assert records(parts) == []


def test_a_refused_act_leaves_nothing(parts: Parts, lobby: Device, ada: Person, paula: Person) -> None:
    lobby.join()
    assert ada.decide("revoke", lobby.display_id).status_code == 409
    assert paula.decide("approve", lobby.display_id, role="normal").status_code == 403
    assert records(parts) == []


def test_an_id_from_outside_is_not_taken(parts: Parts, lobby: Device, ada: Person) -> None:
    lobby.join()
    ada.client.environ_base["HTTP_X_REQUEST_ID"] = "forged"
    response = ada.decide("approve", lobby.display_id, role="normal")
    (record,) = records(parts)
    assert record["request"] == response.headers["X-Request-Id"] != "forged"


# -- all or nothing -----------------------------------------------------------------------------------------------------------


def test_an_act_whose_record_cannot_be_kept_does_not_happen(
    parts: Parts, lobby: Device, ada: Person, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("the store refuses path=")
    lobby.join()
    parts.stores.state.set(keys.AUDIT_LOG, "not a list")
    before = parts.registry.get(lobby.display_id)
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 503
    assert parts.registry.get(lobby.display_id) == before
    assert parts.audit_log.head() == BEGINNING


def test_a_display_whose_admission_cannot_be_recorded_is_not_admitted(
    parts: Parts, lobby: Device, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("the store refuses path=")
    key = parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock())
    parts.stores.state.set(keys.AUDIT_LOG, "not a list")
    assert lobby.say_hello(enrolment_key=key.key).status_code == 503
    assert parts.registry.in_session(1) == []
    assert parts.stores.state.hget(keys.enrolment_key(key.key_id), "uses") == "0"


def test_whoever_never_gets_their_turn_is_told_so(parts: Parts, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "TRIES", 3)
    always_late = parts.audit_log.move("return 'head_moved'")
    with pytest.raises(AuditBusy, match="try again"):
        always_late(deed(clock), keys=[], args=[])


def test_a_head_that_was_spoilt_stops_no_act_and_shows_in_the_chain(parts: Parts, lobby: Device, ada: Person) -> None:
    lobby.join()
    assert ada.decide("approve", lobby.display_id, role="normal").status_code == 200
    parts.stores.state.set(keys.AUDIT_HEAD, "spoilt")
    assert ada.decide("revoke", lobby.display_id).status_code == 200
    assert walk(parts.audit_log.oldest_first(), BEGINNING) == "record 1 does not follow record 1"


# -- many at once -------------------------------------------------------------------------------------------------------------


def together(*acts: Callable[[], object]) -> None:
    """Do all of them at the same moment."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_many_who_append_at_once_make_one_chain(parts: Parts, clock: MovableClock) -> None:
    def keep_five(name: str) -> None:
        for number in range(5):
            parts.audit_log.keep(deed(clock, f"{name}-{number}"))

    together(*[lambda name=f"thread-{number}": keep_five(name) for number in range(8)])
    assert parts.audit_log.head().sequence == parts.audit_log.length() == 40
    assert len({record["target"] for record in records(parts)}) == 40
    assert is_whole(parts)


def test_of_many_admins_who_decide_at_once_one_wins_and_stands_in_the_log(
    app: Flask, parts: Parts, clock: MovableClock, announced_logs: AnnouncedLogs
) -> None:
    admins = [person(app, parts, clock, f"admin-{number}", AccountRole.ADMIN) for number in range(6)]
    for number in range(5):
        display = Device(app.test_client(), f"display-{number}")
        display.join()
        won: list[str] = []

        def act(admin: Person, display: Device = display, won: list[str] = won) -> None:
            if admin.decide("reject", display.display_id).status_code == 200:
                won.append(admin.name)

        together(*[lambda admin=admin: act(admin) for admin in admins])
        (winner,) = won
        assert (records(parts)[-1]["who"], records(parts)[-1]["target"]) == (winner, display.display_id)
        assert parts.registry.get(display.display_id).state is State.REJECTED
    assert parts.audit_log.length() == 5
    assert is_whole(parts)


def test_admins_who_decide_about_different_displays_all_win(app: Flask, parts: Parts, clock: MovableClock) -> None:
    admins = [person(app, parts, clock, f"admin-{number}", AccountRole.ADMIN) for number in range(5)]
    displays = [Device(app.test_client(), f"display-{number}") for number in range(5)]
    for display in displays:
        display.join()
    acts = [
        lambda admin=admin, display=display: admin.decide("approve", display.display_id, role="normal")
        for admin, display in zip(admins, displays, strict=True)
    ]
    together(*acts)
    assert {parts.registry.get(display.display_id).state for display in displays} == {State.APPROVED}
    assert parts.audit_log.length() == 5
    assert is_whole(parts)


# -- reading ------------------------------------------------------------------------------------------------------------------


def test_records_are_read_newest_first_beyond_a_page(parts: Parts, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "PAGE", 3)
    for number in range(8):
        parts.audit_log.keep(deed(clock, str(number)))
    assert [json.loads(line)["target"] for line in parts.audit_log.newest_first()] == list("76543210")


def test_a_snapshot_is_of_one_moment(parts: Parts, clock: MovableClock) -> None:
    for number in range(5):
        parts.audit_log.keep(deed(clock, str(number)))
    lines, head = parts.audit_log.snapshot(newest=2)
    assert ([json.loads(line)["sequence"] for line in lines], head) == ([4, 5], parts.audit_log.head())
    assert len(parts.audit_log.snapshot()[0]) == 5


def test_a_record_that_comes_while_one_reads_is_not_read_twice(
    parts: Parts, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "PAGE", 3)
    for number in range(6):
        parts.audit_log.keep(deed(clock, str(number)))
    reading = parts.audit_log.newest_first()
    read = [next(reading)]
    parts.audit_log.keep(deed(clock, "late"))
    read += reading
    assert [json.loads(line)["target"] for line in read] == list("543210")


def test_only_what_is_still_the_oldest_is_dropped(parts: Parts, clock: MovableClock) -> None:
    for number in range(5):
        parts.audit_log.keep(deed(clock, str(number)))
    oldest = parts.audit_log.oldest(2)
    assert parts.audit_log.drop(oldest)
    assert not parts.audit_log.drop(oldest)
    assert [record["sequence"] for record in records(parts)] == [3, 4, 5]
    assert isinstance(walk(parts.audit_log.oldest_first(), None), Head)
