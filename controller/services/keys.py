"""Every Redis key: its type, its lifetime, and which of the two stores it lives in.

State never expires by itself and is written through to disk before it is acknowledged; live data is bounded, expires, and losing
it costs a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# -- state ---------------------------------------------------------------------------------------------------------------------

DISPLAY_INDEX: Final = "display:index"
"""Hash display_id -> session_id."""

SESSIONS: Final = "sessions"
"""Hash session_id -> JSON {name, epoch}."""

SESSIONS_ARCHIVED: Final = "sessions:archived"
"""Hash session_id -> JSON as in `sessions`, until an admin brings it back: a number is never given twice."""

AUDIT_LOG: Final = "audit:log"
"""List of the newest audit records, each a line of JSON; see `audit_segments` for how many."""

AUDIT_HEAD: Final = "audit:head"
"""String `sequence:hash` of the last record."""

ACCOUNTS: Final = "accounts"
"""Hash name -> JSON {role, sessions, password_hash, created_at, generation}."""

API_KEYS: Final = "api:keys"
"""Hash key_id -> JSON {label, role, secret_sha256, made_by, made_at, expires_at}; those that expired go when they are listed."""

API_KEYS_USED: Final = "api:keys:used"
"""Hash key_id -> moment of the last use."""


@dataclass(frozen=True)
class Office:
    """The two keys of an office that one of several processes holds."""

    term: str
    """String: number of the term of whoever is in office; gone three seconds after it was renewed last."""
    terms: str
    """String: how many terms there were."""


STEWARD: Final = Office("steward:term", "steward:terms")
BANDWIDTH_MONITOR: Final = Office("bandwidth:term", "bandwidth:terms")

BANDWIDTH_LAST_SAMPLE: Final = "bandwidth:last_sample"
"""String: JSON of the last sample that was booked: counters, uptime, moment."""

BANDWIDTH_KEPT_S: Final = 400 * 86_400
"""Lifetime of the daily and minute ledgers."""

BANDWIDTH_DISPLAYS_SEEN: Final = "bandwidth:displays_seen"
"""String: JSON display_id, `display_id:stills`, `sfu` or `again` -> [moment, moment the track came, bytes since], what they
said last and was counted."""

BANDWIDTH_BUDGET: Final = "bandwidth:budget"
"""String: JSON {date, state, used_bytes, committed_bytes, lifted_by, members}, what was decided for the day last."""


DISPLAY_REGISTRY: Final = "display:registry:"
PRESENTER_LEASE: Final = "presenter:lease:"
"""Beginnings of keys, for a script that finds out the session itself."""


def display_registry(session_id: int) -> str:
    """Hash display_id -> JSON record; `{display_id}:telemetry` -> JSON of the last summary, at most one a minute."""
    return f"{DISPLAY_REGISTRY}{session_id}"


ENROLMENT_KEYS: Final = "enrolment:keys"
"""Hash key_id -> nothing: the keys there are."""


def enrolment_key(key_id: str) -> str:
    """Hash {label, secret_sha256, max_uses, uses, expires_at, revoked, session_id, made_by}."""
    return f"enrolment:key:{key_id}"


def browser_session(token_sha256: str) -> str:
    """String: JSON {token_sha256, name, generation, began_at, used_at, address, browser}; expires at its absolute end."""
    return f"browser:session:{token_sha256}"


def sign_ins(name: str) -> str:
    """Hash token_sha256 -> moment: the browser sessions of an account; expires when the last of them does."""
    return f"browser:sessions:{name}"


def presenter_lease(session_id: int) -> str:
    """String: JSON {lease_id, secret_sha256, holder, browser_session, taken_at, is_vacant}."""
    return f"{PRESENTER_LEASE}{session_id}"


def bandwidth_daily(date: str) -> str:
    """Hash {received, sent} in bytes of a UTC day."""
    return f"bandwidth:daily:{date}"


def bandwidth_minute(date: str) -> str:
    """Hash `HH:MM` -> `received sent`, the bytes of that UTC minute."""
    return f"bandwidth:minute:{date}"


def bandwidth_displays(date: str) -> str:
    """Hash `session_id:display_id` -> bytes that the card sent for it on a day of the operator's time zone, by its own count."""
    return f"bandwidth:displays:{date}"


def bandwidth_displays_minute(date: str) -> str:
    """Hash `HH:MM:all`, `HH:MM:protected`, `HH:MM:sfu`, `HH:MM:again` -> the same of all and of the protected displays, what the
    SFU says that it sent, and what of it it sent again, in that UTC minute; two days."""
    return f"bandwidth:displays_minute:{date}"


# -- live ----------------------------------------------------------------------------------------------------------------------

PUSH_CHANNEL: Final = "push"
"""Channel: the topic that changed."""


def sign_in_failures(who_sha256: str) -> str:
    """Hash {count, first_at, last_at} of an address, or of an account from an address; 15 minutes. The rate limits' own counters
    are Flask-Limiter's: `LIMITS:LIMITER/...`, a minute."""
    return f"sign_in:failures:{who_sha256}"


def sign_in_failures_told(name_sha256: str) -> str:
    """String: it stands in the audit log that tries of this name had to wait; 15 minutes."""
    return f"sign_in:failures_told:{name_sha256}"


def burnt_nonce(nonce_sha256: str) -> str:
    """String; outlives the nonce's own life."""
    return f"device:nonce:{nonce_sha256}"


def device_session(token_sha256: str) -> str:
    """String: JSON {display_id, run_id, boot_id}; one hour."""
    return f"device:session:{token_sha256}"


def device_run(display_id: str) -> str:
    """String: JSON {boot_id, run_id, since, boot_before} of the run that said hello last, or `ended`; a day."""
    return f"device:run:{display_id}"


def pairing_code(display_id: str) -> str:
    """String: the code on a waiting display's screen; ten minutes."""
    return f"display:pairing:{display_id}"


def pairing_code_owner(code_hmac: str) -> str:
    """String: the display_id that shows a code; as long as the code."""
    return f"pairing:code:{code_hmac}"


PAIRING_GUESSES: Final = "pairing:guesses"
"""String: wrong codes typed by anybody; ten minutes after the last."""


def pairing_guesses(account: str) -> str:
    """String: wrong codes typed by one person; ten minutes after the last."""
    return f"pairing:guesses:{account}"


def display_reports(display_id: str) -> str:
    """List of JSON {at, message}, the last heartbeats, newest first; a day after the last."""
    return f"display:reports:{display_id}"


def display_command(display_id: str) -> str:
    """String: JSON {command_id, kind, by, asked_at, told} of the last command; ten minutes."""
    return f"display:command:{display_id}"


def telemetry_minutes(display_id: str, date: str) -> str:
    """String: the minutes of a UTC day, each packed in its place; eight days after the last."""
    return f"telemetry:minutes:{display_id}:{date}"


def presenter_reports(session_id: int) -> str:
    """List as of displays, each `lease` the public id; a minute after the last."""
    return f"presenter:reports:{session_id}"


def quality_decision(session_id: int) -> str:
    """String: JSON of the quality guard's decision; an hour after it changed last."""
    return f"quality:decision:{session_id}"


def quality_log(session_id: int) -> str:
    """List of JSON {at, change}, the guard's last changes, newest first; eight days after the last."""
    return f"quality:log:{session_id}"


def still(session_id: int) -> str:
    """Hash {lease_id, taken_ms, still} of the session's newest still; half a minute. Never where the state store serves as live
    store."""
    return f"still:{session_id}"


SFU_STATUS_TERM: Final = "sfu:status:term"
"""String: number of the latest term in which a steward kept an observation; half a minute."""


def sfu_status(session_id: int) -> str:
    """String: JSON SfuStatus; half a minute."""
    return f"sfu:status:{session_id}"
