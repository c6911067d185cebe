"""A presenter in motion at 4 Mbit/s, protected and normal displays, each on a machine of its own, and the guard over them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Playwright

from controller.parts import Parts
from controller.rules.quality_guard import Decision
from controller.services import push
from controller.services.quality_decisions import LogEntry
from onebox.presenter import Presenter, TestPictureScreen
from onebox.waiting import NotInTime, wait_until
from tests.faults.admin import Admin
from tests.faults.wall import Wall
from tests.immunity.cells import FLOOR_BPS, FLOOR_FPS
from tests.immunity.displays import SIZE, Display
from tests.immunity.page_look import KEEPS_CONNECTIONS, counts_of
from tests.immunity.seconds import DisplayLook, Look, Sent, missing, sent_during
from wire.presenter import SenderLimits

LOOKS_EVERY_S = 1.0
SETTLES_WITHIN_S = 60.0
LOOKS_FULL = 4
"""A wall that sends and takes everything for so many looks on end has settled."""


MISSES_LITTLE = 0.2
"""Of the encoded frames: a display that is only a little late has settled, one whose page hangs has not."""


class Void(Exception):
    """What was measured tells nothing; the text says why."""


class WallInMotion:
    """Some protected displays, then some normal ones."""

    def __init__(self, folder: Path, playwright: Playwright, *, protected: int, normal: int) -> None:
        self.makeup = f"{protected} + {normal}"
        self._playwright = playwright
        self._wall = Wall(folder, playwright)
        self._wall.lab.stage = TestPictureScreen(self._wall.lab.folder.path, "presenter", width=SIZE[0], height=SIZE[1])
        self._numbers = (protected, normal)
        self.displays: list[Display] = []
        """The protected ones first."""
        self._presenter: Presenter | None = None

    def start(self) -> None:
        """Start everything, and present motion. Whatever was started is ended by `stop`."""
        self._wall.box.start()
        number = sum(self._numbers)
        key = self._wall.box.make_enrolment_key("wall", uses=number)
        for one in range(1, number + 1):
            self._start_display(one, key)
        wait_until(lambda: len(self.parts.registry.in_session(1)) == number, "all displays are registered")
        for display in self.displays:
            display.show(self._playwright)
        self._presenter = self._wall.open_presenter()
        self._presenter.page.add_init_script(KEEPS_CONNECTIONS)
        self._presenter.open()
        self._presenter.share()
        self._wall.lab.stage.tell_picture("motion")

    def stop(self) -> None:
        """End everything."""
        for display in self.displays:
            display.stop()
        self._wall.stop()

    @property
    def protected(self) -> list[Display]:
        """The protected displays."""
        return self.displays[: self._numbers[0]]

    @property
    def normal(self) -> list[Display]:
        """The normal ones."""
        return self.displays[self._numbers[0] :]

    @property
    def parts(self) -> Parts:
        """The controller's own, over the same stores."""
        return self._wall.parts

    def surprises(self) -> list[str]:
        """Lines in logs and consoles that nobody announced."""
        return self._wall.lab.surprises()

    def keep_evidence(self, name: str) -> Path:
        """Keep what shows how things stand."""
        kept = self._wall.lab.keep_evidence(name)
        for display in self.displays:
            display.page.screenshot(path=kept / f"{display.name}.png")
        return kept

    def begin_anew(self, *, is_guarded: bool) -> None:
        """Let the guard forget all that was before, once that trouble is over. Where it is not to guard, every display is
        protected: then it takes no step and lowers nobody. Raises Void."""
        self._give("protected", self.displays)
        try:
            wait_until(lambda: not self.decision().alarms, "no display is in trouble", timeout_s=SETTLES_WITHIN_S)
        except NotInTime as error:
            raise Void(f"{error}; load average {os.getloadavg()[0]:.1f}") from error
        if is_guarded:
            self._give("normal", self.normal)
        wait_until(self._forget, "the guard forgets")
        self.parts.push.tell(push.presenting_topic(1), push.session_topic(1))

    def settle(self) -> None:
        """Wait until the presenter sends all that it may, and every display takes it. Raises Void."""
        full: list[Look] = []

        def is_full() -> bool:
            if full:
                self._wait_for_next(full[-1])
            full.append(self.look())
            del full[:-LOOKS_FULL]
            takes_all = all(one.step == "full" for one in full[-1].displays.values())
            if not takes_all or len(full) < LOOKS_FULL or _why_void(sent_during(full)) is not None:
                return False
            return all(missing(full, display.name) < MISSES_LITTLE for display in self.displays)

        try:
            wait_until(is_full, "motion at full rate on every display", timeout_s=SETTLES_WITHIN_S)
        except NotInTime as error:
            last = f"; sent {_words(sent_during(full))}" if len(full) > 1 else ""
            raise Void(f"{error}{last}; load average {os.getloadavg()[0]:.1f}") from error

    def watch(self, seconds: float, until: Callable[[Look], bool] = lambda look: False) -> list[Look]:
        """The wall each second, for so long or until something is so."""
        looks = [self.look()]
        while looks[-1].at_s - looks[0].at_s < seconds and not until(looks[-1]):
            self._wait_for_next(looks[-1])
            looks.append(self.look())
        return looks

    def sent(self, looks: Sequence[Look]) -> Sent:
        """What the presenter sent. Raises Void where that was less than the floor, though they might have sent everything: then
        the machine was too busy. Under lower limits it is no excuse."""
        sent = sent_during(looks)
        why = _why_void(sent)
        if why is not None and self.decision().ceiling.limits == SenderLimits():
            raise Void(f"{why}; load average {os.getloadavg()[0]:.1f}")
        return sent

    def check_untouched(self) -> None:
        """Raises Void where the guard lowered something already: then the machine starves displays by itself."""
        decision = self.decision()
        lowered = [display.name for display in self.displays if decision.step_of(display.display_id) != "full"]
        if lowered or decision.ceiling.limits != SenderLimits():
            raise Void(f"in trouble before anything was wrong: {lowered}; load average {os.getloadavg()[0]:.1f}")

    def look(self) -> Look:
        """The wall now."""
        if self._presenter is None:
            raise RuntimeError("nobody presents")
        told = self.parts.window.of_displays([display.display_id for display in self.displays])
        sent = counts_of(self._presenter.page, "outbound-rtp")
        at_s = time.monotonic()
        counts = {display.name: display.counts() for display in self.displays}
        seen = {
            display.name: DisplayLook(
                counts[display.name],
                display.age_ms(),
                report.message.viewer.step if (report := told.get(display.display_id)) is not None else "full",
            )
            for display in self.displays
        }
        return Look(at_s, sent, seen)

    def decision(self) -> Decision:
        """What the guard decided last."""
        return self.parts.quality_decisions.last(1).decision

    def changes(self, display: Display | None, since: datetime) -> list[LogEntry]:
        """What it changed of a display or of the presenter since a moment, oldest first."""
        display_id = display.display_id if display is not None else None
        found = [one for one in self.parts.quality_decisions.log(1) if one.change.display_id == display_id and one.at >= since]
        return found[::-1]

    def _give(self, role: str, displays: Sequence[Display]) -> None:
        for display in displays:
            self._admin.decide("approve", display.display_id, role=role)

    @cached_property
    def _admin(self) -> Admin:
        return Admin(self._wall.box.url, self.parts)

    def _forget(self) -> bool:
        kept = self.parts.quality_decisions.last(1)
        lease = self.parts.leases.current(1)
        if lease is None:
            return False
        fresh = replace(Decision(), lease_id=lease.lease_id)
        return kept.decision == fresh or self.parts.quality_decisions.replace(1, kept, fresh, (), self.parts.clock())

    def _start_display(self, number: int, key: str) -> None:
        host = self._wall.add_host(f"d{number}")
        display = Display(number, host, self._wall.lab.folder, self._wall.controller_url, key)
        self.displays.append(display)
        display.start()

    def _wait_for_next(self, look: Look) -> None:
        wait_until(lambda: time.monotonic() - look.at_s >= LOOKS_EVERY_S, "a second passes")


def _why_void(sent: Sent) -> str | None:
    is_enough = sent.bps >= FLOOR_BPS and sent.frames_per_second >= FLOOR_FPS
    return None if is_enough else f"the presenter sent {_words(sent)}"


def _words(sent: Sent) -> str:
    return f"{sent.bps / 1e6:.2f} Mbit/s and {sent.frames_per_second:.1f} frames a second"
