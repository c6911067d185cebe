"""Finding records in store and files alike, newest first, in bounded steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.parts import Parts
from controller.rules.audit_chain import Actor, ActorKind, Deed
from controller.rules.audit_filter import AuditFilter
from controller.services import audit_search, audit_segments, keys
from controller.services.audit_search import AuditSearch
from controller.services.audit_segments import AuditSegments
from tests.support.controller_app import MovableClock

Write = Callable[..., None]


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in life, only with fewer records."""
    monkeypatch.setattr(audit_segments, "KEPT", 3)
    monkeypatch.setattr(audit_segments, "SEGMENT", 2)


@pytest.fixture
def segments(parts: Parts, tmp_path: Path) -> AuditSegments:
    return AuditSegments(parts.audit_log, tmp_path / "audit")


@pytest.fixture
def search(parts: Parts, segments: AuditSegments) -> AuditSearch:
    return AuditSearch(parts.audit_log, segments)


@pytest.fixture
def write(parts: Parts, clock: MovableClock, segments: AuditSegments) -> Write:
    """Write records, and let the old ones roll whenever it is time."""

    def carry_out(count: int, *, by: str = "ada") -> None:
        for number in range(count):
            parts.audit_log.keep(Deed(clock(), Actor(ActorKind.ACCOUNT, by), "display.tried", str(number), {}, {}))
            segments.roll_when_due()

    return carry_out


def pages(search: AuditSearch, limit: int, who: str = "") -> list[list[int]]:
    """The sequences of each answer, from the newest until there are no more."""
    found, before = list[list[int]](), None
    while True:
        answer = search.find(AuditFilter(who=who, before=before), limit)
        assert answer.trouble is None
        found.append([record.sequence for record in answer.records])
        if answer.before is None:
            return found
        assert before is None or answer.before < before, "it goes on further back"
        before = answer.before


def test_the_log_is_read_from_the_store_through_all_files_to_its_beginning(
    parts: Parts, search: AuditSearch, tmp_path: Path, write: Write
) -> None:
    write(12)
    assert parts.audit_log.length() < 12
    assert len(list((tmp_path / "audit").iterdir())) > 2
    assert pages(search, 5) == [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3], [2, 1]]
    assert pages(search, 12) == [list(range(12, 0, -1))]


@pytest.mark.parametrize("before", range(1, 15))
def test_wherever_a_search_begins_nothing_is_left_out(search: AuditSearch, write: Write, before: int) -> None:
    write(12)
    found = search.find(AuditFilter(before=before), 3)
    assert [record.sequence for record in found.records] == list(range(min(before, 13) - 1, 0, -1))[:3]
    assert (found.before is None) == (before <= 4)


def test_old_records_are_filtered_like_new_ones(search: AuditSearch, write: Write) -> None:
    write(2, by="grace")
    write(5)
    write(1, by="grace")
    assert pages(search, 50, who="grace") == [[8, 2, 1]]
    assert [record.sequence for record in search.find(AuditFilter(after=2, before=5), 50).records] == [4, 3]


def test_a_filter_that_fits_nothing_goes_on_where_it_stopped(
    search: AuditSearch, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(1, by="grace")
    write(11)
    monkeypatch.setattr(audit_search, "JUDGED", 5)
    assert pages(search, 50, who="grace") == [[], [], [1]]
    assert pages(search, 50, who="nobody") == [[], [], []]


def test_what_stands_in_file_and_store_is_told_once(
    parts: Parts, segments: AuditSegments, search: AuditSearch, write: Write
) -> None:
    write(4)
    lines = parts.audit_log.oldest_first()
    segments.roll()
    _store(parts, lines)
    assert pages(search, 50) == [[4, 3, 2, 1]]


def test_a_changed_record_in_a_file_is_said_and_the_rest_shown(search: AuditSearch, tmp_path: Path, write: Write) -> None:
    write(8)
    first = min((tmp_path / "audit").iterdir())
    first.write_text(first.read_text().replace('"target":"0"', '"target":"9"'))
    found = search.find(AuditFilter(), 50)
    assert [record.sequence for record in found.records] == [8, 7, 6, 5, 4, 3, 2]
    assert found.trouble == "the record before record 2 was changed: its hash does not fit what it says"


def test_a_file_that_is_gone_is_missed(search: AuditSearch, tmp_path: Path, write: Write) -> None:
    write(8)
    sorted((tmp_path / "audit").iterdir())[1].unlink()
    found = search.find(AuditFilter(), 50)
    assert [record.sequence for record in found.records] == [8, 7, 6, 5, 2, 1]
    assert found.trouble == "record 2 is not what record 5 follows"


def test_a_file_that_cannot_be_read_is_named(search: AuditSearch, tmp_path: Path, write: Write) -> None:
    write(8)
    first = min((tmp_path / "audit").iterdir())
    first.unlink()
    first.mkdir()
    found = search.find(AuditFilter(), 50)
    assert [record.sequence for record in found.records] == [8, 7, 6, 5, 4, 3]
    assert found.trouble == f"{first} cannot be read: Is a directory"


def test_other_files_in_the_folder_are_left_alone(search: AuditSearch, tmp_path: Path, write: Write) -> None:
    write(8)
    (tmp_path / "audit" / "audit-notes.jsonl").write_text("whoever wrote this")
    assert pages(search, 50) == [[8, 7, 6, 5, 4, 3, 2, 1]]


def _store(parts: Parts, lines: list[str]) -> None:
    parts.stores.state.delete(keys.AUDIT_LOG)
    parts.stores.state.register_script("return redis.call('RPUSH', KEYS[1], unpack(ARGV))")(keys=[keys.AUDIT_LOG], args=lines)
