"""The audit log in the state store: a list of hash-chained records, and moves that append to it in the same step.

A move is made by an `AuditedMove`: one Lua script that changes something and appends the record of it, or does neither. The
record's hash is made here, over the head that was read; when somebody else appended meanwhile, the script does nothing and it is
tried again.

What is recorded is shown to a witness outside of the store before it is acknowledged. While the store is not what the witness
saw, it is in doubt, and nothing is recorded and so nothing moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from controller.rules.audit_chain import BEGINNING, Actor, Deed, Head, follow
from controller.rules.audit_codes import AuditCode
from controller.rules.witness import trouble_with
from controller.services import keys
from controller.services.stores import Store, Value
from controller.services.witness import Witness

TRIES = 200
"""Whoever must try again does so because another one succeeded. Measured: of 200 threads at once none needed more than 33."""

PAGE = 500
"""Records read at a time."""


class AuditBusy(Exception):
    """So many act at once that this act never got its turn; nothing was done."""


@dataclass(frozen=True)
class Doubt:
    """Why the state store is not trusted."""

    trouble: str
    witnessed: Head
    head: Head
    """Where its audit log ends."""

    @property
    def message(self) -> str:
        """For people."""
        return (
            f"the state store came back older, empty or as another one: {self.trouble}. Nothing is decided and nobody let in "
            "until it is restored or an admin accepts it as it is; running pictures go on"
        )


class StateInDoubt(Exception):
    """The state store is not what was acknowledged."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.message)
        self.doubt = doubt


class NotAccepted(Exception):
    """The state is not in doubt, or not the one that was seen."""


class AuditLog:
    """Reads the log, and keeps what is no move of anything else."""

    def __init__(self, state: Store, witness: Witness) -> None:
        self._state = state
        self._witness = witness
        self._look = state.register_script(LOOK + "return look(KEYS[1], KEYS[2], ARGV[1])")
        self._keep = self.move("keep_record() return 'kept'")
        self._keep_in_doubt = AuditedMove(state, Witness(None), "keep_record() return 'kept'")
        self._drop = state.register_script(_DROP)

    def move(self, body: str) -> AuditedMove:
        """A move by this script (see `AuditedMove`)."""
        return AuditedMove(self._state, self._witness, body)

    def require_sound(self) -> None:
        """Raises StateInDoubt."""
        witnessed = self._witness.last()
        if witnessed is not None:
            judge(witnessed, self._look(keys=LOOKED_AT, args=[looks_for(witnessed)]))

    def doubt(self) -> Doubt | None:
        """Why the state is in doubt, if it is."""
        try:
            self.require_sound()
        except StateInDoubt as error:
            return error.doubt
        return None

    def accept(self, seen: Head, *, by: Actor, at: datetime) -> Head:
        """Take the state as it is, by an admin's word; the log's new head.

        Raises NotAccepted when it is not in doubt, or not what was seen.
        """
        doubt = self.doubt()
        if doubt is None:
            raise NotAccepted("the state is not in doubt; there is nothing to accept")
        if doubt.head != seen:
            raise NotAccepted("the state store has changed since you saw it; look again")
        before, after = {"head": str(doubt.witnessed)}, {"head": str(doubt.head)}
        self._keep_in_doubt(Deed(at, by, AuditCode.STATE_ACCEPTED.value, "state store", before, after), keys=[], args=[])
        accepted = self.head()
        self._witness.replace(accepted)
        return accepted

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

    def __init__(self, state: Store, witness: Witness, body: str) -> None:
        self._witness = witness
        self._look = state.register_script(LOOK + "return look(KEYS[1], KEYS[2], ARGV[1])")
        self._script = state.register_script(f"{_KEEP_RECORD}\nlocal function move()\n{body}\nend\nreturn {{move(), kept}}")

    def __call__(self, deed: Deed | None, *, keys: Sequence[str], args: Sequence[Value]) -> str:
        """The body's answer; without a deed nothing is recorded. Raises AuditBusy and StateInDoubt."""
        for _ in range(TRIES):
            answer = self._attempt(deed, keys, args)
            if answer != "head_moved":
                return answer
        raise AuditBusy("too many act at once; try again in a moment")

    def _attempt(self, deed: Deed | None, move_keys: Sequence[str], args: Sequence[Value]) -> str:
        seen, record = "", None
        if deed is not None:
            witnessed = self._witness.last()  # before the store is looked at, for both grow meanwhile
            seen, line = self._look(keys=LOOKED_AT, args=[looks_for(witnessed)])
            judge(witnessed, (seen, line))
            record = follow(_head(seen), deed)
        written = [seen, str(record.head), record.line] if record else ["", "", ""]
        answer, was_kept = self._script(keys=[*move_keys, *LOOKED_AT], args=[*args, *written])
        if record is not None and was_kept:
            self._witness.saw(record.head)
        return cast(str, answer)


def looks_for(witnessed: Head | None) -> str:
    """What LOOK is asked for."""
    return str(witnessed.sequence) if witnessed else ""


def judge(witnessed: Head | None, found: tuple[str, str]) -> None:
    """Judge what LOOK found. Raises StateInDoubt."""
    head, line = _head(found[0]), found[1] or None
    trouble = trouble_with(witnessed, head, line)
    if witnessed is not None and trouble is not None:
        raise StateInDoubt(Doubt(trouble, witnessed, head))


def _head(text: str | None) -> Head:
    if not text:
        return BEGINNING
    sequence, _, found = text.partition(":")
    return Head(int(sequence), found) if sequence.isdecimal() else Head(0, text)  # acts go on, and the chain shows the break


LOOKED_AT = (keys.AUDIT_HEAD, keys.AUDIT_LOG)

LOOK = """
local function look(head_key, log_key, sequence)
  local head, line = redis.call('GET', head_key) or '', ''
  local reached = tonumber(string.match(head, '^(%d+):') or 0)
  if sequence ~= '' and reached >= tonumber(sequence) then
    line = redis.call('LINDEX', log_key, tonumber(sequence) - reached - 1) or ''
  end
  return {head, line}
end
"""
"""The log's head, and the record that is kept with a sequence; each is empty where there is none."""

_KEEP_RECORD = """
local kept = 0
local audit_head, audit_log = KEYS[#KEYS - 1], KEYS[#KEYS]
local seen_head, new_head, record = ARGV[#ARGV - 2], ARGV[#ARGV - 1], ARGV[#ARGV]
if record ~= '' and (redis.call('GET', audit_head) or '') ~= seen_head then return {'head_moved', 0} end
local function keep_record()
  if record == '' then return end
  redis.call('RPUSH', audit_log, record)
  redis.call('SET', audit_head, new_head)
  kept = 1
end
"""

_DROP = """
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then return 0 end
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
return 1
"""
