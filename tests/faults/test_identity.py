"""A display's disk was copied, key and all, and both machines run: neither shows anything, and nobody else notices."""

from __future__ import annotations

from onebox.glass import monotonic_ms
from onebox.kiosks import Kiosk
from onebox.waiting import wait_until
from tests.faults import rows
from tests.faults.admin import Admin
from tests.faults.namespaces import Host
from tests.faults.trials import Run, Trials
from tests.faults.wall import Wall
from tests.support import devtools
from tests.support.lab import OUTPUT

WINDOW_S = 20
JOIN = "GET /rtc"


def share_an_identity(run: Run) -> None:
    """The copy comes on the network; an admin ends the conflict when it is off."""
    wall = run.wall
    original, others = wall.displays[0], wall.names[1:]
    joins = wall.to_sfu.count(JOIN, wall.presenter_host.address)
    with wall.copy_of_display(original) as (host, copy):
        wait_until(lambda: "link=down" in copy.process.log_tail(), "the copy runs, and has no network")
        wall.look_on(WINDOW_S)
        host.plug()
        broken_ms = monotonic_ms()
        for machine, kiosk in ((wall.hosts[0], original), (host, copy)):
            wait_for_conflict_card(machine, kiosk)
            run.keep(rows.CONFLICT_CARDS, (monotonic_ms() - broken_ms) / 1000)
        wall.look_on(WINDOW_S - (monotonic_ms() - broken_ms) / 1000)
        before = wall.gaps_over_200_ms(broken_ms - 1000 * WINDOW_S, broken_ms, others)
        after = wall.gaps_over_200_ms(broken_ms, broken_ms + 1000 * WINDOW_S, others)
        run.keep(rows.CONFLICT_GAPS_MORE, after - before)
        run.keep(rows.CONFLICT_PRESENTER, wall.to_sfu.count(JOIN, wall.presenter_host.address) - joins + wall.publications() - 1)
        original.screenshot(OUTPUT / "conflict_original.png")
        copy.screenshot(OUTPUT / "conflict_copy.png")
    resolve(wall)
    wall.seconds_to_picture(monotonic_ms())


def wait_for_conflict_card(machine: Host, kiosk: Kiosk) -> None:
    """Wait until the kiosk has heard of it, and its page says so."""
    name = kiosk.process.name
    wait_until(lambda: "display state=conflict" in last_state_of(kiosk), f"{name} hears of the conflict")
    script = 'document.getElementById("card").innerText'
    wait_until(lambda: "Two machines use this display's key" in devtools.evaluate(machine.address, script), f"the card of {name}")


def last_state_of(kiosk: Kiosk) -> str:
    """The last line in its log that tells a state."""
    lines = [line for line in kiosk.process.log.read_text().splitlines() if "display state=" in line]
    return lines[-1] if lines else ""


def resolve(wall: Wall) -> None:
    """An admin ends the conflict and approves the machine that is left."""
    admin = Admin(wall.box.url, wall.parts)
    [display_id] = admin.displays("conflict")
    admin.decide("resolve", display_id)
    wait_until(lambda: "display state=pending" in last_state_of(wall.displays[0]), "the machine that is left says hello again")
    admin.decide("approve", display_id, role="normal")


def test_two_machines_of_one_key_both_say_so_and_nobody_else_notices(wall: Wall, trials: Trials) -> None:
    trials.repeat(rows.ONE_IDENTITY, wall, share_an_identity)
