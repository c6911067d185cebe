"""Why a request got no answer, told from what really went wrong on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from kiosk.link_trouble import Cause, LinkTrouble
from kiosk.request_trouble import is_about_dates, trouble_of
from kiosk.server_clock import words_of_wrong_clock
from onebox.ports import LOOPBACK, free_ports
from tests.support.certificates import DAY, Authority, serving

NOW = datetime.now(UTC)
GOOD = (NOW - DAY, NOW + DAY)
EXPIRED = (NOW - 9 * DAY, NOW - 8 * DAY)
NOT_YET = (NOW + 8 * DAY, NOW + 9 * DAY)


def failed(url: str) -> requests.RequestException:
    with pytest.raises(requests.RequestException) as caught:
        requests.get(url, timeout=2)
    return caught.value


def trouble(url: str) -> LinkTrouble:
    return trouble_of(failed(url), "HOST")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this process trusts, and nobody else."""
    found = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.bundle))
    return found


def test_a_name_that_nobody_knows() -> None:
    assert trouble("http://marquee.invalid") == LinkTrouble(Cause.NO_NAME, "the name HOST is not found")


def test_a_machine_where_nothing_listens() -> None:
    found = trouble(f"http://{LOOPBACK}:{free_ports().controller}")
    assert found == LinkTrouble(Cause.NOTHING_ANSWERS, "nothing answers at HOST")


def test_a_controller_that_is_silent() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        assert trouble(f"http://{LOOPBACK}:{silent.getsockname()[1]}") == LinkTrouble(Cause.SILENT, "no answer came from HOST")


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (lambda authority: authority.certificate(valid=EXPIRED), "has expired"),
        (lambda authority: authority.certificate(valid=NOT_YET), "is not valid yet"),
        (lambda authority: authority.certificate(valid=GOOD, name="elsewhere.example.org"), "is for another name"),
    ],
    ids=["expired", "not yet valid", "another name"],
)
def test_a_certificate_that_is_not_accepted(authority: Authority, certificate: Callable[[Authority], Path], why: str) -> None:
    with serving(certificate(authority)) as server:
        assert trouble(server.url) == LinkTrouble(Cause.CERTIFICATE, f"the certificate of HOST {why}")


def test_a_certificate_of_nobody_whom_we_trust(tmp_path: Path) -> None:
    with serving(Authority(tmp_path).certificate(valid=GOOD)) as server:
        found = trouble(server.url)
    assert found == LinkTrouble(Cause.CERTIFICATE, "the certificate of HOST is signed by nobody whom this display trusts")


def test_something_that_speaks_no_https(authority: Authority) -> None:
    with serving(authority.certificate(valid=GOOD)) as server:
        plain = server.url.replace("https://", "http://")
        assert trouble(plain).cause is Cause.BROKE
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.setblocking(False)
        assert trouble(f"https://{LOOPBACK}:{listener.getsockname()[1]}").cause is Cause.SILENT


# -- a clock that is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("valid", "about_dates"), [(EXPIRED, True), (NOT_YET, True), (GOOD, False)])
def test_a_wrong_clock_is_thought_of_where_dates_are_at_fault(
    authority: Authority, valid: tuple[datetime, datetime], about_dates: bool
) -> None:
    name = "localhost" if about_dates else "elsewhere.example.org"
    with serving(authority.certificate(valid=valid, name=name)) as server:
        assert is_about_dates(failed(server.url)) == about_dates


@pytest.mark.parametrize("ahead", [timedelta(days=3650), timedelta(days=-3650), timedelta(hours=2)])
def test_the_answers_date_says_that_our_clock_is_wrong(authority: Authority, ahead: timedelta) -> None:
    with serving(authority.certificate(valid=EXPIRED), clock_ahead=ahead) as server:
        words = words_of_wrong_clock(server.url)
    assert words is not None
    assert f"the controller for {NOW + ahead:%-d %B %Y}" in words


def test_clocks_that_agree_are_not_at_fault(authority: Authority) -> None:
    with serving(authority.certificate(valid=EXPIRED), clock_ahead=timedelta(minutes=5)) as server:
        assert words_of_wrong_clock(server.url) is None


def test_where_nobody_says_the_time_no_clock_is_blamed() -> None:
    assert words_of_wrong_clock(f"https://{LOOPBACK}:{free_ports().controller}") is None
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(0.1)
        assert words_of_wrong_clock(f"https://marquee.invalid:{listener.getsockname()[1]}") is None
