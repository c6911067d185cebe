"""The codes on the screens of waiting displays, and the guesses at them.

A code lives ten minutes (OWASP ASVS 6.5.5), belongs to one display and so to one key, and is found by its HMAC. A wrong entry,
also one that cannot be a code, costs one of a few guesses; ten minutes after the last wrong one all are given back.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import cast

from controller.rules import pairing
from controller.services import keys
from controller.services.stores import Store

LIFE_S = 600
GUESSES_GIVEN_BACK_AFTER_S = 600

GUESSES_OF_AN_ADMIN = 5
GUESSES_OF_ALL = 20
"""With 200 displays waiting: 20 x 200 / 20^8, a chance of 1.6e-7 in ten minutes."""


class WrongPairingCode(Exception):
    """No waiting display shows this code, or not the display it was typed for."""


class TooManyGuesses(Exception):
    """Wrong codes were typed so often that no more are looked at for a while."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many wrong pairing codes were typed; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class PairingCode:
    """The code on a waiting display's own screen."""

    code: str
    expires_in_s: int


class PairingCodes:
    """Pairing codes in the live store."""

    def __init__(self, secret_key: bytes, live: Store) -> None:
        self._secret_key = hashlib.sha256(b"marquee-pairing-v1" + secret_key).digest()
        self._live = live
        self._show = live.register_script(_SHOW)
        self._guess = live.register_script(_GUESS)

    def of(self, display_id: str) -> PairingCode:
        """The display's present code; a new one when the last has run out."""
        fresh = pairing.drawn(secrets.choice)
        code, expires_in_s = self._show(
            keys=[keys.pairing_code(display_id), self._found_by(fresh)], args=[fresh, display_id, LIFE_S]
        )
        return PairingCode(code=str(code), expires_in_s=max(0, int(expires_in_s)))

    def display_showing(self, typed: str, *, by: str) -> str:
        """The id of the display whose screen shows the typed code. Raises WrongPairingCode, TooManyGuesses."""
        code = pairing.normalised(typed)
        answer, value = self._guess(
            keys=[keys.pairing_guesses(by), keys.PAIRING_GUESSES, self._found_by(code or "none")],
            args=[GUESSES_OF_AN_ADMIN, GUESSES_OF_ALL, GUESSES_GIVEN_BACK_AFTER_S],
        )
        if answer == "found":
            return cast(str, value)
        if answer == "spent":
            raise TooManyGuesses(max(1, int(value)))
        if code is None:
            raise WrongPairingCode("a pairing code is four consonants, a dash and four consonants, as on the screen: BCDF-GHJK")
        raise WrongPairingCode("no waiting display shows this code; read it again, it changes every ten minutes")

    def forget(self, display_id: str) -> None:
        """The display waits no more: its code has served."""
        code = self._live.get(keys.pairing_code(display_id))
        if code is not None:
            self._live.delete(keys.pairing_code(display_id), self._found_by(code))

    def _found_by(self, code: str) -> str:
        return keys.pairing_code_owner(hmac.new(self._secret_key, code.encode(), hashlib.sha256).hexdigest())


_SHOW = """
local code = redis.call('GET', KEYS[1])
if not code then
  code = ARGV[1]
  redis.call('SET', KEYS[1], code, 'EX', ARGV[3])
  redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
end
return {code, redis.call('TTL', KEYS[1])}
"""

_GUESS = """
for i = 1, 2 do
  if tonumber(redis.call('GET', KEYS[i]) or 0) >= tonumber(ARGV[i]) then return {'spent', redis.call('TTL', KEYS[i])} end
end
local display_id = redis.call('GET', KEYS[3])
if display_id then return {'found', display_id} end
for i = 1, 2 do
  redis.call('INCR', KEYS[i])
  redis.call('EXPIRE', KEYS[i], ARGV[3])
end
return {'wrong', 0}
"""
