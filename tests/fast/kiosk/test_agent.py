"""A whole kiosk without a window: the real agent and page server against a real controller."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from limits import RateLimitItemPerMinute

from controller.parts import Parts
from controller.rules.presenting import Claim
from controller.services import display_registry
from controller.web import event_streams, rate_limits
from kiosk import agent, controller_client, generation, retry_delays, telemetry
from kiosk.agent import Agent
from kiosk.controller_client import ControllerClient
from kiosk.identity import open_identity
from kiosk.lifecycle import KioskState
from kiosk.own_restart import Restarts
from kiosk.page_care import PageCare
from kiosk.page_server import PageCalls, PageRefused, PageReport, PageServer
from kiosk.remedies import Remedy, Trouble
from kiosk.settings import Settings
from kiosk.watchdog import LIMITS_S, Watchdog
from onebox.waiting import NotInTime, wait_until
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import MovableClock
from tests.support.person import Person
from tests.support.served_controller import ServedController
from wire.display import Hello, State, ViewerReport

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WITHIN_S = 60.0


class Kiosk:
    """One kiosk, started; what its page would show."""

    def __init__(self, url: str, folder: Path, enrolment_key: str | None = None) -> None:
        settings = Settings(url, folder, enrolment_key, None, 700_000_000, None)
        self.folder = folder
        self.identity = open_identity(folder)
        self.watchdog = Watchdog(None)
        self.client = ControllerClient(url, self.identity)
        state = KioskState(controller=url, version="0.1.0")
        self.care = PageCare(started_at_s=0.0, memory_limit_bytes=10**12)
        self.agent = Agent(settings, state, self.client, self.watchdog, self.care, Restarts(), lambda report: report.viewer)
        self.page = PageServer(PageCalls(report=self.agent.hear_page, room_token=self.agent.room_token, still=self.agent.still))

    def start(self) -> None:
        self.page.start()
        self.agent.start(self.page)

    def stop(self) -> None:
        self.agent.stop()
        self.page.stop()
        os.close(self.identity.lock_descriptor)

    @property
    def view(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.page.view_after(-1))["view"]
        return found

    def wait_for_card(self, kind: str) -> dict[str, Any]:
        """Wait until this kind of card is shown."""
        wait_until(lambda: self.view["card"]["kind"] == kind, f"the card {kind}", timeout_s=WITHIN_S)
        card: dict[str, Any] = self.view["card"]
        return card

    def report(self, **viewer: Any) -> None:
        self.agent.hear_page(PageReport(viewer=ViewerReport(**viewer)))


@pytest.fixture
def start(controller: ServedController, tmp_path: Path) -> Iterator[Callable[..., Kiosk]]:
    """Start a kiosk of this controller."""
    started: list[Kiosk] = []

    def make(enrolment_key: str | None = None) -> Kiosk:
        started.append(Kiosk(controller.url, tmp_path / "kiosk", enrolment_key))
        started[-1].start()
        return started[-1]

    yield make
    for kiosk in started:
        kiosk.stop()


@pytest.fixture
def key(parts: Parts, clock: MovableClock) -> str:
    """An enrolment key for one display."""
    return parts.enrolment_keys.create(label="first", max_uses=1, life=timedelta(days=1), now=clock()).key


def test_a_new_kiosk_waits_and_is_ready_as_soon_as_it_is_approved(start: Callable[..., Kiosk], parts: Parts, ada: Person) -> None:
    kiosk = start()
    code = kiosk.wait_for_card("pending")["code"]
    assert parts.pairing_codes.of(kiosk.identity.display_id).code == code
    began_s = time.monotonic()
    ada.decide("approve", kiosk.identity.display_id, role="normal")
    assert kiosk.wait_for_card("ready")["code"] is None
    assert kiosk.view["joins"]
    assert time.monotonic() - began_s < 3, "told at once, not with the next heartbeat"


def test_a_kiosk_with_a_key_is_ready_by_itself(start: Callable[..., Kiosk], key: str) -> None:
    assert start(key).wait_for_card("ready")["tone"] == "ready"


def test_a_picture_is_reported_at_once(start: Callable[..., Kiosk], key: str, parts: Parts) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    kiosk.report(stage="receiving", presenter_identity="presenter-1", last_frame_age_ms=10, frames_presented=1)

    def stage() -> bool:
        report = parts.window.of_displays([kiosk.identity.display_id]).get(kiosk.identity.display_id)
        return report is not None and report.message.viewer.stage == "receiving"

    wait_until(stage, "the controller knows of the picture", timeout_s=3)


def test_the_presenter_is_named_to_the_page(start: Callable[..., Kiosk], key: str, parts: Parts, clock: MovableClock) -> None:
    lease = parts.leases.take(1, Claim("paula", "browser"), last_heard=None, now=clock()).lease
    kiosk = start(key)
    assert "paula" in kiosk.wait_for_card("joining")["lines"][0]
    assert kiosk.view["presenter_identity"] == lease.identity


def test_the_page_may_reach_the_sfu_that_the_controller_names(start: Callable[..., Kiosk], key: str) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    assert "connect-src 'self' ws://127.0.0.1:9 http://127.0.0.1:9" in kiosk.page.policy()


def test_a_revoked_kiosk_leaves_at_once(
    start: Callable[..., Kiosk], key: str, ada: Person, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("display not removed from the room yet")
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    ada.decide("revoke", kiosk.identity.display_id)
    kiosk.wait_for_card("revoked")
    assert not kiosk.view["joins"]


def test_a_controller_that_goes_and_comes_back_takes_no_picture_away(
    start: Callable[..., Kiosk], key: str, controller: ServedController
) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    controller.stop()
    kiosk.report(stage="joined")
    kiosk.report(stage="receiving", last_frame_age_ms=10)
    away = kiosk.wait_for_card("controller_away")
    assert away["lines"][0] == f"Nothing answers at 127.0.0.1:{controller.port}."
    assert kiosk.view["joins"]
    controller.start()
    kiosk.wait_for_card("ready")


def test_a_kiosk_that_starts_before_its_controller_waits_for_it(
    start: Callable[..., Kiosk], controller: ServedController
) -> None:
    controller.stop()
    kiosk = start()
    assert kiosk.wait_for_card("unreachable")["next_try_in_ms"] is not None
    controller.start()
    kiosk.wait_for_card("pending")


def hurry_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every try that waits at all waits for longer than a test lasts."""
    monkeypatch.setattr(retry_delays, "HURRIED_FOR_S", 0.0)
    monkeypatch.setattr(retry_delays, "LONGEST_S", 3_600.0)


def assert_nobody_asks(port: int) -> None:
    """Stand in the controller's place for longer than a hurried try takes to come."""
    with socket.create_server(("127.0.0.1", port)) as in_its_place:
        in_its_place.settimeout(2.5)
        with pytest.raises(TimeoutError):
            in_its_place.accept()


class NoneFree(event_streams.OpenStreams):
    """As many streams are open as may."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked = 0

    def open(self, reader: socket.socket | None = None) -> event_streams.Stream:
        """Refuse, and count."""
        self.asked += 1
        return super().open(reader)


def test_a_kiosk_whose_stream_is_refused_beats_no_faster(
    start: Callable[..., Kiosk], parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = NoneFree()
    monkeypatch.setattr(event_streams, "open_streams", places)
    kiosk = start()
    kiosk.wait_for_card("pending")
    wait_until(lambda: places.asked >= 3, "the stream is asked for again", timeout_s=WITHIN_S)
    report = parts.window.of_displays([kiosk.identity.display_id]).get(kiosk.identity.display_id)
    assert report is None, "the first heartbeat is due five seconds after hello"


def test_a_kiosk_keeps_to_its_delays_while_the_controller_is_away(
    start: Callable[..., Kiosk], key: str, controller: ServedController, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    hurry_no_more(monkeypatch)
    controller.stop()
    kiosk.wait_for_card("controller_away")
    assert_nobody_asks(controller.port)


def test_a_kiosk_that_asks_too_often_says_so_and_hurries_no_more(
    start: Callable[..., Kiosk], parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "BY_ADDRESS", "2 per minute")
    monkeypatch.setattr(rate_limits, "NEW_DISPLAYS_OF_ADDRESS", RateLimitItemPerMinute(0))
    kiosk = start()
    card = kiosk.wait_for_card("busy")
    assert card["lines"][0].startswith("Too many requests; wait ")
    assert card["next_try_in_ms"] > 3_000
    assert parts.registry.in_session(1) == []


def test_a_kiosk_for_which_there_is_no_place_to_wait_says_so_and_waits_as_soon_as_there_is(
    start: Callable[..., Kiosk], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(display_registry, "MAX_PENDING", 0)
        kiosk = start()
        assert kiosk.wait_for_card("busy")["lines"][0].startswith("As many displays wait for approval as may")
    kiosk.wait_for_card("pending")


def sessions(parts: Parts) -> list[str]:
    """The keys of the device sessions there are."""
    found: list[str] = parts.stores.live.keys("device:session:*")  # type: ignore[attr-defined]
    return found


def forget_sessions(parts: Parts) -> None:
    for name in sessions(parts):
        parts.stores.live.delete(name)


def wait_for_session(parts: Parts) -> None:
    wait_until(lambda: sessions(parts) or None, "another hello", timeout_s=3)


def test_a_forgotten_session_is_begun_again_at_once(
    start: Callable[..., Kiosk], parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = start()
    kiosk.wait_for_card("pending")
    kiosk.report(stage="receiving", last_frame_age_ms=10)
    wait_until(lambda: parts.window.of_displays([kiosk.identity.display_id]) or None, "a heartbeat", timeout_s=3)
    hurry_no_more(monkeypatch)
    forget_sessions(parts)
    kiosk.report(stage="joined")
    wait_for_session(parts)


def test_a_session_forgotten_before_it_held_is_begun_again_unhurried(
    start: Callable[..., Kiosk], parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = start()
    kiosk.wait_for_card("pending")
    hurry_no_more(monkeypatch)
    forget_sessions(parts)
    kiosk.report(stage="receiving", last_frame_age_ms=10)
    with pytest.raises(NotInTime):
        wait_for_session(parts)
    assert kiosk.view["card"]["kind"] == "pending", "the controller answers, so the link is not down"


def test_a_kiosk_whose_key_another_process_of_its_machine_uses_stays_out_and_asks_no_more(
    start: Callable[..., Kiosk], key: str, controller: ServedController
) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    kiosk.client.hello(Hello(boot_id=telemetry.boot_id(), run_id="0" * 32, version="0.1.0"))
    kiosk.report(stage="receiving", last_frame_age_ms=10)
    kiosk.wait_for_card("superseded")
    assert not kiosk.view["joins"]
    assert not kiosk.watchdog.is_silent("heartbeat"), "nobody waits for the heartbeat any more"
    controller.stop()
    assert_nobody_asks(controller.port)
    assert not kiosk.watchdog.is_silent("heartbeat")


ANOTHER_BOOT = "5f1d1f0c-8a7e-4d43-9b0a-2f3c4d5e6f70"


def copied(kiosk: Kiosk) -> Hello:
    """A hello of a machine whose disk is a copy of this kiosk's."""
    shown = generation.shown(kiosk.folder)
    return Hello(boot_id=ANOTHER_BOOT, run_id="0" * 32, version="0.1.0", generation=shown)


def test_a_kiosk_whose_disk_was_copied_says_so_stays_out_and_comes_back_when_it_is_resolved(
    start: Callable[..., Kiosk],
    key: str,
    parts: Parts,
    ada: Person,
    announced_logs: AnnouncedLogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announced_logs.allow("two machines use one display's key", "display not removed from the room yet")
    monkeypatch.setattr(agent, "CONFLICT_PAUSE_S", 0.2)
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    assert kiosk.client.hello(copied(kiosk)).display.state is State.APPROVED, "it might have been a power cut"
    kiosk.report(stage="receiving", last_frame_age_ms=10)
    kiosk.wait_for_card("conflict")
    assert not kiosk.view["joins"]
    assert kiosk.client.hello(copied(kiosk)).display.state is State.CONFLICT
    assert ada.decide("resolve", kiosk.identity.display_id).status_code == 200
    kiosk.wait_for_card("pending")


def test_a_kiosk_that_cannot_keep_a_generation_shows_the_picture_all_the_same(
    start: Callable[..., Kiosk], key: str, tmp_path: Path, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("generation not kept")
    (tmp_path / "kiosk" / "generation").mkdir(parents=True)
    start(key).wait_for_card("ready")


def test_a_room_token_is_refused_in_the_controllers_words(start: Callable[..., Kiosk]) -> None:
    kiosk = start()
    kiosk.wait_for_card("pending")
    with pytest.raises(PageRefused) as caught:
        kiosk.agent.room_token()
    assert caught.value.refusal.error == "not_approved"


def test_a_room_token_is_refused_before_the_controller_was_reached(
    start: Callable[..., Kiosk], controller: ServedController
) -> None:
    controller.stop()
    with pytest.raises(PageRefused) as caught:
        start().agent.room_token()
    assert caught.value.refusal.error == "no_session"


def test_page_and_agent_beat_for_the_watchdog(start: Callable[..., Kiosk]) -> None:
    kiosk = start()
    assert kiosk.watchdog.silent_for_s("page") is None
    kiosk.report(stage="none")
    assert kiosk.watchdog.silent_for_s("page") is not None
    wait_until(lambda: kiosk.watchdog.silent_for_s("agent") is not None, "the agent beats", timeout_s=3)


def beats(kiosk: Kiosk, who: str) -> bool:
    """Whether a part beat in the last two seconds."""
    silent_s = kiosk.watchdog.silent_for_s(who)
    return silent_s is not None and silent_s < 2.0


def test_the_heartbeat_lives_while_it_waits_and_while_nobody_answers(
    start: Callable[..., Kiosk], controller: ServedController, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = start()
    kiosk.wait_for_card("pending")
    hurry_no_more(monkeypatch)
    controller.stop()
    kiosk.wait_for_card("unreachable")
    since_s = time.monotonic()
    wait_until(lambda: time.monotonic() - since_s > 3 and beats(kiosk, "heartbeat"), "it beats for the watchdog")


def test_a_heartbeat_that_is_stuck_in_a_request_is_silent(
    start: Callable[..., Kiosk], monkeypatch: pytest.MonkeyPatch, controller: ServedController
) -> None:
    monkeypatch.setattr(controller_client, "TIMEOUT_S", (60.0, 60.0))
    controller.stop()
    with socket.create_server(("127.0.0.1", controller.port)):
        kiosk = start()
        wait_until(lambda: (kiosk.watchdog.silent_for_s("heartbeat") or 0) > 3, "the silence is noticed", timeout_s=WITHIN_S)
        assert beats(kiosk, "agent"), "nobody waits for it"


# -- what nobody foresaw ------------------------------------------------------------------------------------------------------


def wait_for_errors(logs: AnnouncedLogs, thread: str, count: int) -> None:
    """Wait until a thread stumbled so often, which it can only do by going on."""
    logs.allow("unforeseen error")
    found = f"ERROR kiosk.agent: unforeseen error thread={thread} goes_on_in_s=0"
    wait_until(lambda: logs.lines.count(found) >= count, f"{count} errors of {thread}", timeout_s=WITHIN_S)


class Unforeseen:
    """A number of seconds that fails when it is asked for, as nobody foresaw."""

    def __float__(self) -> float:
        raise RuntimeError("nobody foresaw this")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that stumbled go on almost at once."""
    monkeypatch.setattr(agent, "STUMBLE_PAUSE_S", 0.1)


@pytest.mark.usefixtures("soon")
def test_a_heartbeat_that_stumbles_goes_on(
    start: Callable[..., Kiosk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, announced_logs: AnnouncedLogs
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(telemetry, "BOOT_ID", tmp_path / "not-there")
        kiosk = start()
        wait_for_errors(announced_logs, "heartbeat", 2)
    kiosk.wait_for_card("pending")


@pytest.mark.usefixtures("soon")
def test_an_event_stream_that_stumbles_goes_on(
    start: Callable[..., Kiosk], ada: Person, monkeypatch: pytest.MonkeyPatch, announced_logs: AnnouncedLogs
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(controller_client, "STREAM_TIMEOUT_S", Unforeseen())
        kiosk = start()
        wait_for_errors(announced_logs, "events", 2)
    kiosk.wait_for_card("pending")
    ada.decide("approve", kiosk.identity.display_id, role="normal")
    kiosk.wait_for_card("ready")


def last_beat(kiosk: Kiosk) -> float:
    """When the agent beat last, by the monotonic clock."""
    silent_s = kiosk.watchdog.silent_for_s("agent")
    return time.monotonic() - (9.0 if silent_s is None else silent_s)


@pytest.mark.usefixtures("soon")
def test_an_agent_that_stumbles_goes_on_and_beats_for_the_watchdog(
    start: Callable[..., Kiosk], announced_logs: AnnouncedLogs
) -> None:
    kiosk = start()
    for count in (1, 2):
        kiosk.agent.hear_page(PageReport.model_construct(viewer=None))  # type: ignore[arg-type]
        wait_for_errors(announced_logs, "agent", count)
    stumbled_at = time.monotonic()
    wait_until(lambda: last_beat(kiosk) > stumbled_at, "the agent beats on", timeout_s=3)
    kiosk.wait_for_card("pending")


def test_an_unforeseen_error_costs_less_than_the_watchdogs_patience() -> None:
    assert LIMITS_S["agent"] > agent.STUMBLE_PAUSE_S + agent.TICK_S


def command(ada: Person, kiosk: Kiosk, kind: str) -> None:
    """Ask a kiosk to do something, as soon as its first heartbeat was heard."""
    kiosk.report(stage="receiving", presenter_identity="presenter-1", last_frame_age_ms=10)
    wait_until(lambda: ada.decide("commands", kiosk.identity.display_id, kind=kind).status_code == 200, "it is asked")


def test_a_display_that_an_admin_looks_for_shows_its_name_within_a_moment(
    start: Callable[..., Kiosk], key: str, ada: Person
) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    command(ada, kiosk, "identify")
    wait_until(lambda: kiosk.view["identify_for_ms"], "the name over the picture", timeout_s=3)
    assert kiosk.view["name"] == kiosk.view["card"]["title"]


@pytest.mark.parametrize("kind", ["reload", "restart"])
def test_what_an_admin_asks_for_is_answered_and_then_done(
    start: Callable[..., Kiosk], key: str, ada: Person, kind: Literal["reload", "restart"]
) -> None:
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    command(ada, kiosk, kind)
    found = wait_until(lambda: kiosk.care.remedy(time.monotonic()), "the window is told", timeout_s=5)
    assert found == Remedy(kind, Trouble.ASKED)
    shown = ada.get("/api/admin/livekit/displays?session_id=1").get_json()["displays"][0]["command"]
    assert (shown["kind"], shown["outcome"]) == (kind, "done")
    kiosk.agent.stop()
    assert kiosk.care.remedy(time.monotonic()) is None, "once"


@pytest.mark.parametrize(
    ("status", "body"),
    [("400 Bad Request", b'{"error": "malformed", "message": "no such outcome"}'), ("404 Not Found", b"<h1>Not Found</h1>")],
)
def test_a_command_whose_answer_nobody_takes_is_dropped_and_keeps_no_heartbeat_back(
    controller: ServedController,
    start: Callable[..., Kiosk],
    key: str,
    ada: Person,
    parts: Parts,
    announced_logs: AnnouncedLogs,
    status: str,
    body: bytes,
) -> None:
    """As a proxy does that knows no such path, or a controller of another version."""
    announced_logs.allow("command not carried out command=reload")
    through = controller.app.wsgi_app

    def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "/commands/" not in environ["PATH_INFO"]:
            return through(environ, start_response)
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    controller.app.wsgi_app = refuse  # type: ignore[method-assign]
    kiosk = start(key)
    kiosk.wait_for_card("ready")
    command(ada, kiosk, "reload")
    wait_until(lambda: announced_logs.lines, "the command is dropped")
    kiosk.report(stage="receiving", presenter_identity="presenter-2", last_frame_age_ms=10)

    def is_heard() -> bool:
        report = parts.window.of_displays([kiosk.identity.display_id])[kiosk.identity.display_id]
        return report.message.viewer.presenter_identity == "presenter-2"

    wait_until(is_heard, "heartbeats go on")
    assert kiosk.care.remedy(time.monotonic()) is None
