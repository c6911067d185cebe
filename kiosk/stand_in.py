"""`python -m kiosk.stand_in FD`: the picture in this file on the whole screen, until standard input ends.

By Qt alone, so it is there at once.
"""

from __future__ import annotations

import os
import sys

from kiosk.first_card import FirstCard

if __name__ == "__main__":
    from PySide6.QtCore import QSocketNotifier

    with os.fdopen(int(sys.argv[1]), "rb") as file:
        card = FirstCard(file.read())
    ended = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    ended.activated.connect(lambda *_: card.application.quit())
    print("shown", flush=True)
    card.application.exec()
