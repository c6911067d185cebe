"""When a browser session is over, and how a browser is named."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST = timedelta(hours=12)
"""The absolute end: a working day and a little. A presenter must not be signed out during an event."""

LONGEST_IDLE = {"admin": timedelta(minutes=30), "presenter": timedelta(hours=12)}
"""By role. A presenter's page lies behind the slides, and its heartbeats count as use anyway (OWASP ASVS 7.1.1: say why)."""

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "CrOS", "Mac OS X", "Linux")
"""In the order in which they are looked for: Edge calls itself Chrome, Android calls itself Linux."""

LONGEST_BROWSER = 40


def is_over(role: str, began_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Whether a browser session of somebody with this role has come to its idle or its absolute end."""
    return now - began_at >= LONGEST or now - used_at >= LONGEST_IDLE[role]


def browser_in_words(user_agent: str) -> str:
    """What people call the browser, as "Firefox on Linux"; the beginning of its own words where it is none we know."""
    browser = next((name for token, name in BROWSERS if token in user_agent), None)
    system = next((name for name in SYSTEMS if name in user_agent), None)
    if browser is None:
        return "".join(letter for letter in user_agent if letter.isprintable())[:LONGEST_BROWSER] or "unknown"
    return browser if system is None else f"{browser} on {system}"
