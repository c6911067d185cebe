"""The pairing code: what one looks like, how a typed one is read, and when an approval must bring one.

A typed code proves that somebody stands at that very screen. The guesses it takes are counted (`services.pairing_codes`), so its
length and the budget of wrong entries are one control (RFC 8628 5.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from wire.display import Role

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 6.1: consonants only, so that no code spells a word or holds look-alikes. Eight of them are 34.6 bits."""

_TYPED = re.compile(f"([{ALPHABET}]{{4}})-?([{ALPHABET}]{{4}})", re.IGNORECASE | re.ASCII)


def drawn(choose: Callable[[Sequence[str]], str]) -> str:
    """A new code, `XXXX-XXXX`, of letters that `choose` picks."""
    letters = "".join(choose(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def normalised(typed: str) -> str | None:
    """The code that was typed, in lower case or without its dash too; None where it cannot be one.

    Whatever else stands in it is refused and not stripped, so that each entry is one guess at one code.
    """
    found = _TYPED.fullmatch(typed)
    return f"{found[1]}-{found[2]}".upper() if found else None


def must_be_checked(require: str, role: Role) -> bool:
    """Whether an admin's approval as `role` needs a code. `require` is `none`, `protected` or `all` (see settings)."""
    return require == "all" or (require == "protected" and role is Role.PROTECTED)
