"""How long to wait before trying again: soon for a minute, then unhurried, never giving up."""

from __future__ import annotations

from dataclasses import dataclass

HURRIED_FOR_S = 60.0
LONGEST_S = 10.0


def delay_s(down_for_s: float, chance: float) -> float:
    """Seconds to wait after `down_for_s` of failing. `chance`, 0 to 1, spreads displays that failed together."""
    return 0.5 + 0.5 * chance if down_for_s < HURRIED_FOR_S else unhurried_s(chance)


def unhurried_s(chance: float) -> float:
    """Seconds to wait when hurry would not help, or the controller asks for none."""
    return LONGEST_S * (0.6 + 0.4 * chance)


@dataclass
class Retries:
    """The retries of one thing that may fail."""

    failing_since_s: float | None = None
    """Monotonic seconds; None while it works."""

    def after_failure(self, now_s: float, chance: float) -> float:
        """Seconds to wait before the next try."""
        if self.failing_since_s is None:
            self.failing_since_s = now_s
        return delay_s(now_s - self.failing_since_s, chance)

    def succeed(self) -> None:
        """It works: the next failure is a first one."""
        self.failing_since_s = None
