"""The last reports: newest first, so many and no more, and gone some time after the last."""

from __future__ import annotations

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services import keys
from controller.services.telemetry_window import DISPLAY_KEPT_S, DISPLAY_REPORTS, PRESENTER_KEPT_S, PRESENTER_REPORTS
from tests.support.controller_app import MovableClock
from tests.support.device import Device
from wire.display import ViewerReport
from wire.presenter import PresenterHeartbeat


def beat_and_wait(device: Device, clock: MovableClock, presented: int) -> None:
    device.beat(ViewerReport(frames_presented=presented))
    clock.move(1)


def test_the_newest_report_is_first(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    lobby.join()
    for presented in range(3):
        beat_and_wait(lobby, clock, presented)
    reports = parts.window.recent(1, [lobby.display_id]).displays[lobby.display_id]
    assert [report.message.viewer.frames_presented for report in reports] == [2, 1, 0]
    assert [(clock() - report.at).total_seconds() for report in reports] == [1, 2, 3]
    assert parts.window.of_displays([lobby.display_id])[lobby.display_id] == reports[0]


def test_a_display_keeps_so_many_reports_and_no_more(lobby: Device, parts: Parts, clock: MovableClock) -> None:
    lobby.join()
    for presented in range(DISPLAY_REPORTS + 3):
        beat_and_wait(lobby, clock, presented)
    reports = parts.window.recent(1, [lobby.display_id]).displays[lobby.display_id]
    assert len(reports) == DISPLAY_REPORTS
    assert reports[0].message.viewer.frames_presented == DISPLAY_REPORTS + 2


def test_a_presenters_reports_are_bounded_too_and_end_sooner(parts: Parts, clock: MovableClock) -> None:
    lease = parts.leases.take(1, Claim("paula", "her browser"), last_heard=None, now=clock())
    for _ in range(PRESENTER_REPORTS + 3):
        parts.window.keep_presenter(PresenterHeartbeat(session_id=1, lease=lease.secret, phase="live"), lease.lease, clock())
        clock.move(1)
    reports = parts.window.recent(1, []).presenter
    assert len(reports) == PRESENTER_REPORTS
    assert (clock() - reports[0].at).total_seconds() == 1
    assert 0 < parts.stores.live.ttl(keys.presenter_reports(1)) <= PRESENTER_KEPT_S


def test_reports_end_some_time_after_the_last(lobby: Device, parts: Parts) -> None:
    lobby.join()
    lobby.beat()
    assert 0 < parts.stores.live.ttl(keys.display_reports(lobby.display_id)) <= DISPLAY_KEPT_S


def test_whoever_never_reported_has_no_reports(parts: Parts) -> None:
    recent = parts.window.recent(1, ["0" * 26])
    assert recent.presenter == ()
    assert recent.displays == {"0" * 26: ()}
