"""How often anybody may ask: Flask-Limiter over the live store. It stops a flood and never a site.

Once a key is known, whoever holds it is counted by it: a display, a person, a program. Before that only the address is known, and
200 displays may stand behind one. So what costs nothing (a nonce, a bad signature) is limited generously, and what is kept (a
display nobody knows) strictly. What anybody may read comes from memory or disk and is not counted.

Where the store does not answer, each process counts for itself until it does.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond

from controller.parts import Parts
from controller.web import errors
from controller.web.access import READING, network

BY_ADDRESS = "20000 per minute"
"""Per route. 200 displays that lost their controller ask each 0.6 s (kiosk/retry_delays.py), for a nonce and then by a hello."""

SIGN_INS_BY_ADDRESS = "120 per minute"
"""Each costs a hash of 50 ms; tries that fail are throttled much sooner (rules/sign_in_throttle.py)."""

BY_KEY = "600 per minute"
"""Per route. The busiest is the presenter page: a heartbeat each second."""

HELLOS_OF_DISPLAY = RateLimitItemPerMinute(60)
"""A kiosk that is turned away tries again after a second at most."""

HELLOS_OF_ENROLMENT_KEY = RateLimitItemPerMinute(1200)
"""Each is good for 50 displays at most, and a few keys let a site in at once."""

NEW_DISPLAYS_OF_ADDRESS = RateLimitItemPerSecond(60, 45)
NEW_DISPLAYS = RateLimitItemPerSecond(60, 15)
"""Without an enrolment key. After a flood a true one gets in within these seconds and the 10 of a kiosk
(kiosk/retry_delays.py); by then those that filled the 200 places to wait and fell silent give way too (rules/waiting.py)."""

MESSAGE = "too many requests; wait {wait} s, then try again"


def install(app: Flask, parts: Parts) -> None:
    """Count every request; after `access`, which finds out who asks."""
    limiter = Limiter(
        _caller,
        app=app,
        default_limits=[_limit],
        default_limits_exempt_when=_is_free,
        default_limits_per_method=True,
        storage_uri="redis://",
        storage_options=cast(dict[str, Any], {"connection_pool": parts.stores.live.connection_pool}),
        in_memory_fallback_enabled=True,
    )
    app.extensions["rate_limits"] = limiter
    app.register_error_handler(RateLimitExceeded, _refused)
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)


def spend(limit: RateLimitItem, *who: str) -> None:
    """Count one more of something. Raises Refused (429)."""
    limiter: Limiter = current_app.extensions["rate_limits"]
    if not limiter.limiter.hit(limit, *who):
        wait_s = _wait_s(limiter.limiter.get_window_stats(limit, *who).reset_time)
        raise errors.Refused(429, "too_many_requests", MESSAGE.format(wait=wait_s), retry_after_s=wait_s)


def _caller() -> str:
    if "device" in g:
        return f"display {g.device.display_id}"
    if "account" in g:
        return f"account {g.account.name}"
    return f"address {network()}"


def _limit() -> str:
    if "device" in g or "account" in g:
        return BY_KEY
    return SIGN_INS_BY_ADDRESS if request.endpoint == "pages.submit_login" else BY_ADDRESS


def _is_free() -> bool:
    return request.method in READING and "device" not in g and "account" not in g


def _refused(error: RateLimitExceeded) -> Response:
    del error
    limiter: Limiter = current_app.extensions["rate_limits"]
    wait_s = _wait_s(limiter.current_limit.reset_at if limiter.current_limit else 0)
    return errors.answer(429, "too_many_requests", MESSAGE.format(wait=wait_s), retry_after_s=wait_s)


def _wait_s(reset_at: float) -> int:
    return max(1, math.ceil(reset_at - time.time()))
