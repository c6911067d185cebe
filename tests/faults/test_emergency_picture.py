"""A display whose link carries HTTP and no media: stills take the place of the picture, until it comes again."""

from __future__ import annotations

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.admin import Admin
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support.lab import OUTPUT

WATCHED_S = 15
EMERGENCY_S = 5


def lose_media(run: Run) -> None:
    """Until a few stills have stood on the glass. The display is protected: a normal one is stepped down, and rises slowly."""
    wall, host, log = run.wall, run.wall.hosts[0], run.wall.log(run.wall.names[0])
    admin = Admin(wall.box.url, wall.parts)
    admin.give_role("protected")
    ports = wall.box.ports
    host.lose_media(udp=ports.sfu_udp, tcp=ports.sfu_tcp)
    cut_ms = monotonic_ms()
    painted_after_ms = cut_ms + 1000 * EMERGENCY_S - 1000
    appeared = wait_until(lambda: log.appearance_of_one_painted_after(painted_after_ms), "a still on the glass", timeout_s=30)
    run.keep(rows.STILL_COMES, (appeared - cut_ms) / 1000)
    wait_until(lambda: "1 of 2 screens showing" in wall.presenter.wall_words, "the presenter is told", timeout_s=20)
    wall.look_on(WATCHED_S)
    wall.displays[0].screenshot(OUTPUT / "emergency-picture.png")
    run.keep(rows.STILL_AGE, log.oldest_ms(appeared, monotonic_ms()) / 1000)
    host.mend()
    run.keep(rows.MOVES_AGAIN, wall.seconds_to_motion(monotonic_ms(), wall.names[0]))
    wait_until(lambda: "2 of 2 screens showing" in wall.presenter.wall_words, "the presenter is told", timeout_s=20)
    admin.give_role("normal")


def test_a_display_without_media_shows_stills_until_it_has_it_again(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.MEDIA_CUT, wall, lose_media)
