"""How long to wait before trying again: soon for a minute, then unhurried, never giving up."""

from __future__ import annotations

HURRIED_FOR_S = 60.0
LONGEST_S = 10.0


def delay_s(down_for_s: float, chance: float) -> float:
    """Seconds to wait after `down_for_s` of failing. `chance`, 0 to 1, spreads displays that failed together."""
    if down_for_s < HURRIED_FOR_S:
        return 0.5 + 0.5 * chance
    return LONGEST_S * (0.6 + 0.4 * chance)
