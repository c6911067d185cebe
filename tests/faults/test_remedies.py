"""Frames come and do not reach the glass: the first display tries one remedy after the other, and tells each with its reason.

The last remedy, another start of the kiosk, comes after an hour, and is not waited for.
"""

from __future__ import annotations

from onebox.glass import monotonic_ms
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support import devtools
from wire.display import ViewerReport

NOTHING_IS_DRAWN = """(() => {
  const picture = document.getElementById("picture");
  Object.defineProperty(picture, "srcObject", { value: picture.srcObject, writable: true });
  picture.play = async () => {};
  picture.pause();
})()"""
"""Frames are decoded, and no track that comes reaches the element."""

BLACK_OVER_ALL = """(() => {
  const black = document.body.appendChild(document.createElement("div"));
  Object.assign(black.style, { position: "fixed", inset: "0", zIndex: "2147483647", background: "black" });
})()"""
"""The page takes each frame for shown, and the glass is black."""

LOADED_AGAIN_WITHIN_S = 120.0

LOOK_BAD = {"standstill": "renderer", "picture_check": "bad"}
MENDED_IN_VAIN = {"standstill": "renderer", "last_remedy": "rejoined: standstill by renderer"}


def break_page(wall: Wall, script: str) -> tuple[int, ViewerReport]:
    """Break the page of a kiosk that has used no remedy yet.

    Gives when that was, and what the controller was told last before the page was loaded again, once, for being stuck.
    """
    wall.exchange_kiosk(0, {})
    wall.seconds_to_picture(monotonic_ms(), wall.names[:1])
    wall.wait_steady()
    display_id = wall.display_id(0)
    devtools.evaluate(wall.hosts[0].address, script)
    broken_ms = monotonic_ms()

    def told_before() -> ViewerReport | None:
        heartbeats = [report.message for report in wall.parts.window.of_display(display_id)]
        if heartbeats[0].machine.renderer_stuck != 1:
            return None
        return next(one.viewer for one in heartbeats if one.machine.renderer_stuck == 0)

    return broken_ms, wait_until(told_before, "its page is loaded again", timeout_s=LOADED_AGAIN_WITHIN_S)


def untold(told: ViewerReport, wanted: dict[str, str]) -> list[float]:
    """For each, whether something else was told."""
    return [float(getattr(told, name) != words) for name, words in wanted.items()]


def draw_nothing(run: Run) -> None:
    """The page sees it, and tries what it can: the track anew, then the room."""
    wall = run.wall
    broken_ms, told = break_page(wall, NOTHING_IS_DRAWN)
    told_ms = monotonic_ms()  # one frame of a track that is asked for anew is seen before: it is no picture that moves
    [moves_s] = wall.seconds_to_picture(told_ms, wall.names[:1])
    run.keep(rows.NOT_DRAWN_BACK, (told_ms - broken_ms) / 1000 + moves_s)
    print(f"resubscribed {told.resubscribed}, rejoined {told.rejoined}, {told.last_remedy}")
    run.keep(rows.NOT_DRAWN_UNTRIED, float(told.resubscribed != 1), float(told.rejoined < 1))
    run.keep(rows.NOT_DRAWN_UNTOLD, *untold(told, MENDED_IN_VAIN))


def blacken_glass(run: Run) -> None:
    """Only the look at the glass sees it."""
    wall = run.wall
    broken_ms, told = break_page(wall, BLACK_OVER_ALL)
    run.keep(rows.BLACK_BACK, *wall.seconds_to_picture(broken_ms, wall.names[:1]))
    run.keep(rows.BLACK_UNTOLD, *untold(told, LOOK_BAD))


def test_what_is_decoded_and_not_drawn_is_mended_in_steps(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.NOT_DRAWN, wall, draw_nothing)


def test_a_black_glass_is_seen_and_mended(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.BLACK, wall, blacken_glass)
