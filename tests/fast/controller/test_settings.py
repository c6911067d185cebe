"""The environment, read once; all faults at once; `.env.example` explains each variable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from controller import settings
from controller.settings import AutoApprove, SettingsError
from kiosk.settings import VARIABLES as KIOSK_VARIABLES

ENV_EXAMPLE = Path(__file__).parents[3] / ".env.example"
MINIMAL = {"REDIS_URL": "redis://127.0.0.1:6379/0", "CONTROLLER_SECRET_KEY": "s" * 32}
LIVEKIT = {"LIVEKIT_URL": "wss://sfu.example.org/", "LIVEKIT_API_KEY": "marquee", "LIVEKIT_API_SECRET": "x" * 32}


def test_env_example_explains_each_variable_and_no_other() -> None:
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", ENV_EXAMPLE.read_text(), flags=re.M))
    assert named == set(settings.VARIABLES) | set(KIOSK_VARIABLES)


def test_env_example_holds_no_secret() -> None:
    assert re.search(r"^(CONTROLLER_SECRET_KEY|LIVEKIT_API_SECRET)=.+", ENV_EXAMPLE.read_text(), flags=re.M) is None


def test_the_defaults_of_env_example_are_those_of_the_settings() -> None:
    text = ENV_EXAMPLE.read_text()
    shown = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(\S+)$", text, flags=re.M))
    for name in (
        "REDIS_LIVE_URL",
        "LIVEKIT_API_URL",
        "LIVEKIT_METRICS_URL",
        "AUDIT_DIR",
        "STATE_WITNESS",
        "BANDWIDTH_INTERFACE",
        *KIOSK_VARIABLES,
    ):
        shown.pop(name, None)
    assert settings.read({**MINIMAL, **LIVEKIT}) == settings.read({**MINIMAL, **LIVEKIT, **shown})


def test_live_store_and_api_address_are_derived() -> None:
    read = settings.read({**MINIMAL, **LIVEKIT})
    assert read.redis_live_url == read.redis_url
    assert read.livekit is not None
    assert (read.livekit.url, read.livekit.api_url) == ("wss://sfu.example.org", "https://sfu.example.org")
    assert read.auto_approve is AutoApprove.ENROLLED


def test_missing_livekit_credentials_are_named_and_stop_nothing() -> None:
    read = settings.read({**MINIMAL, "LIVEKIT_URL": "ws://127.0.0.1:7880"})
    assert read.livekit is None
    assert read.missing_livekit == ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.read(
            {
                **LIVEKIT,
                "CONTROLLER_SECRET_KEY": "short",
                "LIVEKIT_URL": "http://sfu",
                "LIVEKIT_API_SECRET": "short",
                "DISPLAY_AUTO_APPROVE": "some",
                "SESSION_MAX_DISPLAYS": "0",
                "BANDWIDTH_MONITOR_ENABLED": "maybe",
                "BANDWIDTH_WARN_GB": "190",
            }
        )
    text = str(caught.value)
    for name in (
        "REDIS_URL",
        "CONTROLLER_SECRET_KEY",
        "LIVEKIT_URL",
        "LIVEKIT_API_SECRET",
        "DISPLAY_AUTO_APPROVE",
        "SESSION_MAX_DISPLAYS",
        "BANDWIDTH_MONITOR_ENABLED",
        "BANDWIDTH_WARN_GB",
    ):
        assert name in text, name
    assert len(caught.value.faults) == 8


@pytest.mark.parametrize("url", ["ws://", "ws://[", "wss://sfu.example.org:99999", "wss://sfu.example.org:port", "http://sfu"])
def test_what_is_no_address_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingsError, match=r"LIVEKIT_URL must be a ws:// or wss:// address"):
        settings.read({**MINIMAL, **LIVEKIT, "LIVEKIT_URL": url})


@pytest.mark.parametrize("name", ["REDIS_URL", "REDIS_LIVE_URL"])
@pytest.mark.parametrize("url", ["localhost:6379", "redis://", "redis://[", "http://127.0.0.1", "unix://state.sock"])
def test_what_is_no_store_is_refused_by_name_and_not_repeated(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} must be a redis://") as caught:
        settings.read({**MINIMAL, name: url.replace("//", "//ada:secret@")})
    assert "secret" not in str(caught.value)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("url", ["redis://127.0.0.1", "rediss://ada:secret@store.example.org:6380/1", "unix:///run/state.sock"])
def test_a_store_may_be_near_or_far(url: str) -> None:
    assert settings.read({**MINIMAL, "REDIS_URL": url}).redis_live_url == url
