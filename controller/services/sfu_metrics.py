"""What the SFU says that it sent, by its own metrics: since its start, of all rooms together, up to date within five seconds."""

from __future__ import annotations

import logging
import re

import requests

from controller.rules.bandwidth_shares import on_card

log = logging.getLogger(__name__)

TIMEOUT_S = 0.5
"""The steward asks between its looks at the rooms."""

COUNTED = re.compile(r'^livekit_packet_(bytes|total)\{[^}]*direction="outgoing"[^}]*\} (\S+)$', re.MULTILINE)


class SfuMetrics:
    """Reads the metrics; without an address it tells nothing."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False
        self._is_lost = False

    def sent_bytes(self) -> int | None:
        """What the card sent for the SFU's packets since the SFU's start; None where nobody tells."""
        if self._url is None:
            return None
        try:
            response = self._http.get(self._url, timeout=TIMEOUT_S)
            response.raise_for_status()
            totals = totals_of(response.text)
        except (requests.RequestException, ValueError) as error:
            self._say_lost(error)
            return None
        self._is_lost = False
        return on_card(*totals)

    def _say_lost(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("the SFU's metrics cannot be read url=%s error=%s", self._url, error)
        self._is_lost = True


def totals_of(text: str) -> tuple[int, int]:
    """Bytes and packets that went out, in Prometheus's text format; none before the first one. Raises ValueError."""
    totals = {"bytes": 0.0, "total": 0.0}
    for what, value in COUNTED.findall(text):
        totals[what] += float(value)
    return round(totals["bytes"]), round(totals["total"])
