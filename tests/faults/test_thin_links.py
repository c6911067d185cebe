"""A display whose link carries a fraction of a picture in motion has some picture all the same, and no old one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onebox.glass import monotonic_ms
from tests.faults.admin import Admin
from tests.faults.wall import Wall
from tests.support.figures import Figures
from tests.support.lab import OUTPUT

pytestmark = pytest.mark.figures

SETTLES_S, WATCHED_S = 15, 20
GOALS = {2_000: 5.0, 500: 5.0, 200: 12.0}
"""How old, in seconds, a picture may be on a link of so many kilobits a second."""

HEALS_S = {2_000: 30, 500: 5, 200: 5}
"""How soon the picture moves on one that healed: stills come so much faster that it is noticed, but from 2 Mbit/s, where it is
found by trying."""


class ThinLink:
    """The first display's; the presenter's screen is in motion while it is thin."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self._admin = Admin(wall.box.url, wall.parts)

    def begin(self, role: str, kilobits_per_s: int) -> None:
        self._admin.give_role(role)
        self.wall.wait_steady()
        self.wall.lab.stage.tell_picture("motion")
        self.wall.hosts[0].limit(kilobits_per_s)

    def heal(self) -> float:
        """Let everything through again; in how many seconds the picture moves."""
        self.wall.hosts[0].unlimit()
        return self.wall.seconds_to_motion(monotonic_ms(), self.wall.names[0])

    def end(self) -> None:
        """A protected display takes no step, so the picture moves again at once."""
        self.wall.hosts[0].unlimit()
        self.wall.lab.stage.tell_picture("quiet")
        self._admin.give_role("protected")
        self.wall.wait_steady(timeout_s=90)
        self._admin.give_role("normal")


@pytest.fixture
def link(wall: Wall) -> Iterator[ThinLink]:
    """Thin while a test lasts."""
    found = ThinLink(wall)
    yield found
    found.end()


@pytest.mark.parametrize("role", ["protected", "normal"])
@pytest.mark.parametrize("kilobits_per_s", [500, 200, 2_000])
def test_no_picture_is_older_than_its_link_makes_it(link: ThinLink, figures: Figures, role: str, kilobits_per_s: int) -> None:
    wall = link.wall
    link.begin(role, kilobits_per_s)
    wall.look_on(SETTLES_S)
    began_ms = monotonic_ms()
    wall.look_on(WATCHED_S)
    oldest_s = wall.log(wall.names[0]).oldest_ms(began_ms, monotonic_ms()) / 1000
    wall.displays[0].screenshot(OUTPUT / f"thin-link-{role}-{kilobits_per_s}.png")
    name = f"oldest picture on a {role} display's glass, {kilobits_per_s} kbit/s, presenter in motion"
    figures.add(name, oldest_s, unit="s", expected=GOALS[kilobits_per_s])
    keep_size(wall, figures)
    if role == "protected":
        name = f"moving picture after a link of {kilobits_per_s} kbit/s healed"
        figures.add(name, link.heal(), unit="s", expected=HEALS_S[kilobits_per_s])


def keep_size(wall: Wall, figures: Figures) -> None:
    """Of the newest still; the presenter's page makes none while nobody needs them."""
    lease = wall.parts.leases.current(1)
    assert lease is not None
    still = wall.parts.stills.newest(1, lease)
    if still is not None:
        figures.add("a still of a screen in motion, 1280 x 720", len(still.webp) / 1000, unit="kB", expected=100)
