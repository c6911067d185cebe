"""One cell of the immunity lab, brought about on a wall in motion: what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from controller.rules.guard_policy import PROTECTED_FLOOR
from controller.services.quality_decisions import LogEntry
from tests.immunity.cells import EMERGENCY_WITHIN_S, Cell
from tests.immunity.displays import Display
from tests.immunity.seconds import Look, as_csv, frames_per_second, missing, oldest_s, sent_during
from tests.immunity.wall_in_motion import WallInMotion
from tests.support.lab import OUTPUT
from wire.presenter import SenderLimits

CLEAN_S, REACTS_WITHIN_S, HEALS_WITHIN_S = 6.0, 30.0, 60.0
STEPS = ("base layer", "stills", "off", "full picture")
SECONDS = OUTPUT / "immunity"


class Experiment:
    """A cell on a wall."""

    def __init__(self, wall: WallInMotion, cell: Cell) -> None:
        self._wall = wall
        self._cell = cell
        self.ill = _ill(wall, cell)
        self.unimpaired = [display for display in wall.protected if display not in self.ill]
        self.thinned = [display for display in self.ill if cell.is_guarded and display in wall.normal]
        """Those that are to take a step."""
        self.guarded = [display for display in self.ill if display not in self.thinned]
        """Those that are to have an alarm."""

    def run(self, *, sees_healing: bool) -> dict[str, float]:
        """What was seen, by the table's columns. Raises Void."""
        for display in self.ill:
            self._cell.trouble.prepare(display)
        self._wall.begin_anew(is_guarded=self._cell.is_guarded)
        self._wall.settle()
        clean = self._wall.sent(self._wall.watch(CLEAN_S))
        self._wall.check_untouched()
        since = self._wall.parts.clock()
        for display in self.ill:
            self._cell.trouble.begin(display)
        try:
            reaction = self._wall.watch(self._reacts_within_s, until=self._have_all_reacted(since))
            looks = self._wall.watch(self._cell.trouble.lasts_s, until=self._flap())
        finally:
            for display in self.ill:
                self._cell.trouble.end(display)
        healing = self._watch_healing() if sees_healing and self.thinned else []
        whole = [*reaction, *looks, *healing]
        self._keep_seconds(whole)
        self._keep_decisions(since)
        sent = self._wall.sent(looks)
        stepped = [display for display in self._wall.normal if self._steps(display, since)]
        self.check_powers(stepped)
        seen = (
            self._seen(looks, since)
            | self._unimpaired_seen(whole)
            | {
                "healthy_lowered": float(sum(display not in self.ill for display in stepped)),
                "sent_mbps": sent.bps / 1e6,
                "sent_fps": sent.frames_per_second,
                "more_key_frames": max(0.0, sent_during(whole).key_frames_a_minute - clean.key_frames_a_minute),
            }
        )
        if healing:
            seen["back_s"] = _lasted_s(healing)
        if self.thinned:
            seen["changes"] = max(_most_in_a_minute(self._steps(display, since)) for display in self.thinned)
        return seen

    def check_powers(self, stepped: Sequence[Display]) -> None:
        """What no load may cause: that a protected display is lowered, that one weak display lowers the others, or that limits
        leave their bounds. A healthy display that a busy machine starves takes its step as any other."""
        decision = self._wall.decision()
        limits = decision.ceiling.limits
        assert {decision.step_of(display.display_id) for display in self._wall.protected} == {"full"}, decision.places
        assert limits == SenderLimits() or len(stepped) > 1, decision.ceiling
        assert limits.max_bitrate_bps >= PROTECTED_FLOOR.max_bitrate_bps, decision.ceiling
        assert limits.max_frames_per_second >= PROTECTED_FLOOR.max_frames_per_second, decision.ceiling

    def _seen(self, looks: Sequence[Look], since: datetime) -> dict[str, float]:
        seen = {"ill_fps": min(frames_per_second(looks, display.name) for display in self.ill)}
        seen["oldest_s"] = max(oldest_s(looks, display.name) for display in self.ill)
        if self.thinned and self._cell.trouble.needs_step:
            seen["step_s"] = max(_seconds_to(self._steps(display, since), since) for display in self.thinned)
        if self.guarded and self._cell.trouble.needs_step:
            seen["alarm_s"] = max(_seconds_to(self._alarms(display, since), since) for display in self.guarded)
        return seen

    def _unimpaired_seen(self, looks: Sequence[Look]) -> dict[str, float]:
        if not self.unimpaired:
            return {}
        names = [display.name for display in self.unimpaired]
        fewest = min(frames_per_second(looks, name) for name in names)
        return {"missing": max(missing(looks, name) for name in names), "clean_fps": fewest}

    @property
    def _reacts_within_s(self) -> float:
        return REACTS_WITHIN_S if self._cell.trouble.needs_step else EMERGENCY_WITHIN_S

    def _have_all_reacted(self, since: datetime) -> Callable[[Look], bool]:
        began_s = time.monotonic()

        def have(look: Look) -> bool:
            stepped = all(self._steps(display, since) for display in self.thinned)
            alarmed = all(self._alarms(display, since) for display in self.guarded)
            return stepped and alarmed and (not self.guarded or look.at_s - began_s >= EMERGENCY_WITHIN_S)

        return have

    def _flap(self) -> Callable[[Look], bool]:
        """Ends the trouble and begins it again as it flaps, told of each second."""
        period_s, is_on, began_s = self._cell.trouble.flaps_every_s, True, time.monotonic()

        def turn(look: Look) -> bool:
            nonlocal is_on
            wanted = period_s is None or int((look.at_s - began_s) // period_s) % 2 == 0
            if wanted != is_on:
                is_on = wanted
                for display in self.ill:
                    (self._cell.trouble.begin if is_on else self._cell.trouble.end)(display)
            return False

        return turn

    def _steps(self, display: Display, since: datetime) -> list[LogEntry]:
        return [entry for entry in self._wall.changes(display, since) if entry.change.what in STEPS]

    def _alarms(self, display: Display, since: datetime) -> list[LogEntry]:
        return [entry for entry in self._wall.changes(display, since) if entry.change.what.startswith("alarm")]

    def _watch_healing(self) -> list[Look]:
        """From the end of the trouble until every display takes everything again, if that does not take too long."""
        names = [display.name for display in self.thinned]
        return self._wall.watch(HEALS_WITHIN_S, until=lambda look: all(look.displays[name].step == "full" for name in names))

    def _keep_seconds(self, looks: Sequence[Look]) -> None:
        SECONDS.mkdir(parents=True, exist_ok=True)
        (SECONDS / f"{self._cell.key}.csv").write_text(as_csv(looks))

    def _keep_decisions(self, since: datetime) -> None:
        lines = [
            f"{(entry.at - since).total_seconds():.1f} s {display.name}: {entry.change.what}, {entry.change.why}\n"
            for display in self._wall.displays
            for entry in self._wall.changes(display, since)
        ]
        (SECONDS / f"{self._cell.key}.txt").write_text("".join(lines))


def _ill(wall: WallInMotion, cell: Cell) -> list[Display]:
    """One normal display, or every one, or the last of the protected ones, or all these."""
    if cell.where == "one":
        return wall.normal[:1]
    protected = wall.protected[-1:] if cell.where in ("protected", "both") else []
    return [*protected, *(wall.normal if cell.where in ("normal", "both") else [])]


def _lasted_s(healing: Sequence[Look]) -> float:
    """Without end where it was given up."""
    took_s = healing[-1].at_s - healing[0].at_s
    return took_s if took_s < HEALS_WITHIN_S else float("inf")


def _seconds_to(entries: Sequence[LogEntry], since: datetime) -> float:
    return (entries[0].at - since).total_seconds() if entries else float("inf")


def _most_in_a_minute(entries: Sequence[LogEntry]) -> int:
    minute = timedelta(minutes=1)
    return max((sum(one.at <= other.at < one.at + minute for other in entries) for one in entries), default=0)
