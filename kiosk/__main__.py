"""`python -m kiosk`: draws the first card, and loads and runs the rest of the program under it."""

from __future__ import annotations

import sys

from kiosk.first_card import FirstCard


def main() -> int:
    """Be a kiosk until SIGTERM, or begin anew."""
    from kiosk.own_restart import inheritance

    inherited = inheritance(sys.argv[1:])
    first_card = FirstCard(inherited.take_picture(), inherited.relieve)
    from kiosk.program import be_kiosk  # takes longer to load than the card to draw

    return be_kiosk(first_card, inherited.restarts)


if __name__ == "__main__":
    sys.exit(main())
