"""The audit log in the state store: a list of hash-chained records, and moves that append to it in the same step.

A move is made by an `AuditedMove`: one Lua script that changes something and appends the record of it, or does neither. The
record's hash is made here, over the head that was read; when somebody else appended meanwhile, the script does nothing and it is
tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from controller.rules.audit_chain import BEGINNING, Deed, Head, follow
from controller.services import keys
from controller.services.stores import Store, Value

TRIES = 200
"""Whoever must try again does so because another one succeeded. Measured: of 200 threads at once none needed more than 33."""

PAGE = 500
"""Records read at a time."""


class AuditBusy(Exception):
    """So many act at once that this act never got its turn; nothing was done."""


class AuditLog:
    """Reads the log, and keeps what is no move of anything else."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._keep = AuditedMove(state, "keep_record() return 'kept'")
        self._drop = state.register_script(_DROP)

    def keep(self, deed: Deed) -> None:
        """Append a deed that changes nothing else in the store. Raises AuditBusy."""
        self._keep(deed, keys=[], args=[])

    def head(self) -> Head:
        """Where the chain ends."""
        return _head(self._state.get(keys.AUDIT_HEAD))

    def oldest_first(self) -> list[str]:
        """Every line kept here."""
        return self._state.lrange(keys.AUDIT_LOG, 0, -1)

    def newest_first(self, before: int | None = None) -> Iterator[str]:
        """Every line kept here, read as far as is asked for; where `before` is given, from about that sequence on."""
        last, known = -1 if before is None else min(-1, before - self.head().sequence - 2), frozenset[str]()
        while lines := self._state.lrange(keys.AUDIT_LOG, last - PAGE + 1, last):
            yield from (line for line in reversed(lines) if line not in known)  # others append, and the pages shift
            last, known = last - PAGE, frozenset(lines)

    def snapshot(self, *, newest: int = 0) -> tuple[list[str], Head]:
        """The newest lines kept here (0: all), oldest first, and the head, of one moment."""
        with self._state.pipeline(transaction=True) as pipeline:
            pipeline.lrange(keys.AUDIT_LOG, -newest, -1)
            pipeline.get(keys.AUDIT_HEAD)
            lines, head = pipeline.execute()
        return lines, _head(head)

    def length(self) -> int:
        """How many records are kept here."""
        return self._state.llen(keys.AUDIT_LOG)

    def oldest(self, count: int) -> list[str]:
        """The `count` oldest lines."""
        return self._state.lrange(keys.AUDIT_LOG, 0, count - 1) if count > 0 else []

    def drop(self, lines: Sequence[str]) -> bool:
        """Keep the oldest lines here no longer; whether they were the oldest still."""
        return bool(self._drop(keys=[keys.AUDIT_LOG], args=[lines[0], len(lines)]))


class AuditedMove:
    """A Lua script whose change and audit record are one step.

    The body answers in words, and calls `keep_record()` right before its first write: where the record cannot be kept, the script
    ends there and nothing has happened.
    """

    def __init__(self, state: Store, body: str) -> None:
        self._state = state
        self._script = state.register_script(_KEEP_RECORD + body)

    def __call__(self, deed: Deed | None, *, keys: Sequence[str], args: Sequence[Value]) -> str:
        """The body's answer; without a deed nothing is recorded. Raises AuditBusy."""
        for _ in range(TRIES):
            answer = self._attempt(deed, keys, args)
            if answer != "head_moved":
                return answer
        raise AuditBusy("too many act at once; try again in a moment")

    def _attempt(self, deed: Deed | None, move_keys: Sequence[str], args: Sequence[Value]) -> str:
        seen, record = None, None
        if deed is not None:
            seen = self._state.get(keys.AUDIT_HEAD)
            record = follow(_head(seen), deed)
        written = [seen or "", str(record.head), record.line] if record else ["", "", ""]
        return cast(str, self._script(keys=[*move_keys, keys.AUDIT_HEAD, keys.AUDIT_LOG], args=[*args, *written]))


def _head(text: str | None) -> Head:
    if text is None:
        return BEGINNING
    sequence, _, found = text.partition(":")
    return Head(int(sequence), found) if sequence.isdecimal() else Head(0, text)  # acts go on, and the chain shows the break


_KEEP_RECORD = """
local audit_head, audit_log = KEYS[#KEYS - 1], KEYS[#KEYS]
local seen_head, new_head, record = ARGV[#ARGV - 2], ARGV[#ARGV - 1], ARGV[#ARGV]
if record ~= '' and (redis.call('GET', audit_head) or '') ~= seen_head then return 'head_moved' end
local function keep_record()
  if record == '' then return end
  redis.call('RPUSH', audit_log, record)
  redis.call('SET', audit_head, new_head)
end
"""

_DROP = """
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then return 0 end
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
return 1
"""
