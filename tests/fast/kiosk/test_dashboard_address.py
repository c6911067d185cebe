"""Which controller's dashboard a phone could open."""

from __future__ import annotations

import pytest

from kiosk.dashboard_address import for_phones


@pytest.mark.parametrize(
    "controller",
    [
        "https://marquee.example.org",
        "https://marquee.example.org:8443",
        "http://192.168.10.4:8000",
        "http://[2001:db8::7]:8000",
        "https://localhost.example.org",
        "http://marquee",
    ],
)
def test_a_controller_elsewhere_has_a_dashboard_for_phones(controller: str) -> None:
    assert for_phones(controller) == f"{controller}/"


@pytest.mark.parametrize(
    "controller",
    [
        "http://127.0.0.1:8000",
        "http://127.8.8.8",
        "http://[::1]:8000",
        "http://[::ffff:127.0.0.1]:8000",
        "http://localhost:8000",
        "http://LOCALHOST.",
        "http://kiosk.localhost:8000",
        "http://0.0.0.0:8000",
        "http://[::]:8000",
    ],
)
def test_this_very_machine_is_nowhere_for_a_phone(controller: str) -> None:
    assert for_phones(controller) is None
