"""Whether two machines use one display's key, told by the boots that say hello and by the generations that are handed out.

Both on: no machine returns to an earlier boot. So a boot that another took the place of, and that says hello again, is a second
machine. A request alone proves nothing, for a proxy may have held it back; a hello is signed over a nonce, and its age is known.

Never on together: at each hello of a new boot a display shows the generation it was given last and is given another one. A copied
disk carries the key and the generation with it, so from then on two machines give back one and the same generation, and only one
of them can be the one it was given to. A reply that was lost, or a power cut before it was kept, shows the one before: no second
machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

LOST_IN_A_ROW = 3
"""So many boots that did not keep what they were given mean a failing disk: worth a warning, never an alarm."""


class TwoMachines(Exception):
    """Two machines use this display's key."""


class HeldBack(Exception):
    """This hello was signed before another boot of the display said hello, and came after it."""


@dataclass(frozen=True)
class Heard:
    """The run of a display that is heard."""

    boot_id: str
    run_id: str
    since: datetime
    """When this boot said hello first."""
    boot_before: str = ""
    """The boot whose place it took; empty where there was none."""


def after_run(heard: Heard | None, boot_id: str, run_id: str, now: datetime) -> Heard:
    """Who is heard after a hello: this run, and none before it."""
    if heard is None:
        return Heard(boot_id, run_id, now)
    if heard.boot_id == boot_id:
        return replace(heard, run_id=run_id)
    return Heard(boot_id, run_id, now, boot_before=heard.boot_id)


def check_boot(heard: Heard | None, boot_id: str, *, nonce_issued_at: datetime, now: datetime) -> None:
    """Raises TwoMachines for a boot that had to make place and lives on, HeldBack where that only seems so."""
    if heard is None or boot_id == heard.boot_id or heard.since > now:  # our clock was set back: nothing can be said
        return
    if nonce_issued_at < heard.since:
        raise HeldBack("another boot of this display has said hello since this nonce was given; take a new one")
    if boot_id == heard.boot_before:
        raise TwoMachines("another boot of it has said hello since")


@dataclass(frozen=True)
class Generations:
    """What the controller remembers of a display."""

    current: str | None = None
    """Handed out last. None: none yet, or an admin ended a conflict; whatever is shown then is accepted."""
    before: str = ""
    """Shown when `current` was handed out; empty when the display had none. Where there is no `current`: the last handed out."""
    lost_in_a_row: int = 0
    """Boots that showed `before`."""


def after_hello(
    known: Generations, shown: str | None, *, is_same_boot: bool, fresh: str, is_of_later: bool = False
) -> Generations:
    """What to remember after a hello, `current` being what to hand out. Raises TwoMachines.

    `shown` is empty while a display has none, and None from a kiosk that keeps none. `fresh` was never handed out. The same boot
    is the same machine, and gets again what it got before. `is_of_later`: what is shown was handed out after all we remember, so
    our memory is old, restored from a backup, and no machine is a copy.
    """
    if known.current is None:
        return known if shown is None else Generations(current=fresh, before=shown)
    if is_same_boot:
        return known
    if shown is not None and (shown == known.current or is_of_later):
        return Generations(current=fresh, before=shown)
    if shown == known.before:
        return replace(known, current=fresh, lost_in_a_row=known.lost_in_a_row + 1)
    raise TwoMachines("the generation it shows was not handed out to it")
