"""The environment, read once into frozen objects; every fault is reported together, and nothing else reads the environment.

`VARIABLES` is the list that `.env.example` explains; a test keeps the two alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller.rules.bandwidth_budget import Limits
from controller.rules.billing import Billing
from controller.rules.guard_policy import LOWEST
from wire.presenter import MAX_BITRATE_BPS, MAX_FRAMES_PER_SECOND, SenderLimits

VARIABLES = (
    "REDIS_URL",
    "REDIS_LIVE_URL",
    "CONTROLLER_SECRET_KEY",
    "TRUSTED_PROXIES",
    "LIVEKIT_URL",
    "LIVEKIT_API_URL",
    "LIVEKIT_API_KEY",
    "LIVEKIT_API_SECRET",
    "LIVEKIT_TOKEN_TTL_SECONDS",
    "LIVEKIT_ROOM_PREFIX",
    "LIVEKIT_METRICS_URL",
    "AUDIT_DIR",
    "STATE_WITNESS",
    "DISPLAY_AUTO_APPROVE",
    "DISPLAY_REQUIRE_PAIRING_CODE",
    "SESSION_MAX_DISPLAYS",
    "QUALITY_LOWEST_BITRATE_BPS",
    "QUALITY_LOWEST_FRAMES_PER_SECOND",
    "BANDWIDTH_MONITOR_ENABLED",
    "BANDWIDTH_INTERFACE",
    "BANDWIDTH_SAMPLE_INTERVAL_SECONDS",
    "BANDWIDTH_BUDGET_GB",
    "BANDWIDTH_WARN_GB",
    "BANDWIDTH_CRITICAL_GB",
    "BANDWIDTH_HARD_STOP",
    "BANDWIDTH_BILLING",
    "BANDWIDTH_CALIBRATION",
    "BANDWIDTH_TIME_ZONE",
    "BANDWIDTH_MONTH_GB",
    "BANDWIDTH_MONTH_RESET_DAY",
)

SHORTEST_SECRET = 32
"""Characters. LiveKit only logs when its secret is shorter, PyJWT warns; we refuse."""

GIGABYTE = 10**9
"""Hosts bill decimal gigabytes."""

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class AutoApprove(StrEnum):
    """Which displays become `approved` as `normal` on joining."""

    NONE = "none"
    ENROLLED = "enrolled"
    ALL = "all"
    """The change document's behaviour of 2026-01-16: every display."""


class RequirePairingCode(StrEnum):
    """Which approvals by an admin need the code on the display's own screen."""

    NONE = "none"
    PROTECTED = "protected"
    ALL = "all"


@dataclass(frozen=True)
class LiveKitSettings:
    """How clients and the controller reach the SFU, and what signs their tokens."""

    url: str
    """What browsers and kiosks use: ws:// or wss://."""
    api_url: str
    """What the controller uses: http:// or https://."""
    api_key: str
    api_secret: str
    token_ttl_s: int
    room_prefix: str
    metrics_url: str | None = None
    """Where the SFU's own metrics are; None: nowhere."""


@dataclass(frozen=True)
class BandwidthSettings:
    """What is counted, how often, how the host bills it, and the thresholds of a day in bytes."""

    enabled: bool
    interface: str | None
    """None: that of the default route."""
    sample_interval_s: float
    budget_bytes: int
    warn_bytes: int
    critical_bytes: int
    hard_stop: bool
    """Whether protected displays, too, lose the picture when the budget is used up."""
    billing: Billing
    calibration: float
    """The host's own figure of a month, divided by ours."""
    time_zone: ZoneInfo
    """Whose midnight ends a day, and whose dates a month is made of."""
    month_bytes: int | None
    """None: no allowance."""
    month_reset_day: int

    @property
    def limits(self) -> Limits:
        """The thresholds of a day."""
        return Limits(self.warn_bytes, self.critical_bytes, self.budget_bytes)

    @property
    def month_limits(self) -> Limits | None:
        """The thresholds of a month, at the same parts of its allowance; None: no allowance."""
        return self.limits.scaled_to(self.month_bytes) if self.month_bytes is not None else None


@dataclass(frozen=True)
class Settings:
    """All settings of the controller's programs."""

    redis_url: str
    redis_live_url: str
    """The same as `redis_url` where no second store was given."""
    secret_key: bytes
    trusted_proxies: int
    """How many proxies stand before the web process, each adding to X-Forwarded-For. 0: the header is not believed."""
    audit_dir: Path | None
    """Where old audit records go; None: nowhere, the state store keeps a bounded number."""
    witness_file: Path | None
    """What remembers the state store outside of it; None: nothing, and one that comes back older is not noticed."""
    livekit: LiveKitSettings | None
    missing_livekit: tuple[str, ...]
    """The variables to set when `livekit` is None."""
    auto_approve: AutoApprove
    require_pairing_code: RequirePairingCode
    session_max_displays: int
    lowest_limits: SenderLimits
    """How far the quality guard may lower what the presenter sends while no protected display is approved."""
    bandwidth: BandwidthSettings

    @property
    def has_live_store(self) -> bool:
        """Whether live data has a store of its own, which is never written to disk."""
        return self.redis_live_url != self.redis_url


class SettingsError(Exception):
    """The environment is wrong; `faults` has one sentence for each variable concerned."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("the settings are wrong:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


def from_environment() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return read(os.environ)


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` describes.

    Raises SettingsError that names every fault at once.
    """
    reader = _Reader(environ)
    redis_url = reader.store("REDIS_URL", example="redis://127.0.0.1:6379/0")
    settings = Settings(
        redis_url=redis_url,
        redis_live_url=reader.store("REDIS_LIVE_URL", default=redis_url),
        secret_key=reader.secret("CONTROLLER_SECRET_KEY").encode(),
        trusted_proxies=int(reader.number("TRUSTED_PROXIES", 0, at_least=0, at_most=10)),
        audit_dir=reader.path("AUDIT_DIR", "folder", example="/var/lib/marquee/audit"),
        witness_file=reader.path("STATE_WITNESS", "file", example="/var/lib/marquee/witness"),
        livekit=_read_livekit(reader),
        missing_livekit=reader.absent("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
        auto_approve=reader.choice("DISPLAY_AUTO_APPROVE", AutoApprove, AutoApprove.ENROLLED),
        require_pairing_code=reader.choice("DISPLAY_REQUIRE_PAIRING_CODE", RequirePairingCode, RequirePairingCode.NONE),
        session_max_displays=int(reader.number("SESSION_MAX_DISPLAYS", 5, at_least=1, at_most=1000)),
        lowest_limits=_read_lowest_limits(reader),
        bandwidth=_read_bandwidth(reader),
    )
    if reader.faults:
        raise SettingsError(reader.faults)
    return settings


def _read_livekit(reader: _Reader) -> LiveKitSettings | None:
    ttl_s = int(reader.number("LIVEKIT_TOKEN_TTL_SECONDS", 120, at_least=10, at_most=86_400))
    prefix = reader.text("LIVEKIT_ROOM_PREFIX", default="marquee-")
    if reader.absent("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        return None
    url = reader.url("LIVEKIT_URL", schemes=("ws", "wss"), example="wss://sfu.example.org")
    return LiveKitSettings(
        url=url,
        api_url=reader.url("LIVEKIT_API_URL", schemes=("http", "https"), default=_api_url_of(url)),
        api_key=reader.text("LIVEKIT_API_KEY", example="marquee"),
        api_secret=reader.secret("LIVEKIT_API_SECRET"),
        token_ttl_s=ttl_s,
        room_prefix=prefix,
        metrics_url=reader.url("LIVEKIT_METRICS_URL", schemes=("http", "https"), default="") or None,
    )


def _read_lowest_limits(reader: _Reader) -> SenderLimits:
    bitrate_bps = reader.number("QUALITY_LOWEST_BITRATE_BPS", LOWEST.max_bitrate_bps, at_least=100_000, at_most=MAX_BITRATE_BPS)
    per_second = reader.number(
        "QUALITY_LOWEST_FRAMES_PER_SECOND", LOWEST.max_frames_per_second, at_least=1, at_most=MAX_FRAMES_PER_SECOND
    )
    return SenderLimits(max_bitrate_bps=int(bitrate_bps), max_frames_per_second=int(per_second))


def _read_bandwidth(reader: _Reader) -> BandwidthSettings:
    budget_gb = reader.number("BANDWIDTH_BUDGET_GB", 200, at_least=0.001)
    warn_gb = reader.number("BANDWIDTH_WARN_GB", 150, at_least=0.001)
    month_gb = reader.number("BANDWIDTH_MONTH_GB", 0, at_least=0)
    critical_gb = reader.number("BANDWIDTH_CRITICAL_GB", 180, at_least=0.001)
    if not warn_gb <= critical_gb <= budget_gb:
        reader.faults.append(
            "BANDWIDTH_WARN_GB, BANDWIDTH_CRITICAL_GB and BANDWIDTH_BUDGET_GB must rise in this order, "
            f"for example 150, 180, 200; they are {warn_gb:g}, {critical_gb:g}, {budget_gb:g}"
        )
    return BandwidthSettings(
        enabled=reader.flag("BANDWIDTH_MONITOR_ENABLED", default=True),
        interface=reader.text("BANDWIDTH_INTERFACE", default="") or None,
        sample_interval_s=reader.number("BANDWIDTH_SAMPLE_INTERVAL_SECONDS", 10, at_least=0.1, at_most=3600),
        budget_bytes=int(budget_gb * GIGABYTE),
        warn_bytes=int(warn_gb * GIGABYTE),
        critical_bytes=int(critical_gb * GIGABYTE),
        hard_stop=reader.flag("BANDWIDTH_HARD_STOP", default=False),
        billing=reader.choice("BANDWIDTH_BILLING", Billing, Billing.BOTH),
        calibration=reader.number("BANDWIDTH_CALIBRATION", 1, at_least=0.9, at_most=1.2),
        time_zone=reader.time_zone("BANDWIDTH_TIME_ZONE", default="UTC"),
        month_bytes=int(month_gb * GIGABYTE) or None,
        month_reset_day=int(reader.number("BANDWIDTH_MONTH_RESET_DAY", 1, at_least=1, at_most=28)),
    )


def _api_url_of(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return {"ws": "http", "wss": "https"}.get(scheme, scheme) + f"://{rest}"


class _Reader:
    """Reads single variables and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def text(self, name: str, *, default: str | None = None, example: str = "") -> str:
        value = self.environ.get(name, "").strip() or default
        if value is None:
            self.faults.append(f"{name} is not set; for example {name}={example}")
            return ""
        return value

    def absent(self, *names: str) -> tuple[str, ...]:
        return tuple(name for name in names if not self.environ.get(name, "").strip())

    def secret(self, name: str) -> str:
        value = self.environ.get(name, "").strip()
        if len(value) < SHORTEST_SECRET:
            self.faults.append(f"{name} must have at least {SHORTEST_SECRET} characters; make one with: openssl rand -hex 32")
        return value

    def url(self, name: str, *, schemes: tuple[str, ...], default: str | None = None, example: str = "") -> str:
        value = self.text(name, default=default, example=example).rstrip("/")
        if value and not _is_address(value, schemes):
            self.faults.append(f"{name} must be a {' or '.join(f'{scheme}://' for scheme in schemes)} address; it is {value!r}")
        return value

    def store(self, name: str, *, default: str | None = None, example: str = "") -> str:
        value = self.text(name, default=default, example=example)
        is_socket = value.startswith("unix:///")
        if value and value != default and not is_socket and not _is_address(value, ("redis", "rediss")):
            self.faults.append(f"{name} must be a redis://, rediss:// or unix:/// address")
        return value

    def path(self, name: str, what: str, *, example: str) -> Path | None:
        value = self.environ.get(name, "").strip()
        if value and not value.startswith("/"):
            self.faults.append(f"{name} must be a {what}'s whole path, for example {name}={example}; it is {value!r}")
        return Path(value) if value else None

    def number(self, name: str, default: float, *, at_least: float, at_most: float = 1e12) -> float:
        return self._parse(
            name, default, lambda raw: _bounded(float(raw), at_least, at_most), f"a number from {at_least:g} to {at_most:g}"
        )

    def flag(self, name: str, *, default: bool) -> bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return self._parse(name, default, lambda raw: words[raw.lower()], "true or false")

    def time_zone(self, name: str, *, default: str) -> ZoneInfo:
        try:
            return ZoneInfo(self.text(name, default=default))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.faults.append(f"{name} must be a time zone, for example {name}=Europe/Berlin; it is {self.environ[name]!r}")
            return ZoneInfo(default)

    def choice(self, name: str, kind: type[E], default: E) -> E:
        return self._parse(name, default, kind, "one of " + ", ".join(kind))

    def _parse(self, name: str, default: T, parse: Callable[[str], T], form: str) -> T:
        raw = self.environ.get(name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except (ValueError, KeyError):
            self.faults.append(f"{name} must be {form}, for example {name}={default}; it is {raw!r}")
            return default


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises where it is no port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)


def _bounded(value: float, at_least: float, at_most: float) -> float:
    if not at_least <= value <= at_most:
        raise ValueError(value)
    return value
