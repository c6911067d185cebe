"""What card, displays and SFU say of the last minutes, compared."""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.rules.bandwidth_drift import Sent, drift
from controller.rules.local_days import Span
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.display_bytes import AGAIN, ALL, SFU, DisplayBytes
from wire.bandwidth import BandwidthDrift

MINUTE, COMPARED = timedelta(minutes=1), timedelta(minutes=10)


class BandwidthDrifts:
    """Reads both, and lets the rule compare."""

    def __init__(self, ledger: BandwidthLedger, display_bytes: DisplayBytes) -> None:
        self._ledger = ledger
        self._display_bytes = display_bytes

    def now(self, now: datetime) -> BandwidthDrift:
        """Of ten full minutes, of which the last ended a minute ago: what others say of a minute comes a little after it."""
        ends = now.replace(second=0, microsecond=0) - MINUTE
        span = Span(ends - COMPARED, ends)
        by_sfu, again = (self._display_bytes.of_minutes(span, whose) for whose in (SFU, AGAIN))
        sent = Sent(
            card=self._ledger.between(span).sent_bytes,
            displays=self._display_bytes.of_minutes(span, ALL) or [0],
            sfu=sum(by_sfu) if by_sfu is not None else None,
            again=sum(again or [0]),
        )
        found = drift(sent)
        return BandwidthDrift(
            card_bytes=sent.card,
            displays_bytes=sum(sent.displays),
            sfu_bytes=sent.sfu,
            sent_again_bytes=sum(again) if again is not None else None,
            displays_percent=found.displays_percent,
            sfu_percent=found.sfu_percent,
            alarm=found.alarm,
        )
