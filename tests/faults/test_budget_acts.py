"""The bandwidth budget through the real chain: real bytes use it up, and two real kiosks, one protected and one normal, do what
follows. The budget is a few megabytes; monitor, steward and guard are those that run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from controller import settings
from controller.parts import Parts, build
from controller.services.decisions import Order
from kiosk.identity import KEY_NAME, Identity
from onebox.kiosks import Kiosk
from onebox.waiting import wait_until
from tests.faults.admin import SUITE
from tests.faults.wall import Wall
from tests.faults.walls import Walls
from tests.support.figures import Figures
from tests.support.lab import OUTPUT
from wire.display import Role, ViewerReport

BUDGET = {
    "BANDWIDTH_WARN_GB": "0.03",
    "BANDWIDTH_CRITICAL_GB": "0.05",
    "BANDWIDTH_BUDGET_GB": "0.08",
    "BANDWIDTH_SAMPLE_INTERVAL_SECONDS": "1",
}


class Story:
    """The wall, and what its controller knows and decides."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.parts: Parts = build(settings.read(wall.box.environ()))
        self.protected, self.normal = (display_id_of(kiosk) for kiosk in wall.displays)
        order = Order(self.protected, by=SUITE, at=self.parts.clock())
        self.parts.decisions.approve(order, session_id=1, role=Role.PROTECTED)

    def seen_by(self, display_id: str) -> ViewerReport:
        """What a display told last."""
        report = self.parts.window.of_displays([display_id]).get(display_id)
        return report.message.viewer if report is not None else ViewerReport()

    def reach(self, state: str) -> float:
        """Wait for a state of the budget; when it was reached."""
        wait_until(lambda: self.parts.budget_decisions.last().decision.state == state, f"the budget is {state}", timeout_s=180)
        return time.monotonic()

    def lift(self) -> float:
        """Lift the budget for today, as the dashboard's button does; when."""
        now = self.parts.clock()
        self.parts.budget_decisions.lift(self.parts.bandwidths.status(now).date, by=SUITE, at=now)
        self.parts.bandwidth_budget.tell()
        return time.monotonic()

    def moves(self, display_id: str) -> bool:
        """Whether a display takes all of the picture, and it moves there."""
        seen = self.seen_by(display_id)
        age_ms = seen.last_frame_age_ms
        return seen.step == "full" and seen.stills is None and age_ms is not None and age_ms < 1_000

    def close(self) -> None:
        """Ask no more."""
        self.parts.push.close()
        for store in (self.parts.stores.state, self.parts.stores.live):
            store.connection_pool.disconnect()


@pytest.fixture
def story(walls: Walls) -> Iterator[Story]:
    """Two displays show a picture that moves."""
    made = Story(walls.get(**BUDGET))
    made.wall.lab.stage.tell_picture("motion")
    yield made
    made.close()
    walls.end()


def display_id_of(kiosk: Kiosk) -> str:
    """By its key."""
    key = load_pem_private_key((kiosk.state / KEY_NAME).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return Identity(key, lock_descriptor=-1).display_id


def seconds_until(condition: Callable[[], bool], what: str, since_s: float) -> float:
    """How long after a moment the condition held."""
    wait_until(condition, what, timeout_s=60)
    return time.monotonic() - since_s


def test_a_used_up_budget_costs_the_normal_display_its_movement_and_the_protected_one_nothing(
    story: Story, figures: Figures
) -> None:
    wall, normal, protected = story.wall, story.normal, story.protected
    critical_s = story.reach("critical")
    thinned_s = seconds_until(lambda: story.seen_by(normal).step == "base", "the normal display is thinned", critical_s)
    figures.add("budget critical to base layer", thinned_s, unit="s", expected=8)
    assert story.moves(protected)

    exhausted_s = story.reach("exhausted")
    stills_s = seconds_until(lambda: story.seen_by(normal).step == "stills", "the normal display leaves the track", exhausted_s)
    figures.add("budget used up to no moving picture", stills_s, unit="s", expected=8)
    wall.lab.stage.tell_picture("quiet")  # of noise no still is small enough
    wait_until(lambda: shows_still(story.seen_by(normal)), "a still stands on the normal display", timeout_s=30)
    wall.displays[1].screenshot(OUTPUT / "budget_used_up.png")
    wait_until(lambda: story.moves(protected), "the protected display goes on")

    back_s = seconds_until(lambda: story.moves(normal), "the picture moves on the normal display again", story.lift())
    figures.add("budget lifted to moving picture", back_s, unit="s", expected=8)


def shows_still(seen: ViewerReport) -> bool:
    """Whether a single picture stands there."""
    return seen.stills is not None and seen.stills.age_ms is not None
