"""What the controller's machine takes the time to be: a display's own clock is not trusted, for it may never have been set."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT_S = 3.0
APART_S = 3600.0
"""Clocks that differ by less make no certificate valid or invalid that lives for days."""


def words_of_wrong_clock(url: str) -> str | None:
    """What is wrong with this machine's clock, by the answer's Date; None where they agree, or nobody says."""
    theirs, ours = _date_of(url), datetime.now(UTC)
    if theirs is None or abs((theirs - ours).total_seconds()) < APART_S:
        return None
    return f"this display takes today for {ours:%-d %B %Y}, the controller for {theirs:%-d %B %Y}"


def _date_of(url: str) -> datetime | None:
    """The moment that an answer carries. No certificate is checked: nothing is sent, and only words for a card come of it."""
    parts = urlsplit(url)
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=unchecked)
    try:
        connection.request("HEAD", "/healthz")
        return parsedate_to_datetime(connection.getresponse().headers["Date"] or "")
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
