"""What the quality guard decides is put in force: by a presenter's real encoder, and on a display's glass.

The decisions are made by hand and go through the guard's own store, as those of any process; the guard lets them stand as long as
its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

import pytest

from controller import parts, settings
from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.display_steps import Place
from controller.rules.picture_delay import picture_delay_ms
from controller.services.decisions import Order
from onebox.glass import Glass, monotonic_ms
from onebox.ports import is_listening
from onebox.waiting import wait_until
from tests.support.decided_by_hand import applied, decide, lowered_to
from tests.support.figures import Figure, Figures
from tests.support.lab import OUTPUT, Lab, screen_of
from wire.display import Role, Step, ViewerReport
from wire.presenter import SenderLimits

pytestmark = pytest.mark.figures

RECORDS = """
const negotiate = RTCPeerConnection.prototype.setLocalDescription;
window.negotiations = 0;
RTCPeerConnection.prototype.setLocalDescription = function (...wanted) {
  window.negotiations++;
  return negotiate.apply(this, wanted);
};
const set = RTCRtpSender.prototype.setParameters;
window.caps = [];
RTCRtpSender.prototype.setParameters = async function (wanted) {
  const done = await set.call(this, wanted);
  window.caps.push({ bps: wanted.encodings[0].maxBitrate, atMs: Date.now() });
  window.sender = this;
  return done;
};
"""
"""Lets the test see what the page asks of its encoder, and when."""

COUNTERS = """async () => {
  const entries = [...(await window.sender.getStats()).values()];
  const sent = entries.find((one) => one.type === "outbound-rtp") ?? {};
  return {
    atMs: performance.now(),
    frames: sent.framesEncoded ?? 0,
    bytes: sent.bytesSent ?? 0,
    keyFrames: sent.keyFramesEncoded ?? 0,
    negotiations: window.negotiations,
  };
}"""

LOW = SenderLimits(max_bitrate_bps=3_200_000, max_frames_per_second=8)
LOWER = SenderLimits(max_bitrate_bps=3_100_000, max_frames_per_second=8)
LOWEST = SenderLimits(max_bitrate_bps=3_000_000, max_frames_per_second=8)
"""As low as the test picture's motion bears without falling under seven frames a second."""

TOO_LOW = SenderLimits(max_bitrate_bps=1_000_000, max_frames_per_second=8)
TAKEN_BACK_WITHIN_S = 30
STILLS_WATCHED_S = 10.0
MOVES_WITHIN_S = 0.3
STEADY_S = 4
WATCHED_S = 10


@dataclass(frozen=True)
class Sent:
    """What an encoder did between two looks at its counters."""

    frames_per_second: float
    bps: float
    key_frames: int
    negotiations: int


class Story:
    """Paula presents motion to one normal display, and decisions are made by hand."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.box.start()
        self.parts = parts.build(settings.read(lab.box.environ()))
        key = lab.box.make_enrolment_key("lobby")
        self.presenter = lab.open_presenter(lab.box.make_account("paula", "presenter"))
        self.page = self.presenter.page
        self.page.add_init_script(RECORDS)
        self.presenter.open()
        lab.stage.tell_picture("motion")
        self.presenter.share()
        wait_until(lambda: self.page.evaluate("window.sender !== undefined"), "the page has an encoder")
        self.kiosk = lab.start_kiosk(enrolment_key=key, width=640, height=360)
        self.screen = screen_of(self.kiosk)
        self.glass: Glass = lab.glass(self.kiosk)
        self.display_id = wait_until(self._only_display, "the display is registered")
        wait_until(lambda: self.glass.age_ms() is not None, "the picture on the display", timeout_s=40)
        wait_until(lambda: self.sent().bps > 3_000_000, "the presenter sends all that it may", timeout_s=40)

    def limit(self, limits: SenderLimits, *, tells: bool = True) -> datetime:
        """Lower what the presenter may send."""
        return decide(self.parts, lowered_to(limits), tells=tells)

    def step_to(self, step: Step) -> float:
        """Let the display take a step; how many seconds later it told that it does."""
        now = datetime.now(UTC)
        place = Place(step, "for a test", begun_at=now, fell_at=now, changed_at=(now, now))
        decide(self.parts, lambda before: replace(before, places={**before.places, self.display_id: place}))
        wait_until(lambda: self.viewer().step == step, f"the display takes {step}")
        return (datetime.now(UTC) - now).total_seconds()

    def promote(self) -> None:
        """Make the display a protected one."""
        now = datetime.now(UTC)
        order = Order(self.display_id, by=Actor(ActorKind.ACCOUNT, "ada"), at=now)
        self.parts.decisions.approve(order, session_id=1, role=Role.PROTECTED)

    def viewer(self) -> ViewerReport:
        """What the display told last."""
        report = self.parts.window.of_displays([self.display_id]).get(self.display_id)
        return report.message.viewer if report else ViewerReport()

    def estimated_delay_ms(self, since: datetime) -> float:
        """The mean of those since a moment."""
        return wait_until(lambda: fmean(self._estimated_delays_ms(since) or [0]) or None, "an estimate")

    def _estimated_delays_ms(self, since: datetime) -> list[int]:
        """Of each report of the display since a moment, with the presenter's of the same second."""
        recent = self.parts.window.recent(1, [self.display_id])
        found = []
        for report in recent.displays[self.display_id]:
            beside = min(recent.presenter, key=lambda sent: abs(sent.at - report.at))
            delay_ms = picture_delay_ms(beside.message.sender, report.message.viewer.reception)
            if report.at >= since and delay_ms is not None:
                found.append(delay_ms)
        return found

    def received_bps(self) -> float:
        """What comes to the display, between two reports from now on."""
        reports: list[tuple[datetime, int]] = []

        def has_two() -> bool:
            report = self.parts.window.of_displays([self.display_id])[self.display_id]
            reception = report.message.viewer.reception
            assert reception is not None
            if not reports or report.at > reports[-1][0]:
                reports.append((report.at, reception.received_bytes))
            return len(reports) == 3

        wait_until(has_two, "two more reports of the display")
        (_, _), (before_at, before), (after_at, after) = reports
        return 8 * (after - before) / (after_at - before_at).total_seconds()

    def _only_display(self) -> str | None:
        return next((record.display_id for record in self.parts.registry.in_session(1)), None)

    def seconds_to_cap(self, bps: int, since: datetime) -> float:
        """How long after a moment the page set this cap at its encoder."""
        cap: dict[str, Any] = wait_until(
            lambda: next((cap for cap in self.page.evaluate("window.caps") if cap["bps"] == bps), None), f"a cap of {bps} bit/s"
        )
        return float(cap["atMs"]) / 1000 - since.timestamp()

    def sent(self, seconds: float = 1) -> Sent:
        """What the encoder does for so long from now."""
        before: dict[str, float] = self.page.evaluate(COUNTERS)

        def look() -> dict[str, float] | None:
            now: dict[str, float] = self.page.evaluate(COUNTERS)
            return now if now["atMs"] - before["atMs"] >= 1000 * seconds else None

        after = wait_until(look, "the encoder is watched", timeout_s=seconds + 20)
        grown = {name: after[name] - before[name] for name in after}
        passed_s = grown["atMs"] / 1000
        return Sent(
            frames_per_second=grown["frames"] / passed_s,
            bps=8 * grown["bytes"] / passed_s,
            key_frames=int(grown["keyFrames"]),
            negotiations=int(grown["negotiations"]),
        )


@pytest.fixture(scope="module")
def story(make_lab: Callable[..., Lab]) -> Story:
    """One lab for the whole story."""
    return Story(make_lab())


@pytest.mark.parametrize("motion", ["motion", "quiet"])
def test_the_estimated_delay_is_near_the_one_of_the_pixels(story: Story, figures: Figures, rounds: int, motion: str) -> None:
    story.lab.stage.tell_picture(motion)
    wait_until(
        lambda: (story.sent().bps > 3_000_000) is (motion == "motion"), "the presenter's bit rate has settled", timeout_s=40
    )
    off = Figure(f"estimated delay off by, {motion}", "ms", expected=40)
    for _ in range(max(1, rounds // 5)):
        since = datetime.now(UTC)
        seen_ms = story.glass.watch(WATCHED_S).new_age_mean_ms
        figures.add(f"delay by the pixels, {motion}", seen_ms, unit="ms")
        figures.take(off, abs(story.estimated_delay_ms(since) - seen_ms))
    story.lab.stage.tell_picture("motion")


def test_limits_are_in_force_within_a_second_and_cost_no_key_frame(story: Story, figures: Figures) -> None:
    figures.add(
        "limits decided to set at the encoder",
        story.seconds_to_cap(LOW.max_bitrate_bps, story.limit(LOW)),
        unit="s",
        expected=1.0,
    )
    sent = story.sent(STEADY_S)
    assert (sent.key_frames, sent.negotiations) == (0, 0)
    settled = story.sent(STEADY_S)
    assert settled.bps < 1.1 * LOW.max_bitrate_bps
    figures.add("frames a second encoded under a limit of 8, in motion", settled.frames_per_second, unit="1/s")
    assert settled.frames_per_second < 9
    wait_until(lambda: applied(story.parts) == LOW, "the page tells what is in force")


def test_a_hint_that_was_lost_is_made_good_by_the_next_heartbeat(story: Story, figures: Figures) -> None:
    since = story.limit(LOWER, tells=False)
    taken_s = story.seconds_to_cap(LOWER.max_bitrate_bps, since)
    figures.add("limits decided to set at the encoder, by a heartbeat alone", taken_s, unit="s", expected=2.0)


def test_the_event_stream_needs_no_heartbeat(story: Story, figures: Figures) -> None:
    story.lab.announced.append(r"presenter: error: Failed to load resource")  # the heartbeats that are held back
    story.page.route("**/api/presenter/v1/heartbeat", lambda route: route.abort())
    taken_s = story.seconds_to_cap(LOWEST.max_bitrate_bps, story.limit(LOWEST))
    story.page.unroute("**/api/presenter/v1/heartbeat")
    figures.add("limits decided to set at the encoder, by the event stream alone", taken_s, unit="s", expected=1.0)


def test_limits_hold_for_the_next_publication_too(story: Story) -> None:
    story.lab.announced.extend(
        (r"^sfu: ", r"presenter: (error|warning): ", r"^kiosk-1: js: ", r"WARNING controller\.")
    )  # it is killed
    box = story.lab.box
    since = story.limit(LOW)
    story.seconds_to_cap(LOW.max_bitrate_bps, since)
    story.page.evaluate("() => { window.caps = []; }")
    box.parts["sfu"].kill()
    wait_until(lambda: not is_listening(box.ports.sfu), "the SFU is gone")
    box.start_sfu()
    story.seconds_to_cap(LOW.max_bitrate_bps, since)
    wait_until(lambda: story.sent().bps > 1_000_000, "the presenter sends again", timeout_s=40)
    assert story.sent(STEADY_S).bps < 1.1 * LOW.max_bitrate_bps


def test_limits_that_starve_the_frames_are_taken_back(story: Story, figures: Figures) -> None:
    story.lab.announced.append(r"presenter: warning: the limits break the floor")
    since = story.limit(TOO_LOW)
    story.seconds_to_cap(TOO_LOW.max_bitrate_bps, since)
    starved = story.sent(STEADY_S)

    def are_taken_back() -> bool:
        in_force = applied(story.parts)
        return in_force is not None and in_force.max_bitrate_bps > TOO_LOW.max_bitrate_bps

    wait_until(are_taken_back, "the page takes the limits back", timeout_s=TAKEN_BACK_WITHIN_S)
    taken_s = (datetime.now(UTC) - since).total_seconds()
    figures.add("limits that starve the frames: decided to taken back", taken_s, unit="s")
    wait_until(lambda: story.sent().frames_per_second >= 6, "the frames are back", timeout_s=TAKEN_BACK_WITHIN_S)
    settled = story.sent(STEADY_S)
    figures.add("frames a second under limits that starve them", starved.frames_per_second, unit="1/s")
    figures.add("the same, after they were taken back", settled.frames_per_second, unit="1/s")
    assert settled.frames_per_second > starved.frames_per_second


def test_the_base_layer_is_a_quarter_of_the_pictures_and_marked(story: Story, figures: Figures) -> None:
    story.limit(SenderLimits())
    wait_until(lambda: story.sent().bps > 3_000_000, "the presenter sends all that it may again", timeout_s=40)
    full = story.glass.watch(STEADY_S)
    figures.add("step decided to told as taken, base layer", story.step_to("base"), unit="s", expected=1.0)
    base = story.glass.watch(STEADY_S)
    figures.add("pictures a second on the glass, full", full.frames_per_second, unit="1/s")
    figures.add("pictures a second on the glass, base layer", base.frames_per_second, unit="1/s")
    assert 0 < base.frames_per_second < 0.5 * full.frames_per_second
    story.screen.save(OUTPUT / "kiosk-base-layer.png")
    story.page.screenshot(path=OUTPUT / "presenter-base-layer.png", full_page=True)


def test_on_stills_single_pictures_come_and_nothing_of_the_moving_one(story: Story, figures: Figures) -> None:
    rejoined = story.viewer().rejoined
    figures.add("step decided to told as taken, stills", story.step_to("stills"), unit="s", expected=1.0)
    since_ms = monotonic_ms()
    wait_until(lambda: story.received_bps() < 1_000, "nothing of the moving picture comes, once what was under way has")
    wait_until(lambda: is_painted_after(story.glass, since_ms), "a still on the glass")
    figures.add("step told to a still on the glass", (monotonic_ms() - since_ms) / 1000, unit="s", expected=3.0)
    seen = story.glass.watch(STILLS_WATCHED_S)
    figures.add("age of the still on the glass, p95", seen.age_p95_ms / 1000, unit="s", expected=5.0)
    assert seen.frames_per_second < 1
    assert story.viewer().rejoined == rejoined, "nothing is missing"
    story.screen.save(OUTPUT / "kiosk-stills.png")


def is_painted_after(glass: Glass, since_ms: int) -> bool:
    """Whether what stands on the glass was painted after a moment."""
    age_ms = glass.age_ms()
    return age_ms is not None and monotonic_ms() - age_ms > since_ms


def moves(glass: Glass) -> bool:
    """Whether more than one other picture appears soon."""
    try:
        return glass.watch(MOVES_WITHIN_S).pictures > 1
    except LookupError:
        return False


def test_promotion_lifts_every_step_at_once(story: Story, figures: Figures) -> None:
    since_s = time.monotonic()
    story.promote()
    wait_until(lambda: moves(story.glass), "the picture moves again")
    figures.add("promoted to a moving picture", time.monotonic() - since_s, unit="s", expected=1.0)
    assert wait_until(lambda: story.viewer().step == "full", "the display tells that it takes everything")
    assert story.glass.watch(2.0).frames_per_second > 5
