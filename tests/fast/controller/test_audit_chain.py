"""The chain of audit records: whatever is changed, dropped, slipped in or turned round is found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.rules.audit_chain import (
    BEGINNING,
    Actor,
    ActorKind,
    AuditRecord,
    BrokenRecord,
    Deed,
    Head,
    follow,
    read,
    trouble_since,
    walk,
)

ADA = Actor(ActorKind.ACCOUNT, "ada", "192.0.2.7", "a1b2c3")
DEED = Deed(
    datetime(2026, 11, 24, 9, 0, tzinfo=UTC), ADA, "display.approved", "LOBBY", {"state": "pending"}, {"state": "approved"}
)


def chain(length: int) -> list[AuditRecord]:
    records: list[AuditRecord] = []
    for number in range(length):
        head = records[-1].head if records else BEGINNING
        records.append(follow(head, replace(DEED, target=f"display {number}")))
    return records


def lines(length: int) -> list[str]:
    return [record.line for record in chain(length)]


def forged(line: str, **changes: object) -> str:
    """The line with other fields, and the hash it had."""
    return json.dumps({**json.loads(line), **changes}, sort_keys=True, separators=(",", ":"))


def test_a_record_says_who_did_what_from_where() -> None:
    record = follow(BEGINNING, DEED)
    assert read(record.line) == record
    assert json.loads(record.line) == {
        "sequence": 1,
        "at": "2026-11-24T09:00:00+00:00",
        "by": "account",
        "who": "ada",
        "what": "display.approved",
        "from": "192.0.2.7",
        "target": "LOBBY",
        "before": {"state": "pending"},
        "after": {"state": "approved"},
        "request": "a1b2c3",
        "previous": "0" * 64,
        "hash": record.hash,
    }


def test_a_record_is_one_line_whatever_a_name_holds() -> None:
    name = "ada\n\x1b[2J\u2028大厅"
    record = follow(BEGINNING, replace(DEED, by=replace(ADA, name=name)))
    assert record.line.isascii()
    assert record.line.isprintable()
    assert read(record.line).deed.by.name == name


def test_a_whole_chain_ends_in_its_head() -> None:
    records = chain(5)
    assert walk([record.line for record in records], BEGINNING) == records[-1].head
    assert walk([], BEGINNING) == BEGINNING


def test_a_chain_whose_beginning_is_kept_no_more_is_judged_from_its_first_record() -> None:
    assert isinstance(walk(lines(5)[2:], None), Head)
    assert walk(lines(5)[2:], BEGINNING) == "record 3 does not follow record 0"


@pytest.mark.parametrize(
    "changes",
    [
        {"who": "mallory"},
        {"at": "2026-11-24T09:00:01+00:00"},
        {"after": {}},
        {"sequence": 9},
        {"by": "system"},
        {"previous": "1" * 64},
    ],
    ids=str,
)
def test_a_changed_record_is_found(changes: dict[str, object]) -> None:
    told = lines(3)
    told[1] = forged(told[1], **changes)
    assert walk(told, BEGINNING) == "record 2 was changed: its hash does not fit what it says"


def test_a_record_rewritten_with_its_hash_breaks_the_next() -> None:
    records = chain(3)
    rewritten = follow(records[0].head, replace(DEED, target="another"))
    assert walk([records[0].line, rewritten.line, records[2].line], BEGINNING) == "record 3 does not follow record 2"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([0, 2], "record 3 does not follow record 1"),
        ([0, 0, 1], "record 1 does not follow record 1"),
        ([1, 0, 2], "record 2 does not follow record 0"),
    ],
)
def test_what_is_dropped_doubled_or_turned_round_is_found(order: list[int], words: str) -> None:
    told = lines(3)
    assert walk([told[number] for number in order], BEGINNING) == words


@pytest.mark.parametrize("grown", [0, 1, 3])
def test_a_chain_that_only_grew_is_no_trouble(grown: int) -> None:
    records = chain(2 + grown)
    told = [record.line for record in records]
    assert trouble_since(records[1].head, told, records[-1].head) is None
    assert trouble_since(None, told, records[-1].head) is None
    assert trouble_since(records[1].head, told[-1:], records[-1].head) is None, "what is not kept here cannot be judged"


def test_a_chain_that_was_rewritten_since_is_found() -> None:
    seen = chain(3)[2].head
    other = [follow(BEGINNING, replace(DEED, target="another"))]
    for _ in range(4):
        other.append(follow(other[-1].head, DEED))
    told = [record.line for record in other]
    assert trouble_since(seen, told, other[-1].head) == "record 4 does not follow record 3"
    assert trouble_since(seen, told[:3], other[2].head) == f"it ends with {seen}, but its head says {other[2].head}"
    assert trouble_since(seen, told[:1], other[0].head) == "it ended with record 3 a minute ago and ends with record 1 now"


def test_a_lost_end_is_seen_in_the_head() -> None:
    assert walk(lines(3)[:2], BEGINNING) != chain(3)[-1].head


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "null", "1", "{", "[" * 100_000, '{"hash": 1}', '{"hash": NaN}'], ids=lambda line: line[:9]
)
def test_what_is_no_record_is_said_to_be_none(line: str) -> None:
    with pytest.raises(BrokenRecord, match="is no audit record"):
        read(line)


def test_another_spelling_of_the_same_record_is_not_the_record() -> None:
    record = follow(BEGINNING, DEED)
    for other in (
        record.line + " ",
        record.line.replace('"who":"ada"', '"who":"eve","who":"ada"'),
        json.dumps(json.loads(record.line)),
    ):
        with pytest.raises(BrokenRecord, match="was changed"):
            read(other)
