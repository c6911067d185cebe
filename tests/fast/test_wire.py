"""Golden messages, and what every message refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import wire
from wire import admin, audit, bandwidth, command, display, enrolment, people, presenter, quality, refusal
from wire.message import MalformedMessage, Message, read_strict_json

EXAMPLES = Path(wire.__file__).parent / "examples"

KINDS: dict[str, type[Message]] = {
    "accept_state_request": admin.AcceptStateRequest,
    "accepted_state": admin.AcceptedState,
    "account_change": people.AccountChange,
    "account_list": people.AccountList,
    "admin_snapshot": admin.AdminSnapshot,
    "api_key_list": people.ApiKeyList,
    "approve_request": admin.ApproveRequest,
    "archive_session_request": admin.ArchiveSessionRequest,
    "unarchive_session_request": admin.UnarchiveSessionRequest,
    "audit_list": audit.AuditList,
    "bandwidth_status": bandwidth.BandwidthStatus,
    "bandwidth_history": bandwidth.BandwidthHistory,
    "command_request": command.CommandRequest,
    "command_result": command.CommandResult,
    "display_list": admin.DisplayList,
    "display_state_commanded": display.DisplayState,
    "display_state_approved": display.DisplayState,
    "display_state_pending": display.DisplayState,
    "display_view": admin.DisplayView,
    "heartbeat": display.Heartbeat,
    "enrolment_key_list": enrolment.EnrolmentKeyList,
    "hello": display.Hello,
    "hello_answer": display.HelloAnswer,
    "lease_release": presenter.LeaseRelease,
    "lift_request": bandwidth.LiftRequest,
    "move_display_request": admin.MoveDisplayRequest,
    "new_account": people.NewAccount,
    "new_api_key": people.NewApiKey,
    "nonce_answer": display.NonceAnswer,
    "new_enrolment_key": enrolment.NewEnrolmentKey,
    "pairing_code_request": admin.PairingCodeRequest,
    "password_change": people.PasswordChange,
    "presenter_beat": presenter.PresenterBeat,
    "presenter_heartbeat": presenter.PresenterHeartbeat,
    "presenter_status": presenter.PresenterStatus,
    "presenter_token": presenter.PresenterToken,
    "presenter_token_request": presenter.PresenterTokenRequest,
    "refusal": refusal.Refusal,
    "quality_log": quality.QualityLog,
    "rename_display_request": admin.RenameDisplayRequest,
    "replace_display_request": admin.ReplaceDisplayRequest,
    "room_token": display.RoomToken,
    "session_list": admin.SessionList,
    "session_name_request": admin.SessionNameRequest,
    "session_request": admin.SessionRequest,
    "session_view": admin.SessionView,
    "locked_room": admin.LockedRoom,
    "shown_enrolment_key": enrolment.ShownEnrolmentKey,
    "sfu_status": admin.SfuStatus,
    "still_query": presenter.StillQuery,
    "shown_api_key": people.ShownApiKey,
    "shown_password": people.ShownPassword,
    "sign_in_list": people.SignInList,
    "state_doubt": admin.StateDoubt,
}


def test_each_example_has_its_message_and_the_other_way_round() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_golden_message_survives_reading_and_writing(name: str) -> None:
    raw = (EXAMPLES / f"{name}.json").read_bytes()
    assert json.loads(KINDS[name].parse(raw).to_json()) == json.loads(raw)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "not JSON"),
        (b"[1", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"session_id": NaN}', "NaN is not JSON"),
        (b'{"session_id": 1, "session_id": 2}', "same key twice"),
        (b'{"session_id": 1, "lease": "a", "extra": 1}', "extra"),
        (b'{"session_id": true}', "session_id"),
        (b'{"session_id": "1"}', "session_id"),
        (b'{"session_id": 0}', "session_id"),
        (b'{"session_id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "nested too deeply"),
        (b'{"lease": "\\ud800", "session_id": 1}', "not JSON"),
    ],
)
def test_what_is_not_the_message_is_refused_in_words(raw: bytes, complaint: str) -> None:
    with pytest.raises(MalformedMessage, match=complaint):
        presenter.LeaseRelease.parse(raw)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\x1b\x85", "\u2028"], ids=ascii)
def test_what_a_device_says_of_itself_is_one_line(between: str) -> None:
    said = f"lobby{between}ERROR forged"
    hardware = display.Hardware.parse(json.dumps({"hostname": said, "model": said, "os": said}).encode())
    assert (hardware.hostname, hardware.model, hardware.os) == ("lobby ERROR forged",) * 3
    assert display.ViewerReport(presenter_identity=said, sfu_version=said).sfu_version == "lobby ERROR forged"


@pytest.mark.parametrize("name", ["Bühne 2", "大厅", "מסך הלובי", "می‌خواهم", "👩‍💻 desk", "lobby / left"])
def test_names_of_every_script_are_left_alone(name: str) -> None:
    assert display.Hardware(hostname=name).hostname == name


def test_strict_reading_gives_plain_values() -> None:
    assert read_strict_json(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}


@pytest.mark.parametrize("text", ["", " 1", "1_0", "+1", "1.0", "01", "-0", "\u0661", "0", "1000001", "9" * 5_000, "many"])
def test_a_number_in_a_query_is_written_in_one_way(text: str) -> None:
    assert display.SessionQuery.from_texts({"session_id": "10"}).session_id == 10
    with pytest.raises(MalformedMessage, match="session_id"):
        display.SessionQuery.from_texts({"session_id": text})
