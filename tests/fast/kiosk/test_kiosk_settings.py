"""The kiosk's environment, read once; all faults at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.settings import VARIABLES, Settings, SettingsError, read

URL = "https://marquee.example.org"


def test_the_address_alone_is_enough() -> None:
    assert read({"CONTROLLER_URL": URL}) == Settings(URL, Path("/var/lib/kiosk"), None, None, 700_000_000, None)


def test_everything_can_be_set() -> None:
    found = read(
        {
            "CONTROLLER_URL": "http://127.0.0.1:8000/",
            "KIOSK_STATE_DIR": "/srv/kiosk",
            "KIOSK_ENROLMENT_KEY": " mek1_a_b_c ",
            "KIOSK_SESSION_ID": "3",
            "KIOSK_MEMORY_LIMIT_MB": "900",
            "NOTIFY_SOCKET": "/run/systemd/notify",
        }
    )
    assert found == Settings("http://127.0.0.1:8000", Path("/srv/kiosk"), "mek1_a_b_c", 3, 900_000_000, "/run/systemd/notify")


def test_what_is_set_to_nothing_is_not_set() -> None:
    empty = dict.fromkeys(VARIABLES, " ")
    assert read({**empty, "CONTROLLER_URL": URL}) == read({"CONTROLLER_URL": URL})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "marquee.example.org",
        "ftp://marquee.example.org",
        "https://",
        "https://marquee.example.org/dashboard",
        "https://marquee.example.org?a=1",
        "https://marquee.example.org#a",
        "https://ada:secret@marquee.example.org",
        "https://[",
        "https://marquee.example.org:99999",
        "https://marquee.example.org:port",
    ],
)
def test_what_is_no_controllers_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"CONTROLLER_URL .* for example https://"):
        read({"CONTROLLER_URL": url})


@pytest.mark.parametrize("session", ["0", "-1", "one", "1.5", "1000001", "٣", "9" * 5_000])
def test_what_is_no_session_is_refused(session: str) -> None:
    with pytest.raises(SettingsError, match="KIOSK_SESSION_ID"):
        read({"CONTROLLER_URL": URL, "KIOSK_SESSION_ID": session})


@pytest.mark.parametrize("limit", ["0", "-1", "5", "700 MB", "1.5", "9" * 7])
def test_what_is_no_memory_limit_is_refused(limit: str) -> None:
    with pytest.raises(SettingsError, match=r"KIOSK_MEMORY_LIMIT_MB .* for example 700"):
        read({"CONTROLLER_URL": URL, "KIOSK_MEMORY_LIMIT_MB": limit})


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"KIOSK_SESSION_ID": "one"})
    assert len(caught.value.faults) == 2
