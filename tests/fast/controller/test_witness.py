"""A state store that comes back older, empty or as another one is noticed, and nothing is decided on it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from flask import Flask
from werkzeug.test import TestResponse

from controller import cli
from controller.parts import Parts
from controller.rules.audit_chain import BEGINNING, Actor, ActorKind, Deed, Head, follow, head_of
from controller.rules.witness import trouble_with
from controller.services.accounts import AccountRole
from controller.services.audit_log import StateInDoubt
from controller.services.livekit_tokens import LiveKitTokens
from controller.services.witness import Witness
from controller.steward import Steward
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import SECRET, MovableClock, person
from tests.support.device import Device
from tests.support.old_copies import OldCopy
from tests.support.own_stores import OwnStore
from tests.support.person import Person
from wire.display import State

ADA = Actor(ActorKind.ACCOUNT, "ada")


def deed(clock: MovableClock, what: str = "display.tried") -> Deed:
    return Deed(clock(), ADA, what, "LOBBY", {}, {})


# -- the rule ------------------------------------------------------------------------------------------------------------------


def test_a_log_that_ends_where_it_did_or_later_is_fine(clock: MovableClock) -> None:
    first = follow(BEGINNING, deed(clock))
    second = follow(first.head, deed(clock))
    assert trouble_with(None, BEGINNING, None) is None, "nothing was acknowledged yet"
    assert trouble_with(first.head, first.head, first.line) is None
    assert trouble_with(first.head, second.head, first.line) is None
    assert trouble_with(first.head, second.head, None) is None, "older records may be kept elsewhere"


def test_an_older_an_empty_and_another_log_are_not(clock: MovableClock) -> None:
    first = follow(BEGINNING, deed(clock))
    second = follow(first.head, deed(clock))
    other = follow(first.head, deed(clock, "display.tried_otherwise"))
    after_other = follow(other.head, deed(clock))
    assert "ends with record 1, and record 2" in (trouble_with(second.head, first.head, None) or "")
    assert "ends with record 0" in (trouble_with(second.head, BEGINNING, None) or "")
    assert "record 2 " in (trouble_with(second.head, other.head, other.line) or "")
    assert "record 2 " in (trouble_with(second.head, after_other.head, other.line) or "")
    assert "record 2 " in (trouble_with(second.head, after_other.head, "{}") or "")


# -- the file ------------------------------------------------------------------------------------------------------------------


def head(sequence: int) -> Head:
    return Head(sequence, "a" * 64)


def test_the_witness_remembers_the_latest_whoever_comes_last(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "new folder" / "witness")
    assert witness.last() is None
    for sequence in (1, 3, 2):
        witness.saw(head(sequence))
    assert Witness(tmp_path / "new folder" / "witness").last() == head(3)


def test_many_at_once_leave_the_latest(tmp_path: Path) -> None:
    path = tmp_path / "witness"
    together = [threading.Thread(target=Witness(path).saw, args=(head(sequence),)) for sequence in range(1, 25)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert Witness(path).last() == head(24)
    assert [found.name for found in tmp_path.iterdir() if found.name.startswith(".")] == [], "no drafts are left"


def test_a_witness_that_cannot_write_says_so_once_and_stops_nobody(tmp_path: Path, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("ERROR .*the witness .* cannot be written")
    (tmp_path / "file").write_text("")
    witness = Witness(tmp_path / "file" / "witness")
    witness.saw(head(1))
    witness.saw(head(2))
    assert len(announced_logs.lines) == 1


def test_a_witness_that_holds_nonsense_says_so_and_begins_anew(tmp_path: Path, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("ERROR .*the witness .* cannot be read")
    (tmp_path / "witness").write_text("nonsense")
    witness = Witness(tmp_path / "witness")
    assert witness.last() is None
    witness.saw(head(2))
    assert witness.last() == head(2)


# -- the controller ------------------------------------------------------------------------------------------------------------


class Stage:
    """A controller with a witness: an admin, a presenter, and a display that is approved."""

    def __init__(self, app: Flask, store: OwnStore, clock: MovableClock, witness_file: Path) -> None:
        self.app, self.store, self.clock = app, store, clock
        self.parts: Parts = app.extensions["marquee"]
        self.witness = Witness(witness_file)
        self.ada: Person = person(app, self.parts, clock, "ada", AccountRole.ADMIN)
        self.paula: Person = person(app, self.parts, clock, "paula", AccountRole.PRESENTER)
        self.lobby = Device(app.test_client(), "lobby")
        self.lobby.join()
        self.copy: OldCopy | None = None

    def approve(self) -> TestResponse:
        return self.ada.decide("approve", self.lobby.display_id, role="normal")

    def revoke(self) -> TestResponse:
        return self.ada.decide("revoke", self.lobby.display_id)

    def keep_aside(self) -> None:
        self.store.stop()
        self.copy = OldCopy(self.store.data)
        self.store.start()

    def come_back_older(self) -> None:
        assert self.copy is not None
        self.store.stop()
        self.copy.put_back()
        self.store.start()

    def come_back_empty(self) -> None:
        with redis.Redis.from_url(self.store.url) as operator:
            operator.flushall()

    def doubt(self) -> str | None:
        found = self.parts.audit_log.doubt()
        return None if found is None else found.trouble

    def accept(self, seen: str) -> TestResponse:
        return self.ada.post("/api/admin/state/accept", {"head": seen})


@pytest.fixture
def stage(
    make_app: Callable[..., Flask],
    own_state_store: OwnStore,
    live_store: str,
    clock: MovableClock,
    tmp_path: Path,
    announced_logs: AnnouncedLogs,
) -> Stage:
    announced_logs.allow("store lost", "display not removed from the room yet")
    app = make_app(redis_url=own_state_store.url, redis_live_url=live_store, witness_file=tmp_path / "witness")
    return Stage(app, own_state_store, clock, tmp_path / "witness")


def is_in_doubt(response: TestResponse) -> bool:
    assert (response.status_code, response.headers.get("Retry-After")) == (503, "2"), response.text
    return bool(response.get_json()["error"] == "state_in_doubt")


def test_what_is_acknowledged_was_witnessed_before(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    assert stage.witness.last() == stage.parts.audit_log.head()
    assert stage.ada.decide("reject", stage.lobby.display_id).status_code == 409, "a refusal leaves it"
    assert stage.witness.last() == stage.parts.audit_log.head()


def test_a_store_that_was_only_restarted_is_trusted(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.store.stop()
    stage.store.start()
    assert stage.doubt() is None
    assert stage.lobby.beat().state is State.APPROVED


def test_a_store_that_knows_more_than_the_witness_is_trusted(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    before = stage.witness.last()
    assert stage.revoke().status_code == 200
    assert before is not None
    stage.witness.replace(before)
    assert stage.doubt() is None
    assert stage.ada.decide("pending", stage.lobby.display_id).status_code == 200


def test_on_an_older_store_nothing_is_decided_and_nobody_is_told_how_they_stand(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.keep_aside()
    assert stage.revoke().status_code == 200
    stage.come_back_older()
    assert "ends with record 1, and record 2 was acknowledged" in (stage.doubt() or "")
    assert is_in_doubt(stage.lobby.post("heartbeat", stage.lobby.heartbeat()))
    assert is_in_doubt(stage.lobby.post("livekit-token")), "it was revoked, and the store does not know"
    assert is_in_doubt(stage.revoke())
    assert is_in_doubt(stage.ada.post("/api/admin/enrolment-keys", {"label": "k", "uses": 1, "days": 1, "session_id": 1}))
    assert is_in_doubt(stage.paula.post("/api/admin/presenter/livekit-token", {"session_id": 1}))
    assert stage.parts.audit_log.length() == 1


def test_on_an_empty_store_nobody_comes_in_and_nobody_presents(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.come_back_empty()
    assert is_in_doubt(stage.lobby.post("heartbeat", stage.lobby.heartbeat())), "not: say hello again, and wait"
    assert is_in_doubt(stage.lobby.say_hello())
    assert stage.parts.registry.in_session(1) == []


def test_a_presenter_who_presents_is_not_told_that_the_lease_is_gone(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.keep_aside()
    assert stage.revoke().status_code == 200
    stage.come_back_older()
    message = {"session_id": 1, "lease": "s" * 22, "phase": "live"}
    assert is_in_doubt(stage.paula.post("/api/presenter/v1/heartbeat", message))
    assert is_in_doubt(stage.paula.delete("/api/presenter/v1/lease", {"session_id": 1, "lease": "s" * 22}))


def test_an_admin_signs_in_to_end_the_doubt_and_only_our_log_has_it(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    assert stage.approve().status_code == 200
    stage.keep_aside()
    assert stage.revoke().status_code == 200
    stage.come_back_older()
    ada = Person(stage.app.test_client(), "ada", stage.ada.password)
    with caplog.at_level(logging.INFO):
        assert ada.sign_in().status_code == 302
    assert "not recorded what=sign_in.began target=ada" in caplog.text
    assert stage.parts.audit_log.length() == 1
    assert ada.post("/api/admin/state/accept", {"head": str(stage.parts.audit_log.head())}).status_code == 200


def test_the_door_lets_the_sfu_decide(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.come_back_empty()
    livekit = stage.parts.settings.livekit
    assert livekit is not None
    token = LiveKitTokens(livekit).for_display("marquee-1-1", stage.lobby.display_id)
    for shown, status in ((token, 503), ("any", 403)):  # the proxy passes what the door cannot judge
        asked = {"X-Forwarded-Uri": f"/rtc?access_token={shown}"}
        assert stage.app.test_client().get("/internal/livekit/admit", headers=asked).status_code == status


def test_the_steward_does_nothing_and_says_so_once(stage: Stage, announced_logs: AnnouncedLogs) -> None:
    announced_logs.allow("ERROR .*the state store came back older")
    assert stage.approve().status_code == 200
    stage.come_back_empty()
    steward = Steward(stage.parts)
    assert steward.enter_office()
    steward._look_at_all()
    steward._look_at_all()
    assert stage.parts.sfu_statuses.last(1) is None
    assert len([line for line in announced_logs.lines if "came back older" in line]) == 1


def test_readiness_says_it(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    assert stage.app.test_client().get("/readyz").get_json()["state"] == "ok"
    stage.come_back_empty()
    response = stage.app.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["state"].startswith("in doubt")


def test_the_right_copy_put_back_ends_the_doubt(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.keep_aside()
    stage.come_back_empty()
    assert stage.doubt() is not None
    stage.come_back_older()
    assert stage.doubt() is None
    assert stage.lobby.beat().state is State.APPROVED


def test_an_admin_sees_it_and_accepts_it_and_that_is_recorded(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.keep_aside()
    assert stage.revoke().status_code == 200
    witnessed = stage.witness.last()
    stage.come_back_older()
    snapshot = stage.parts.wall.snapshot(stage.parts.sessions.get(1), stage.clock())
    assert snapshot.doubt is not None
    assert "record 2 was acknowledged" in snapshot.doubt.message
    assert stage.accept(snapshot.doubt.head).status_code == 200
    record = json.loads(stage.parts.audit_log.oldest_first()[-1])
    assert (record["what"], record["who"], record["sequence"]) == ("state.accepted", "ada", 2)
    assert (record["before"], record["after"]) == ({"head": str(witnessed)}, {"head": snapshot.doubt.head})
    assert stage.lobby.beat().state is State.APPROVED, "as the copy says"
    assert stage.revoke().status_code == 200
    assert stage.doubt() is None


def test_a_stale_page_accepts_nothing(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    seen = str(stage.parts.audit_log.head())
    assert stage.accept(seen).get_json()["error"] == "not_accepted", "nothing is in doubt"
    assert stage.revoke().status_code == 200
    stage.keep_aside()
    assert stage.ada.decide("pending", stage.lobby.display_id).status_code == 200
    stage.come_back_older()
    response = stage.accept(seen)
    assert (response.status_code, response.get_json()["error"]) == (409, "not_accepted")
    assert stage.doubt() is not None


@pytest.mark.parametrize("shown", ["", "1", "x:" + "a" * 64, "1:" + "a" * 63, "-1:" + "a" * 64, None])
def test_a_head_that_is_none_is_refused(stage: Stage, shown: str | None) -> None:
    assert stage.ada.post("/api/admin/state/accept", {"head": shown}).status_code == 400


def test_no_presenter_and_no_program_accepts_anything(stage: Stage) -> None:
    body = {"head": f"0:{'0' * 64}"}
    assert stage.paula.post("/api/admin/state/accept", body).status_code == 403
    _, key = stage.parts.api_keys.create("lights", AccountRole.ADMIN, life=timedelta(days=7), by=ADA, now=stage.clock())
    answer = stage.app.test_client().post("/api/admin/state/accept", json=body, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "in_person")


def test_an_operator_sees_it_and_accepts_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert stage.approve().status_code == 200
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setenv("REDIS_URL", stage.store.url)
    monkeypatch.setenv("CONTROLLER_SECRET_KEY", SECRET)
    monkeypatch.setenv("STATE_WITNESS", str(tmp_path / "witness"))
    assert cli.main(["state", "show"]) == 0
    stage.come_back_empty()
    assert cli.main(["state", "show"]) == 1
    assert cli.main(["enrolment-key", "create", "--label", "lobby"]) == 1
    assert "state accept" in capsys.readouterr().err
    assert cli.main(["state", "accept"]) == 0
    assert cli.main(["enrolment-key", "create", "--label", "lobby"]) == 0
    assert cli.main(["state", "accept"]) == 0, "twice does no harm"


def test_without_a_witness_nothing_is_noticed(parts: Parts, clock: MovableClock, state_store: str) -> None:
    parts.audit_log.keep(deed(clock))
    with redis.Redis.from_url(state_store) as operator:
        operator.flushall()
    assert parts.audit_log.doubt() is None


def test_a_doubt_is_raised_by_every_move(stage: Stage) -> None:
    assert stage.approve().status_code == 200
    stage.come_back_empty()
    with pytest.raises(StateInDoubt):
        stage.parts.audit_log.keep(deed(stage.clock))
    assert head_of(str(stage.witness.last())) == stage.witness.last()
