"""Old records roll to files that continue the chain; whatever is done to files, store or head is noticed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from controller import cli
from controller.parts import Parts
from controller.rules.audit_chain import BEGINNING, Actor, ActorKind, Deed, Head, follow
from controller.services import audit_segments, keys
from controller.services.audit_segments import AuditSegments, NotRolled
from controller.services.audit_watch import AuditWatch
from controller.settings import VARIABLES, Settings
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import SECRET, MovableClock

Write = Callable[[int], None]


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in life, only with fewer records."""
    monkeypatch.setattr(audit_segments, "KEPT", 3)
    monkeypatch.setattr(audit_segments, "SEGMENT", 2)
    monkeypatch.setattr(audit_segments, "KEPT_WITHOUT_FILES", 4)


@pytest.fixture
def write(parts: Parts, clock: MovableClock) -> Write:
    """Write so many records."""

    def carry_out(count: int) -> None:
        for number in range(count):
            parts.audit_log.keep(Deed(clock(), Actor(ActorKind.SYSTEM, "a test"), "display.tried", str(number), {}, {}))

    return carry_out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


@pytest.fixture
def segments(parts: Parts, folder: Path) -> AuditSegments:
    return AuditSegments(parts.audit_log, folder)


def sequences(lines: list[str]) -> list[int]:
    return [json.loads(line)["sequence"] for line in lines]


def files(folder: Path) -> dict[str, list[int]]:
    return {path.name: sequences(path.read_text().splitlines()) for path in sorted(folder.iterdir())}


# -- rolling ------------------------------------------------------------------------------------------------------------------


def test_old_records_go_to_files_and_the_chain_goes_on(parts: Parts, segments: AuditSegments, folder: Path, write: Write) -> None:
    write(4)
    assert segments.roll_when_due() == 0
    write(1)
    assert segments.roll_when_due() == 2
    write(2)
    assert segments.roll_when_due() == 2
    assert files(folder) == {"audit-0000000001.jsonl": [1, 2], "audit-0000000003.jsonl": [3, 4]}
    assert sequences(parts.audit_log.oldest_first()) == [5, 6, 7]
    assert segments.verify() == parts.audit_log.head()


def test_a_file_is_its_owners_alone(segments: AuditSegments, folder: Path, write: Write) -> None:
    write(5)
    segments.roll()
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_crash_before_the_store_forgot_loses_and_doubles_nothing(
    parts: Parts, segments: AuditSegments, folder: Path, write: Write
) -> None:
    write(5)
    lines = parts.audit_log.oldest_first()
    segments.roll()
    _store(parts, lines)
    assert segments.verify() == parts.audit_log.head()
    write(2)
    assert segments.roll() == 4
    assert files(folder) == {"audit-0000000001.jsonl": [1, 2, 3, 4]}
    assert segments.verify() == parts.audit_log.head()


def test_without_a_folder_the_oldest_are_let_go(parts: Parts, write: Write) -> None:
    bounded = AuditSegments(parts.audit_log, None)
    write(4)
    assert bounded.roll_when_due() == 0
    write(2)
    assert bounded.roll_when_due() == 2
    assert sequences(parts.audit_log.oldest_first()) == [3, 4, 5, 6]
    assert bounded.verify() == parts.audit_log.head()
    with pytest.raises(NotRolled, match="AUDIT_DIR is not set"):
        bounded.roll()


def test_what_cannot_be_written_stays(parts: Parts, segments: AuditSegments, folder: Path, write: Write) -> None:
    folder.write_text("no folder")
    write(5)
    with pytest.raises(NotRolled, match="cannot be written"):
        segments.roll()
    assert parts.audit_log.length() == 5


def test_a_file_that_holds_something_else_is_left_alone(
    parts: Parts, segments: AuditSegments, folder: Path, write: Write
) -> None:
    folder.mkdir()
    (folder / "audit-0000000001.jsonl").write_text("another log\n")
    write(5)
    with pytest.raises(NotRolled, match="holds something else"):
        segments.roll()
    assert (folder / "audit-0000000001.jsonl").read_text() == "another log\n"
    assert parts.audit_log.length() == 5


# -- tampering ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rolled(segments: AuditSegments, write: Write) -> AuditSegments:
    """Records 1 to 4 in two files, 5 to 7 in the store."""
    for count in (5, 2):
        write(count)
        segments.roll()
    return segments


def test_a_changed_file_is_noticed(rolled: AuditSegments, folder: Path) -> None:
    path = folder / "audit-0000000001.jsonl"
    path.write_text(path.read_text().replace("a test", "nobody"))
    assert rolled.verify() == "record 1 was changed: its hash does not fit what it says"


def test_a_file_that_is_gone_is_noticed(rolled: AuditSegments, folder: Path) -> None:
    (folder / "audit-0000000003.jsonl").unlink()
    assert rolled.verify() == "record 5 does not follow record 2"


def test_a_record_changed_in_the_store_is_noticed(parts: Parts, rolled: AuditSegments) -> None:
    lines = parts.audit_log.oldest_first()
    _store(parts, [lines[0], lines[1].replace("a test", "nobody"), lines[2]])
    assert rolled.verify() == "record 6 was changed: its hash does not fit what it says"


def test_an_end_that_was_cut_off_is_noticed(parts: Parts, rolled: AuditSegments) -> None:
    _store(parts, parts.audit_log.oldest_first()[:2])
    assert "but the head says 7:" in str(rolled.verify())


def test_an_emptied_store_is_noticed(parts: Parts, rolled: AuditSegments) -> None:
    parts.stores.state.delete(keys.AUDIT_LOG, keys.AUDIT_HEAD)
    assert "but the head says 0:" in str(rolled.verify())


def test_a_chain_rewritten_as_a_whole_is_known_by_a_head_seen_before(
    parts: Parts, clock: MovableClock, write: Write, segments: AuditSegments
) -> None:
    write(2)
    seen = parts.audit_log.head()
    write(1)
    assert segments.verify(seen) == parts.audit_log.head()
    _rewrite(parts, clock, 3)
    assert segments.verify() == parts.audit_log.head(), "by itself the chain looks whole"
    assert f"record {seen} was seen once and is not in the chain" in str(segments.verify(seen))


def _store(parts: Parts, lines: list[str]) -> None:
    """Put these lines in place of the log's, as somebody with the store's password could."""
    parts.stores.state.delete(keys.AUDIT_LOG)
    parts.stores.state.register_script("return redis.call('RPUSH', KEYS[1], unpack(ARGV))")(keys=[keys.AUDIT_LOG], args=lines)


def _rewrite(parts: Parts, clock: MovableClock, count: int) -> None:
    """Another chain, well made."""
    head, lines = BEGINNING, list[str]()
    for _ in range(count):
        record = follow(head, Deed(clock(), Actor(ActorKind.SYSTEM, "mallory"), "display.tried", "", {}, {}))
        head, lines = record.head, [*lines, record.line]
    _store(parts, lines)
    parts.stores.state.set(keys.AUDIT_HEAD, str(head))


# -- the steward's look -------------------------------------------------------------------------------------------------------


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_the_head_is_logged_each_minute(
    parts: Parts, segments: AuditSegments, clock: MovableClock, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    watch = AuditWatch(parts.audit_log, segments)
    with caplog.at_level(logging.INFO, logger="controller"):
        watch.look(clock())
        write(2)
        clock.move(59)
        watch.look(clock())
        clock.move(1)
        watch.look(clock())
    assert messages(caplog) == [f"audit log head={BEGINNING}", f"audit log head={parts.audit_log.head()}"]


def test_a_chain_rewritten_under_the_stewards_eyes_is_said_once(
    parts: Parts, segments: AuditSegments, clock: MovableClock, write: Write, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("ERROR .*the audit log was tampered with")
    watch = AuditWatch(parts.audit_log, segments)
    write(3)
    watch.look(clock())
    _rewrite(parts, clock, 3)
    for _ in range(2):
        clock.move(60)
        watch.look(clock())
    (said,) = announced_logs.lines
    assert "audit verify" in said


def test_old_records_roll_by_themselves(
    parts: Parts, segments: AuditSegments, folder: Path, clock: MovableClock, write: Write
) -> None:
    watch = AuditWatch(parts.audit_log, segments)
    for _ in range(2):
        write(6)
        watch.look(clock())
        clock.move(60)
    assert files(folder) == {"audit-0000000001.jsonl": [1, 2, 3], "audit-0000000004.jsonl": [4, 5, 6, 7, 8, 9]}


def test_a_folder_that_cannot_be_written_is_said_once(
    parts: Parts, segments: AuditSegments, folder: Path, clock: MovableClock, write: Write, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("old audit records stay in the store")
    folder.write_text("no folder")
    write(6)
    watch = AuditWatch(parts.audit_log, segments)
    for _ in range(3):
        watch.look(clock())
        clock.move(60)
    assert len(announced_logs.lines) == 1
    assert parts.audit_log.length() == 6


# -- by hand ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, wanted: Settings, folder: Path) -> None:
    """The variables an operator has set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", wanted.redis_url)
    monkeypatch.setenv("CONTROLLER_SECRET_KEY", SECRET)
    monkeypatch.setenv("AUDIT_DIR", str(folder))


@pytest.mark.usefixtures("environment")
def test_an_operator_verifies_and_rolls(parts: Parts, folder: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(5)
    head = parts.audit_log.head()
    assert cli.main(["audit", "roll"]) == 0
    assert capsys.readouterr().out == f"2 records rolled to {folder}\n"
    assert cli.main(["audit", "verify", "--seen", str(head)]) == 0
    assert capsys.readouterr().out == f"the audit log is whole; its head is {head}\n"


@pytest.mark.usefixtures("environment")
def test_a_broken_log_is_said_with_the_place(parts: Parts, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(3)
    lines = parts.audit_log.oldest_first()
    _store(parts, [lines[0], lines[2]])
    assert cli.main(["audit", "verify"]) == 1
    assert capsys.readouterr().err == "the audit log is broken: record 3 does not follow record 1\n"


@pytest.mark.usefixtures("environment")
def test_a_head_that_is_not_in_the_chain_is_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(3)
    assert cli.main(["audit", "verify", "--seen", str(Head(2, "f" * 64))]) == 1
    assert "was seen once and is not in the chain" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("seen", ["", "x", "one:two", ":"])
def test_what_is_no_head_is_explained(seen: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", "verify", "--seen", seen])
    assert ended.value.code == 2


@pytest.mark.usefixtures("environment")
def test_rolling_to_nowhere_is_explained(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AUDIT_DIR")
    write(5)
    assert cli.main(["audit", "roll"]) == 1
    assert "AUDIT_DIR is not set" in capsys.readouterr().err
