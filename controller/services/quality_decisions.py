"""What the quality guard decided, in the live store: the decision that holds for a session, and a log of what changed and why.

A decision is kept by compare-and-set over the one it was made from, and the log grows in the same step: of two processes that
look at once one decides, and nothing is told twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from controller.rules.quality_guard import Change, Decision
from controller.services import keys
from controller.services.kept_messages import KeptMessages
from controller.services.stores import Store

DECISION_KEPT_S = 3_600
LOG_KEPT_S = 8 * 86_400
LOG_LENGTH = 1_000
"""Changes a session; at two a minute of five displays and their limits that is an hour and more of the worst case."""

NOTHING = Decision()


@dataclass(frozen=True)
class Kept:
    """A decision, and the text it was read from, which whoever replaces it must name."""

    decision: Decision
    text: str


@dataclass(frozen=True)
class LogEntry:
    """A change and when it was decided."""

    at: datetime
    change: Change


class QualityDecisions:
    """Keeps and tells."""

    def __init__(self, live: Store) -> None:
        self._live = live
        self._replace = live.register_script(_REPLACE)
        self._decisions = KeptMessages("quality decision", _DECISION.validate_json)
        self._entries = KeptMessages("quality change", _ENTRY.validate_json)

    def last(self, session_id: int) -> Kept:
        """What holds; nothing was decided where nothing is kept."""
        text = self._live.get(keys.quality_decision(session_id)) or ""
        return Kept(self._decisions.read(text or None) or NOTHING, text)

    def replace(self, session_id: int, before: Kept, after: Decision, changes: tuple[Change, ...], now: datetime) -> bool:
        """Let a decision hold in place of the one it was made from; False: another holds by now."""
        entries = [_ENTRY.dump_json(LogEntry(now, change)).decode() for change in changes]
        is_kept = self._replace(
            keys=[keys.quality_decision(session_id), keys.quality_log(session_id)],
            args=[before.text, _DECISION.dump_json(after).decode(), DECISION_KEPT_S, LOG_LENGTH, LOG_KEPT_S, json.dumps(entries)],
        )
        return bool(is_kept)

    def log(self, session_id: int, *, at_most: int = LOG_LENGTH) -> list[LogEntry]:
        """What changed, newest first."""
        texts = self._live.lrange(keys.quality_log(session_id), 0, at_most - 1)
        return [entry for entry in map(self._entries.read, texts) if entry is not None]


_DECISION = TypeAdapter(Decision)
_ENTRY = TypeAdapter(LogEntry)

_REPLACE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
for _, entry in ipairs(cjson.decode(ARGV[6])) do
  redis.call('LPUSH', KEYS[2], entry)
  redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return 1
"""
"""KEYS: decision, log. ARGV: the decision before, the one after, its life, entries kept, their life, entries."""
