"""Which steward is in office. Several may run; one acts, for a term of three seconds that it renews while it works. The bandwidth
monitor has an office of its own kind.

Each term has a number, which only grows. A steward asks for its term right before it acts, and a store takes nothing that names
a term which is over: one that was frozen for a while and thaws finds itself out of office, whatever it was about to do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from controller.services import keys
from controller.services.stores import Store

TERM_S = 3.0
"""So long after its end a dead steward is replaced at the latest."""

RENEWED_AFTER_S = 1.0
"""What is asked of the SFU may take a second, which must be left of the term."""


class NotInOffice(Exception):
    """The term is over. What was seen during it may have changed; look again in another one."""


class Stewardship:
    """One steward's part in it. `clock` is monotonic, and goes on while the process is frozen."""

    def __init__(self, state: Store, clock: Callable[[], float] = time.monotonic, office: keys.Office = keys.STEWARD) -> None:
        self._keys = (office.term, office.terms)
        self._enter = state.register_script(_ENTER)
        self._renew = state.register_script(_RENEW)
        self._leave = state.register_script(_LEAVE)
        self._clock = clock
        self._term = 0
        self._renewed_at = -math.inf
        self._asked_at = -math.inf

    @property
    def is_held(self) -> bool:
        """Whether this steward is in office now, as far as it knows."""
        return self._clock() < self._renewed_at + TERM_S

    def enter(self) -> bool:
        """Go on in office, or begin a term if nobody else is in one; whether this steward is in office."""
        now = self._clock()
        if now - self._asked_at >= RENEWED_AFTER_S:
            self._asked_at = now
            term = int(self._enter(keys=self._keys, args=[self._term, _milliseconds(TERM_S)]))
            self._term, self._renewed_at = (term, now) if term else (self._term, -math.inf)
        return self.is_held

    def require(self) -> int:
        """The number of the term, of which two seconds are left at least. Raises NotInOffice."""
        now = self._clock()
        if not self.is_held:
            raise NotInOffice(f"term {self._term} is over")
        if now - self._renewed_at >= RENEWED_AFTER_S:
            if not self._renew(keys=self._keys, args=[self._term, _milliseconds(TERM_S)]):
                self._renewed_at = -math.inf
                raise NotInOffice(f"term {self._term} is over, and another steward is in office or was")
            self._renewed_at = self._asked_at = now
        return self._term

    def leave(self) -> None:
        """Let another one in at once."""
        self._renewed_at = -math.inf
        self._leave(keys=self._keys, args=[self._term])


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


_ENTER = """
local term = redis.call('GET', KEYS[1])
if term and term ~= ARGV[1] then return 0 end
if not term then term = redis.call('INCR', KEYS[2]) end
redis.call('SET', KEYS[1], term, 'PX', ARGV[2])
return term
"""
"""KEYS: term, terms. ARGV: own term, life in ms. The term this steward is in, 0 while another one is in office."""

_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

_LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
