"""Bytes of a day -> what state the budget is in."""

from __future__ import annotations

from typing import Literal

BudgetState = Literal["ok", "warn", "critical", "exhausted"]


def budget_state(used_bytes: int, *, warn_bytes: int, critical_bytes: int, budget_bytes: int) -> BudgetState:
    """ok below the warning, exhausted from the budget on."""
    if used_bytes >= budget_bytes:
        return "exhausted"
    if used_bytes >= critical_bytes:
        return "critical"
    return "warn" if used_bytes >= warn_bytes else "ok"
