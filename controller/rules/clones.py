"""Whether two machines use one display's key, told by the generations that the controller hands out.

At each hello of a new boot a display shows the generation it was given last and is given another one. A copied disk carries the
key and the generation with it, so from then on two machines give back one and the same generation, and only one of them can be
the one it was given to. A reply that was lost, or a power cut before it was kept, shows the one before: no second machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LOST_IN_A_ROW = 3
"""So many boots that did not keep what they were given mean a failing disk: worth a warning, never an alarm."""


@dataclass(frozen=True)
class Generations:
    """What the controller remembers of a display."""

    current: str | None = None
    """Handed out last. None: none yet, or an admin ended a conflict; whatever is shown then is accepted."""
    before: str = ""
    """Shown when `current` was handed out; empty when the display had none."""
    lost_in_a_row: int = 0
    """Boots that showed `before`."""


class TwoMachines(Exception):
    """The generation shown was handed out to another machine, or to nobody."""


def after_hello(known: Generations, shown: str | None, *, is_same_boot: bool, fresh: str) -> Generations:
    """What to remember after a hello, `current` being what to hand out. Raises TwoMachines.

    `shown` is empty while a display has none, and None from a kiosk that keeps none. `fresh` is random. The same boot is the same
    machine, and gets again what it got before.
    """
    if known.current is None:
        return known if shown is None else Generations(current=fresh, before=shown)
    if is_same_boot:
        return known
    if shown == known.current:
        return Generations(current=fresh, before=shown)
    if shown == known.before:
        return replace(known, current=fresh, lost_in_a_row=known.lost_in_a_row + 1)
    raise TwoMachines("the generation it shows was not handed out to it")
