"""What an operator does by hand."""

from __future__ import annotations

import json
import re

import pytest

from controller import cli
from controller.parts import Parts, utc_now
from controller.services.accounts import AccountRole
from controller.settings import VARIABLES, Settings
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import SECRET
from tests.support.device import Device
from wire.display import State


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, wanted: Settings) -> None:
    """The variables an operator has set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", wanted.redis_url)
    monkeypatch.setenv("REDIS_LIVE_URL", wanted.redis_live_url)
    monkeypatch.setenv("CONTROLLER_SECRET_KEY", SECRET)


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    found: dict[str, str] = json.loads(capsys.readouterr().out)
    return found


def test_a_new_account_gets_a_password_that_fits(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    assert cli.main(["user", "add", "ada", "--role", "admin", "--json"]) == 0
    said = answer(capsys)
    assert (said["name"], said["role"]) == ("ada", "admin")
    account = parts.accounts.verify("ada", said["password"])
    assert account is not None
    assert account.role is AccountRole.ADMIN


def test_a_password_is_said_to_people_too(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    assert cli.main(["user", "add", "paula", "--role", "presenter"]) == 0
    found = re.search(r"^paula \(presenter\) password: (\S+)$", capsys.readouterr().out, flags=re.M)
    assert found is not None
    assert parts.accounts.verify("paula", found[1]) is not None


def test_an_account_there_is_already_is_left_alone(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    cli.main(["user", "add", "ada", "--role", "presenter", "--json"])
    password = answer(capsys)["password"]
    assert cli.main(["user", "add", "ada", "--role", "admin"]) == 1
    said = capsys.readouterr()
    assert (said.out, "--replace" in said.err) == ("", True)
    account = parts.accounts.verify("ada", password)
    assert account is not None
    assert account.role is AccountRole.PRESENTER


def test_replacing_gives_another_role_and_password(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    cli.main(["user", "add", "ada", "--role", "presenter", "--json"])
    old = answer(capsys)["password"]
    assert cli.main(["user", "add", "ada", "--role", "admin", "--replace", "--json"]) == 0
    account = parts.accounts.verify("ada", answer(capsys)["password"])
    assert account is not None
    assert account.role is AccountRole.ADMIN
    assert parts.accounts.verify("ada", old) is None


@pytest.mark.parametrize("name", ["", " ada", "a" * 61, "a\nb"])
def test_a_name_that_cannot_be_used_is_refused(capsys: pytest.CaptureFixture[str], parts: Parts, name: str) -> None:
    assert cli.main(["user", "add", name, "--role", "admin"]) == 1
    assert "1 to 60 printable characters" in capsys.readouterr().err
    assert parts.accounts.find(name) is None


def test_accounts_are_listed_changed_and_removed(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    for name, role in (("ada", "admin"), ("paula", "presenter")):
        cli.main(["user", "add", name, "--role", role])
    assert cli.main(["user", "role", "paula", "admin"]) == 0
    capsys.readouterr()
    assert cli.main(["user", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == ["ada\tadmin\tall sessions", "paula\tadmin\tall sessions"]
    assert cli.main(["user", "remove", "ada"]) == 0
    assert [account.name for account in parts.accounts.all()] == ["paula"]


def test_a_lost_password_is_drawn_anew(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    cli.main(["user", "add", "ada", "--role", "admin"])
    capsys.readouterr()
    assert cli.main(["user", "password", "ada"]) == 0
    found = re.search(r"^ada password: (\S+)$", capsys.readouterr().out, flags=re.M)
    assert found is not None
    assert parts.accounts.verify("ada", found[1]) is not None


@pytest.mark.parametrize("act", ["remove ada", "role ada presenter", "add ada --role presenter --replace"])
def test_the_last_admin_stays(capsys: pytest.CaptureFixture[str], parts: Parts, act: str) -> None:
    cli.main(["user", "add", "ada", "--role", "admin"])
    assert cli.main(["user", *act.split()]) == 1
    assert "only admin" in capsys.readouterr().err
    assert parts.accounts.get("ada").role is AccountRole.ADMIN


@pytest.mark.parametrize("arguments", [["remove", "nobody"], ["role", "nobody", "admin"], ["password", "nobody"]])
def test_nobody_is_named(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.main(["user", *arguments]) == 1
    assert "there is no account nobody" in capsys.readouterr().err


def test_an_api_key_is_made_listed_and_revoked(capsys: pytest.CaptureFixture[str], parts: Parts) -> None:
    assert cli.main(["api-key", "create", "--label", "lights", "--role", "presenter", "--days", "2"]) == 0
    key, words = capsys.readouterr().out.splitlines()
    assert words.startswith("For lights, as presenter, until ")
    account = parts.api_keys.account_of(key, utc_now())
    assert account is not None
    assert account.role is AccountRole.PRESENTER
    cli.main(["api-key", "list"])
    key_id, label, role, *_ = capsys.readouterr().out.split("\t")
    assert (label, role) == ("lights", "presenter")
    assert cli.main(["api-key", "revoke", key_id]) == 0
    assert parts.api_keys.account_of(key, utc_now()) is None
    assert cli.main(["api-key", "revoke", key_id]) == 1


@pytest.mark.parametrize("wish", [["--label", ""], ["--label", "x", "--days", "401"], ["--label", "x", "--days", "0"]])
def test_an_api_key_without_a_label_or_an_end_is_refused(capsys: pytest.CaptureFixture[str], wish: list[str]) -> None:
    assert cli.main(["api-key", "create", "--role", "admin", *wish]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [[], ["user"], ["user", "add", "ada"], ["user", "add", "ada", "--role", "king"], ["dance"]])
def test_what_is_no_command_is_explained(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_enrolment_key_lets_in_as_many_as_it_says(capsys: pytest.CaptureFixture[str], lobby: Device, hall: Device) -> None:
    assert cli.main(["enrolment-key", "create", "--label", "first", "--uses", "1", "--json"]) == 0
    key = answer(capsys)["key"]
    assert [display.join(enrolment_key=key).state for display in (lobby, hall)] == [State.APPROVED, State.PENDING]


def test_an_enrolment_key_is_shown_once_to_people(capsys: pytest.CaptureFixture[str], lobby: Device) -> None:
    assert cli.main(["enrolment-key", "create", "--label", "first", "--days", "2"]) == 0
    key, words = capsys.readouterr().out.splitlines()
    assert words == "For 1 display(s), 2 days. It is shown only now."
    assert lobby.join(enrolment_key=key).state is State.APPROVED


def test_keys_are_listed_and_revoked(capsys: pytest.CaptureFixture[str], lobby: Device) -> None:
    cli.main(["enrolment-key", "create", "--label", "first", "--json"])
    made = answer(capsys)
    assert cli.main(["enrolment-key", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"{made['id']}  good  0 of 1 used  until" in listed
    assert made["key"] not in listed
    assert cli.main(["enrolment-key", "revoke", made["id"]]) == 0
    assert "Nobody more comes in by first" in capsys.readouterr().out
    assert lobby.join(enrolment_key=made["key"]).state is State.PENDING
    for unknown in (made["id"], "ffffffff"):
        assert cli.main(["enrolment-key", "revoke", unknown]) == 1
        assert "there is no enrolment key" in capsys.readouterr().err


@pytest.mark.parametrize("limits", [["--uses", "0"], ["--uses", "51"], ["--days", "0"], ["--days", "91"]])
def test_a_key_without_sensible_limits_is_refused(capsys: pytest.CaptureFixture[str], limits: list[str]) -> None:
    assert cli.main(["enrolment-key", "create", "--label", "first", *limits]) == 2
    said = capsys.readouterr()
    assert (said.out, "1 to 90 days and 1 to 50 displays" in said.err) == ("", True)


@pytest.mark.parametrize("label", ["", " lobby", "a" * 61, "a\nb"])
def test_a_label_that_cannot_be_used_is_refused(capsys: pytest.CaptureFixture[str], label: str) -> None:
    assert cli.main(["enrolment-key", "create", "--label", label]) == 2
    said = capsys.readouterr()
    assert (said.out, "1 to 60 printable characters" in said.err) == ("", True)


def test_missing_settings_are_named_together(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("CONTROLLER_SECRET_KEY", "short")
    monkeypatch.setenv("SESSION_MAX_DISPLAYS", "many")
    assert cli.main(["steward"]) == 2
    said = capsys.readouterr().err
    assert {name for name in VARIABLES if name in said} == {"REDIS_URL", "CONTROLLER_SECRET_KEY", "SESSION_MAX_DISPLAYS"}
    assert "short" not in said, "no secret is repeated"


def test_a_store_that_is_away_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("store lost store=state")
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/state.sock")
    assert cli.main(["user", "add", "ada", "--role", "admin"]) == 1
    assert "REDIS_URL" in capsys.readouterr().err


def test_a_monitor_that_is_switched_off_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANDWIDTH_MONITOR_ENABLED", "false")
    assert cli.main(["bandwidth-monitor"]) == 0
