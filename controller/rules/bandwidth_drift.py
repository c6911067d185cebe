"""Whether card, SFU and displays agree on what was sent.

They count different things: the card all of it, the SFU the packets of the picture, displays those that came; what was lost on
the way the SFU sent again, and says so. What is left is control traffic and other services, which hardly count while the picture
moves; more than that is a service that nobody thought of, or a wrong interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from controller.rules.bandwidth_shares import drift_percent

MOST_PERCENT = 3.0
"""Beyond that somebody should look (change document: the dashboard is within 3 % of the network card)."""

MEANS_SOMETHING_BPS = 1_000_000
"""What displays must take in every minute: beside less than that pages and heartbeats weigh more, and where a picture has just
begun or ended, one counts it a few seconds later than another."""


@dataclass(frozen=True)
class Sent:
    """What was sent in a time, as each counts it, in bytes as on the card."""

    card: int
    displays: Sequence[int]
    """In each minute."""
    sfu: int | None = None
    """None: the SFU does not tell."""
    again: int = 0
    """Of the SFU's, for packets that were lost on the way: so much no display counts."""


@dataclass(frozen=True)
class Drift:
    """By how much the card sent more than each counts, in percent of what it sent; None where nothing was sent or told."""

    displays_percent: float | None
    """Beside what was sent again."""
    sfu_percent: float | None
    alarm: str | None
    """What somebody should look at, in words."""


def drift(sent: Sent) -> Drift:
    """By how much they differ."""
    displays = drift_percent(sent.card, sum(sent.displays) + sent.again)
    sfu = drift_percent(sent.card, sent.sfu) if sent.sfu is not None else None
    means_something = 8 * min(sent.displays) / 60 >= MEANS_SOMETHING_BPS
    return Drift(displays, sfu, _alarm(displays, sfu) if means_something else None)


def _alarm(displays: float | None, sfu: float | None) -> str | None:
    told = {"the displays count": displays, "the SFU counts": sfu}
    beyond = [
        f"the card sent {abs(percent):.1f} % {'more' if percent > 0 else 'less'} than {who}"
        for who, percent in told.items()
        if percent is not None and abs(percent) > MOST_PERCENT
    ]
    return " and ".join(beyond) or None
