"""Two machines with one display's key: noticed whether they are on together or not, both stopped, resolved by an admin."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from controller.parts import Parts
from controller.rules.clones import Generations, TwoMachines, after_hello
from controller.services import keys
from controller.web.event_streams import RIGHT_CHECKED_S
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.device import HELLO, Device
from tests.support.person import Person
from wire.admin import DisplayView
from wire.display import DisplayState, HelloAnswer, Role, State

# -- the rule -----------------------------------------------------------------------------------------------------------------

KNOWN = Generations(current="current", before="before", lost_in_a_row=1)
RULES: list[tuple[str, Generations, str | None, bool, Generations]] = [
    ("a new display is given its first", Generations(), "", False, Generations("fresh")),
    ("an older kiosk is given none", Generations(), None, False, Generations()),
    ("after a conflict whatever is shown is accepted", Generations(), "other", False, Generations("fresh", "other")),
    ("what was given is shown and changed", KNOWN, "current", False, Generations("fresh", "current")),
    ("a lost reply shows the one before", KNOWN, "before", False, Generations("fresh", "before", 2)),
    ("the same boot is given the same again", KNOWN, "before", True, KNOWN),
    ("the same boot is never a copy", KNOWN, "other", True, KNOWN),
]


@pytest.mark.parametrize(
    ("known", "shown", "is_same_boot", "expected"), [row[1:] for row in RULES], ids=[row[0] for row in RULES]
)
def test_what_is_remembered_after_a_hello(
    known: Generations, shown: str | None, is_same_boot: bool, expected: Generations
) -> None:
    assert after_hello(known, shown, is_same_boot=is_same_boot, fresh="fresh") == expected


@pytest.mark.parametrize("shown", ["other", "", None])
def test_anything_else_is_two_machines(shown: str | None) -> None:
    with pytest.raises(TwoMachines):
        after_hello(KNOWN, shown, is_same_boot=False, fresh="fresh")


# -- machines -----------------------------------------------------------------------------------------------------------------


class Machine(Device):
    """A display machine that boots, and keeps what it is given as a kiosk does."""

    kept: str = ""

    def boot(self) -> DisplayState:
        """Start anew: another boot, another run."""
        self.boot_id, self.run_id = str(uuid.uuid4()), secrets.token_hex(16)
        return self.join(generation=self.kept)

    def join(self, **changes: object) -> DisplayState:
        """Say hello, and keep what it is given."""
        response = self.say_hello(**changes)
        assert response.status_code == 200, response.text
        answer = HelloAnswer.parse(response.data)
        self.token, self.display_id = answer.session_token, answer.display.display_id
        self.kept = answer.generation or self.kept
        return answer.display

    def copy(self, app: Flask) -> Machine:
        """Another machine with a copy of this one's disk."""
        other = Machine(app.test_client(), "copy")
        other.key, other.kept = self.key, self.kept
        return other

    def speak(self) -> TestResponse:
        """Send a heartbeat."""
        return self.post("heartbeat", self.heartbeat())

    def go_on(self) -> DisplayState:
        """Send a heartbeat as a kiosk does, which says hello again when it is told to."""
        response = self.speak()
        if response.status_code == 200:
            return DisplayState.parse(response.data)
        assert error(response) == (401, "no_session")
        return self.join(generation=self.kept)

    def hold_hello(self) -> Callable[[], TestResponse]:
        """A hello that is signed now, and arrives when the proxy that holds it back lets go of it."""
        body = self.hello_body(generation=self.kept)
        headers = self.signed_headers(body, self.nonce())
        return lambda: self.client.post(HELLO, data=body, headers=headers)


@pytest.fixture
def lobby(app: Flask, ada: Person) -> Machine:
    """A display that is approved and on."""
    machine = Machine(app.test_client(), "lobby")
    machine.boot()
    ada.decide("approve", machine.display_id, role="protected")
    return machine


@pytest.fixture
def copy(app: Flask, lobby: Machine) -> Machine:
    return lobby.copy(app)


@pytest.fixture
def noticed(announced_logs: AnnouncedLogs) -> None:
    """Two machines are noticed, and there is no SFU to remove them from."""
    announced_logs.allow("two machines use one display's key", "display not removed from the room yet")


def state_of(parts: Parts, machine: Machine) -> State:
    return parts.registry.get(machine.display_id).state


def error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


# -- one machine is never taken for two ---------------------------------------------------------------------------------------


def test_a_display_that_boots_and_restarts_stays_approved(lobby: Machine, parts: Parts) -> None:
    for _ in range(5):
        lobby.boot()
        lobby.run_id = secrets.token_hex(16)
        lobby.join(generation=lobby.kept)
        assert lobby.speak().status_code == 200
    assert (state_of(parts, lobby), parts.registry.get(lobby.display_id).generations_lost) == (State.APPROVED, 0)


def test_the_same_boot_is_given_the_same_again(lobby: Machine) -> None:
    given = lobby.kept
    lobby.join(generation="")
    assert (len(given), lobby.kept) == (32, given)


def test_a_newer_process_of_the_same_boot_takes_over(lobby: Machine, app: Flask, parts: Parts) -> None:
    newer = lobby.copy(app)
    newer.boot_id = lobby.boot_id
    newer.join(generation=newer.kept)
    assert error(lobby.speak()) == (409, "superseded")
    assert newer.speak().status_code == 200
    assert state_of(parts, lobby) is State.APPROVED


def test_replies_lost_three_times_are_a_warning_and_no_alarm(lobby: Machine, parts: Parts, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("is its disk failing")
    kept = lobby.kept
    lobby.boot()
    for lost in range(1, 6):
        lobby.kept = kept  # the disk takes nothing
        lobby.boot()
        assert len(announced_logs.lines) == (lost >= 3)
    lobby.boot()
    assert state_of(parts, lobby) is State.APPROVED


def test_a_stream_left_open_by_a_power_cut_is_no_second_machine(lobby: Machine, parts: Parts) -> None:
    """Its right is asked again after 15 s, by the controller and not by the machine."""
    assert RIGHT_CHECKED_S == 15
    left = lobby.token
    lobby.boot()
    with pytest.raises(Exception, match="another boot"):
        parts.device_sessions.of(left)
    assert state_of(parts, lobby) is State.APPROVED


def test_an_older_kiosk_that_keeps_nothing_works_as_before(app: Flask, parts: Parts, ada: Person) -> None:
    older = Machine(app.test_client(), "hall")
    for _ in range(3):
        older.boot_id = str(uuid.uuid4())
        response = older.say_hello()
        assert b"generation" not in response.data, "it takes no unknown field"
    assert parts.registry.in_session(1)[-1].generation is None


@pytest.mark.parametrize("shown", ["x", "0" * 31, "0" * 33, "A" * 32, "\n", 5])
def test_what_cannot_be_a_generation_is_refused(lobby: Machine, shown: object, parts: Parts) -> None:
    body = lobby.hello_body().replace(b'"generation":null', f'"generation":{shown!r}'.replace("'", '"').encode())
    response = lobby.client.post("/api/device/v1/hello", data=body, headers=lobby.signed_headers(body, lobby.nonce()))
    assert error(response) == (400, "malformed")
    assert state_of(parts, lobby) is State.APPROVED


# -- two machines are -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("noticed")
@pytest.mark.parametrize("path", ["heartbeat", "livekit-token"])
def test_on_together_they_are_noticed_when_the_first_speaks_again(lobby: Machine, copy: Machine, parts: Parts, path: str) -> None:
    assert copy.boot().state is State.APPROVED, "it might have been a reboot"
    assert error(lobby.post(path, lobby.heartbeat() if path == "heartbeat" else b"{}")) == (401, "no_session")
    assert state_of(parts, lobby) is State.APPROVED, "it might have been held back by a proxy"
    assert lobby.join(generation=lobby.kept).state is State.CONFLICT
    assert state_of(parts, lobby) is State.CONFLICT
    assert error(copy.post(path, copy.heartbeat() if path == "heartbeat" else b"{}")) == (409, "conflict")
    assert error(lobby.post("livekit-token")) == (403, "not_approved")


@pytest.mark.usefixtures("noticed")
def test_a_copy_that_keeps_no_generation_is_noticed_too_while_both_are_on(app: Flask, parts: Parts, ada: Person) -> None:
    older = Machine(app.test_client(), "hall")
    older.join()
    ada.decide("approve", older.display_id, role="normal")
    other = older.copy(app)
    other.boot_id = str(uuid.uuid4())
    assert other.join().state is State.APPROVED
    assert error(older.speak()) == (401, "no_session")
    assert older.join().state is State.CONFLICT


# -- what a proxy held back is no second machine --------------------------------------------------------------------------------


def test_a_request_of_an_earlier_boot_that_comes_late_changes_nothing(lobby: Machine, parts: Parts) -> None:
    left, run = lobby.token, lobby.run_id
    lobby.boot()
    lobby.token, now = left, lobby.token
    assert error(lobby.post("heartbeat", lobby.heartbeat().replace(lobby.run_id.encode(), run.encode()))) == (401, "no_session")
    lobby.token = now
    assert lobby.speak().status_code == 200
    assert state_of(parts, lobby) is State.APPROVED


@pytest.mark.parametrize("knew_the_boot", [True, False], ids=["boot that was heard", "boot that never was"])
def test_a_hello_of_an_earlier_boot_that_comes_late_changes_nothing(
    lobby: Machine, parts: Parts, clock: MovableClock, knew_the_boot: bool
) -> None:
    if not knew_the_boot:
        lobby.boot_id = str(uuid.uuid4())
    let_go = lobby.hold_hello()
    clock.move(1)
    lobby.boot()
    clock.move(1)
    assert error(let_go()) == (401, "use_nonce")
    assert lobby.speak().status_code == 200
    assert lobby.boot().state is State.APPROVED


def test_a_clock_that_was_set_back_keeps_no_boot_out(lobby: Machine, clock: MovableClock) -> None:
    clock.move(-3_600)
    assert lobby.boot().state is State.APPROVED
    assert lobby.speak().status_code == 200


# -- a backup of the state store was restored -----------------------------------------------------------------------------------


def restore(parts: Parts, lobby: Machine, backup: str) -> None:
    """The state store knows what it knew before."""
    parts.stores.state.hset(keys.display_registry(1), lobby.display_id, backup)


def backup_of(parts: Parts, lobby: Machine) -> str:
    found = parts.stores.state.hget(keys.display_registry(1), lobby.display_id)
    assert found is not None
    return found


@pytest.mark.parametrize("boots_since", [1, 2, 5])
def test_after_a_restored_backup_no_display_is_taken_for_a_copy(lobby: Machine, parts: Parts, boots_since: int) -> None:
    backup = backup_of(parts, lobby)
    for _ in range(boots_since):
        lobby.boot()
    restore(parts, lobby, backup)
    for _ in range(3):
        assert lobby.boot().state is State.APPROVED
        assert lobby.speak().status_code == 200
    assert parts.registry.get(lobby.display_id).generations_lost == 0


@pytest.mark.usefixtures("noticed")
def test_after_a_restored_backup_copies_are_noticed_as_ever(lobby: Machine, copy: Machine, parts: Parts) -> None:
    backup = backup_of(parts, lobby)
    for _ in range(3):
        lobby.boot()
    later = lobby.copy(lobby.client.application)
    restore(parts, lobby, backup)
    assert lobby.boot().state is State.APPROVED
    assert lobby.boot().state is State.APPROVED
    assert later.boot().state is State.CONFLICT


@pytest.mark.usefixtures("noticed")
def test_after_a_resolved_conflict_the_machine_that_was_given_more_is_no_later_one(
    lobby: Machine, copy: Machine, ada: Person, parts: Parts
) -> None:
    for _ in range(3):
        copy.boot()
    assert lobby.boot().state is State.CONFLICT
    ada.decide("resolve", lobby.display_id)
    assert lobby.boot().state is State.PENDING
    assert copy.boot().state is State.CONFLICT


@pytest.mark.usefixtures("noticed")
def test_a_generation_that_a_copy_makes_up_is_no_later_one(copy: Machine) -> None:
    copy.kept = f"{99:08x}{copy.kept[8:]}"
    assert copy.boot().state is State.CONFLICT


def test_a_generation_of_before_they_were_numbered_is_followed_by_the_first(lobby: Machine, parts: Parts) -> None:
    lobby.kept = secrets.token_hex(16)
    fields = json.loads(backup_of(parts, lobby))
    restore(parts, lobby, json.dumps({**fields, "generation": lobby.kept}))
    for _ in range(3):
        assert lobby.boot().state is State.APPROVED
    assert lobby.kept.startswith("00000003")


@pytest.mark.usefixtures("noticed")
def test_never_on_together_they_are_noticed_at_the_third_contact(lobby: Machine, copy: Machine, parts: Parts) -> None:
    copy.boot()
    lobby.boot()
    assert state_of(parts, lobby) is State.APPROVED, "the reply might have been lost"
    assert copy.boot().state is State.CONFLICT


@pytest.mark.usefixtures("noticed")
def test_a_copy_without_the_generation_is_noticed_at_once(lobby: Machine, copy: Machine) -> None:
    lobby.boot()
    copy.kept = ""
    assert copy.boot().state is State.CONFLICT


@pytest.mark.usefixtures("noticed")
def test_a_copy_that_passes_for_an_older_kiosk_is_noticed_at_once(lobby: Machine, copy: Machine) -> None:
    copy.boot_id = str(uuid.uuid4())
    assert copy.join().state is State.CONFLICT


@pytest.mark.usefixtures("noticed")
def test_in_conflict_no_hello_changes_anything(lobby: Machine, copy: Machine, parts: Parts) -> None:
    copy.boot()
    lobby.go_on()
    before = parts.registry.get(lobby.display_id)
    for machine in (lobby, copy, lobby):
        assert machine.boot().state is State.CONFLICT
    assert parts.registry.get(lobby.display_id) == before


@pytest.mark.usefixtures("noticed")
def test_the_dashboard_says_so_and_the_audit_log_tells(lobby: Machine, copy: Machine, parts: Parts, ada: Person) -> None:
    copy.boot()
    lobby.go_on()
    view = DisplayView.model_validate(ada.get("/api/admin/livekit/displays?session_id=1").get_json()["displays"][0], strict=False)
    assert (view.state, view.role, view.decided_by) == (State.CONFLICT, None, "clone detection")
    assert '"display.suspended"' in next(parts.audit_log.newest_first())


@pytest.mark.usefixtures("noticed")
@pytest.mark.parametrize("act", ["reject", "revoke"])
def test_who_is_turned_away_stays_so(lobby: Machine, copy: Machine, parts: Parts, ada: Person, act: str) -> None:
    ada.decide("revoke", lobby.display_id)
    if act == "reject":
        ada.decide("pending", lobby.display_id)
        ada.decide("reject", lobby.display_id)
    copy.boot()
    assert error(lobby.speak()) == (409, "conflict")
    assert state_of(parts, lobby) is (State.REVOKED if act == "revoke" else State.REJECTED)


# -- an admin resolves it -----------------------------------------------------------------------------------------------------


@pytest.fixture
def in_conflict(noticed: None, lobby: Machine, copy: Machine) -> Machine:
    """The lobby's display, in conflict with its copy."""
    del noticed
    copy.boot()
    lobby.go_on()
    return lobby


def test_after_resolving_the_wanted_machine_waits_and_lives_on(in_conflict: Machine, ada: Person, parts: Parts) -> None:
    view = DisplayView.parse(ada.decide("resolve", in_conflict.display_id).data)
    assert (view.state, view.role) == (State.PENDING, None)
    assert error(in_conflict.speak()) == (401, "no_session")
    assert in_conflict.boot().state is State.PENDING
    ada.decide("approve", in_conflict.display_id, role="normal")
    for _ in range(3):
        assert in_conflict.boot().role is Role.NORMAL
        assert in_conflict.speak().status_code == 200


def test_the_other_machine_brings_the_conflict_back(in_conflict: Machine, copy: Machine, ada: Person, parts: Parts) -> None:
    ada.decide("resolve", in_conflict.display_id)
    assert error(copy.speak()) == (401, "no_session")
    in_conflict.boot()
    assert copy.boot().state is State.CONFLICT
    assert error(in_conflict.speak()) == (409, "conflict")


def test_the_other_machine_brings_the_conflict_back_also_without_a_new_boot(
    in_conflict: Machine, copy: Machine, ada: Person, parts: Parts
) -> None:
    ada.decide("resolve", in_conflict.display_id)
    assert in_conflict.go_on().state is State.PENDING
    assert copy.go_on().state is State.CONFLICT
    assert error(in_conflict.speak()) == (409, "conflict")


def test_a_display_in_conflict_can_be_revoked(in_conflict: Machine, ada: Person, parts: Parts) -> None:
    assert ada.decide("revoke", in_conflict.display_id).status_code == 200
    assert state_of(parts, in_conflict) is State.REVOKED


@pytest.mark.parametrize("act", ["approve", "reject", "pending"])
def test_nothing_else_is_done_to_a_display_in_conflict(in_conflict: Machine, ada: Person, parts: Parts, act: str) -> None:
    body = {"role": "normal"} if act == "approve" else {}
    assert error(ada.decide(act, in_conflict.display_id, **body)) == (409, "not_allowed")
    assert state_of(parts, in_conflict) is State.CONFLICT


def test_resolving_is_refused_where_there_is_no_conflict(lobby: Machine, ada: Person, paula: Person, parts: Parts) -> None:
    assert error(ada.decide("resolve", lobby.display_id)) == (409, "not_allowed")
    assert lobby.speak().status_code == 200, "its session goes on"
    assert error(ada.decide("resolve", "0" * 26)) == (404, "unknown_display")
    assert error(ada.decide("resolve", lobby.display_id, session_id=7)) == (404, "unknown_session")
    assert error(ada.decide("resolve", lobby.display_id, role="normal")) == (400, "malformed")
    assert error(paula.decide("resolve", lobby.display_id)) == (403, "wrong_role")
    foreign = {"Origin": "http://evil.example.org"}
    path = f"/api/admin/livekit/displays/{lobby.display_id}/resolve"
    assert error(ada.client.post(path, json={"session_id": 1}, headers=foreign)) == (403, "foreign_origin")


def test_a_stale_page_resolves_nothing(in_conflict: Machine, ada: Person, parts: Parts) -> None:
    seen = parts.registry.get(in_conflict.display_id).revision
    assert error(ada.decide("resolve", in_conflict.display_id, revision=seen - 1)) == (409, "changed_meanwhile")
    assert ada.decide("resolve", in_conflict.display_id, revision=seen).status_code == 200
    assert error(ada.decide("resolve", in_conflict.display_id, revision=seen)) == (409, "changed_meanwhile")


def test_a_session_of_before_the_update_is_not_taken_for_a_copy(lobby: Machine, parts: Parts) -> None:
    parts.stores.live.set(keys.device_run(lobby.display_id), f"{lobby.boot_id} {lobby.run_id}")
    assert error(lobby.speak()) == (401, "no_session")
    assert lobby.boot().state is State.APPROVED


def test_two_displays_of_one_enrolment_key_are_no_copies(
    make_app: Callable[..., Flask], parts: Parts, clock: MovableClock
) -> None:
    key = parts.enrolment_keys.create(label="two", max_uses=2, life=timedelta(days=1), now=clock()).key
    for hostname in ("hall", "workshop"):
        machine = Machine(make_app().test_client(), hostname)
        machine.boot_id = str(uuid.uuid4())
        assert machine.join(enrolment_key=key, generation="").state is State.APPROVED
