"""A wall in numbers: a presenter, displays and their links second by second, and the guard that judges their reports.

Its links behave as real ones were measured to: loss leaves full rate and some freezing; a link that is thinner than what is
sent decodes nothing and asks for key frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from controller.rules.guard_policy import SHARES, GuardPolicy
from controller.rules.quality_guard import Cap, Change, Decision, DisplaySeen, Situation, changes_between, decide
from controller.rules.reception_spans import SenderSeen, ViewerSeen
from wire.display import Reception, Role, Step, StillsReport, ViewerReport
from wire.presenter import SenderReport

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PACKET_BITS = 8 * 1_100
FASTEST_STILL_BPS = 2e7
"""By a controller some milliseconds away."""
GAUGES = ("jitter_buffer_ms", "decode_ms", "arrival_to_glass_ms", "round_trip_ms")
"""Of a reception; everything else in it is counted."""
POLICY = GuardPolicy()


@dataclass(frozen=True)
class Link:
    """What lies between the SFU and a display."""

    loss: float = 0.0
    rate_bps: float = 1e9
    is_silent: bool = False
    """Nothing of the display is heard."""
    plis_a_second: float = 0.0
    """Of its own, beyond those of a thin link."""
    decodes: bool = True
    """Whether the display at its end makes frames of what comes."""
    frozen: float = 0.0
    """Part of the time in which the picture stands, though every frame comes."""
    is_cut: bool = False
    """Nothing gets through, either way."""


CLEAN = Link()
LOSSY = Link(loss=0.10)
THIN = Link(rate_bps=2e6)
SILENT = Link(is_silent=True)
CUT = Link(is_silent=True, is_cut=True)


@dataclass
class NumberedDisplay:
    """Counts what comes to it."""

    role: Role
    link: Link = CLEAN
    reports_every_s: int = 2
    obeys: bool = True
    """Whether it takes the step it is told, and not everything for as long as it may."""
    tells_pace: bool = True
    """Whether its stills are large enough to tell how fast they come."""
    gets_too_little: bool = False
    """In the last second: then it reports at once."""
    track_age_ms: int = 0
    last_second_bps: int = 0
    missed_packets: float = 0
    missed_ms: float = 0
    """While nothing came: lost and frozen are counted when something comes again."""
    counts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(Reception.model_fields, 0.0))
    reports: list[ViewerSeen] = field(default_factory=list)

    def live_a_second(self, bps: float, fps: float, step: Step) -> None:
        """Receive what the link lets through."""
        self.track_age_ms += 1000
        self.gets_too_little = False
        if step not in SHARES or (self.link.is_silent and not self.link.is_cut):
            return
        offered_bps, frames = SHARES[step].bits * bps, SHARES[step].frames * fps
        if self.link.is_cut:
            self._count("outage_ms", 1000)
            self.miss_a_second(bps, step)
            return
        self._count("packets_lost", self.missed_packets)
        self._count("frozen_ms", self.missed_ms)
        self.missed_packets = self.missed_ms = 0
        carried_bps = min(offered_bps, self.link.rate_bps)
        is_thin = carried_bps < offered_bps
        self.gets_too_little = is_thin or not self.link.decodes or max(self.link.loss, self.link.frozen / 4) >= 0.05
        packets = carried_bps / PACKET_BITS
        self.last_second_bps = int(carried_bps * (1 - self.link.loss))
        self._count("received_bytes", carried_bps / 8 * (1 - self.link.loss))
        self._count("packets_received", packets * (1 - self.link.loss))
        self._count("packets_lost", packets * self.link.loss)
        self._count("frames_decoded", 0 if is_thin or not self.link.decodes else frames)
        self._count("plis_sent", self.link.plis_a_second + (0.75 if is_thin else 0))
        self._count("frozen_ms", 900 if is_thin else 1000 * max(self.link.loss, self.link.frozen))

    def miss_a_second(self, bps: float, step: Step) -> None:
        """Get nothing of what was encoded."""
        self.missed_packets += SHARES[step].bits * bps / PACKET_BITS if step in SHARES else 0
        self.missed_ms += 1000
        self._count("plis_sent", 0.3)

    def lose_track(self) -> None:
        """Receive nothing; what comes later is another track."""
        self.track_age_ms = 0
        self.counts = dict.fromkeys(Reception.model_fields, 0.0)

    def report(self, at: datetime, step: Step) -> None:
        """Say how it is, if it is heard."""
        if self.link.is_silent:
            return
        if self.track_age_ms == 0:
            self.reports = [ViewerSeen(at, ViewerReport(stage="joined", step=step)), *self.reports][:16]
            return
        counters = {name: int(value) for name, value in self.counts.items() if name not in GAUGES}
        reception = Reception(**counters | {"track_age_ms": self.track_age_ms})
        viewer = ViewerReport(
            stage="receiving",
            reception=reception,
            received_bps=self.last_second_bps,
            step=step,
            stills=self._stills() if step == "stills" else None,
        )
        self.reports = [ViewerSeen(at, viewer), *self.reports][:16]

    def _stills(self) -> StillsReport:
        pace_bps = int(min(FASTEST_STILL_BPS, self.link.rate_bps) * (1 - self.link.loss))
        return StillsReport(age_ms=1_500, carried_bps=pace_bps if self.tells_pace else None, beats_whole=self.link.loss == 0)

    def _count(self, name: str, more: float) -> None:
        self.counts[name] += more


@dataclass
class NumberedWall:
    """Presents, and lets the guard decide each second."""

    displays: dict[str, NumberedDisplay]
    is_guarded: bool = True
    wanted_bps: float = 4e6
    wanted_fps: float = 15
    policy: GuardPolicy = POLICY
    now: datetime = NINE
    decision: Decision = field(default_factory=lambda: Decision(lease_id="paula"))
    senders: list[SenderSeen] = field(default_factory=list)
    told: list[tuple[float, Change]] = field(default_factory=list)
    is_live: bool = True
    is_uplink_cut: bool = False
    """Nothing of the presenter's gets through, either way."""
    was_uplink_cut: bool = False
    """In the second before: then the SFU says that much was lost."""
    uplink_lost_percent: float = 0
    cap: Cap | None = None
    key_frames_a_second: int = 0
    """That others ask for."""

    def run(self, seconds: int, each_second: Callable[[], None] = lambda: None) -> None:
        """Let time pass."""
        for _ in range(seconds):
            self._live_a_second()
            each_second()

    @property
    def elapsed_s(self) -> float:
        return (self.now - NINE).total_seconds()

    def step(self, name: str) -> Step:
        """The step on which a display is."""
        return self.decision.step_of(name)

    def changes(self, name: str | None) -> list[tuple[float, str]]:
        """What was decided about a display, or about the presenter."""
        return [(at, change.what) for at, change in self.told if change.display_id == name]

    def situation(self) -> Situation:
        """What the guard sees."""
        displays = [DisplaySeen(name, name, display.role, tuple(display.reports)) for name, display in self.displays.items()]
        return Situation("paula", tuple(self.senders), displays, self.cap)

    def _live_a_second(self) -> None:
        self.now += timedelta(seconds=1)
        limits = self.decision.ceiling.limits
        bps = min(self.wanted_bps, limits.max_bitrate_bps) if self.is_live else 0.0
        fps = min(self.wanted_fps, limits.max_frames_per_second) if self.is_live else 0.0
        key_frames = self.key_frames_a_second + (self.senders[0].sender.key_frames_encoded if self.senders else 0)
        sender = SenderReport(
            sent_bps=int(bps),
            frames_per_second=fps,
            target_bps=limits.max_bitrate_bps,
            applied=limits,
            key_frames_encoded=key_frames,
            uplink_lost_percent=60 if self.was_uplink_cut else self.uplink_lost_percent,
        )
        self.was_uplink_cut = self.is_uplink_cut
        if not self.is_uplink_cut:
            self.senders = [SenderSeen(self.now, sender, self.is_live), *self.senders][:40]
        for name, display in self.displays.items():
            taken = self.step(name) if display.obeys else "full"
            if name in self.decision.suspended:
                display.lose_track()
            elif self.is_uplink_cut:
                display.track_age_ms += 1000
                display.miss_a_second(bps, taken)
            else:
                display.live_a_second(bps, fps, taken)
            if self.elapsed_s == 1 or self.elapsed_s % display.reports_every_s == 0 or display.gets_too_little:
                display.report(self.now, taken)
        if self.is_guarded:
            self._decide()

    def _decide(self) -> None:
        after = decide(self.situation(), self.decision, self.policy, self.now)
        self.told += [(self.elapsed_s, change) for change in changes_between(self.decision, after)]
        self.decision = after


def wall_of(*, protected: int = 0, normal: int = 0) -> NumberedWall:
    """A wall of so many displays: lobby, hall, workshop and on."""
    names = iter(("lobby", "hall", "workshop", "canteen", "studio"))
    roles = [Role.PROTECTED] * protected + [Role.NORMAL] * normal
    return NumberedWall({next(names): NumberedDisplay(role) for role in roles})


def with_loss(share: float) -> Link:
    """A link that loses so much."""
    return replace(CLEAN, loss=share)


def of_rate(bps: float) -> Link:
    """A link of so many bits a second."""
    return replace(CLEAN, rate_bps=bps)
