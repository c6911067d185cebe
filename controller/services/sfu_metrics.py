"""What the SFU says that it sent, by its own metrics: since its start, of all rooms together, up to date within five seconds."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import requests

from controller.rules.bandwidth_shares import on_card

log = logging.getLogger(__name__)

TIMEOUT_S = 0.5
"""The steward asks between its looks at the rooms."""

COUNTED = re.compile(r'^livekit_packet_(bytes|total)\{([^}]*direction="outgoing"[^}]*)\} (\S+)$', re.MULTILINE)

AGAIN = 'transmission="retransmit"'


@dataclass(frozen=True)
class SfuSent:
    """What the card sent for the SFU's packets since the SFU's start."""

    all_bytes: int
    again_bytes: int
    """Of them, for packets that were lost on the way and that a display had asked for again."""


class SfuMetrics:
    """Reads the metrics; without an address it tells nothing."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False
        self._is_lost = False

    def sent(self) -> SfuSent | None:
        """What the SFU tells; None where nobody does."""
        if self._url is None:
            return None
        try:
            response = self._http.get(self._url, timeout=TIMEOUT_S)
            response.raise_for_status()
            sent = sent_of(response.text)
        except (requests.RequestException, ValueError, OverflowError) as error:
            self._say_lost(error)
            return None
        self._is_lost = False
        return sent

    def _say_lost(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("the SFU's metrics cannot be read url=%s error=%s", self._url, error)
        self._is_lost = True


def sent_of(text: str) -> SfuSent:
    """What went out, by Prometheus's text format; nothing before the first packet. Raises ValueError and
    OverflowError for what is no count."""
    counted = [(what, labels, float(value)) for what, labels, value in COUNTED.findall(text)]
    return SfuSent(_on_card(counted), _on_card([one for one in counted if AGAIN in one[1]]))


def _on_card(counted: list[tuple[str, str, float]]) -> int:
    totals = {"bytes": 0.0, "total": 0.0}
    for what, _, value in counted:
        totals[what] += value
    return on_card(round(totals["bytes"]), round(totals["total"]))
