"""Which card stands on a kiosk's screen, told by its colours: what somebody at the back of the room would go by."""

from __future__ import annotations

from collections import Counter

from onebox.screens import VirtualScreen

# page/css/kiosk.css
AMBER, GREEN, RED, PAPER = (245, 166, 35), (88, 214, 141), (255, 123, 107), (244, 246, 251)
NAVY_BLUE_AT_LEAST = 20
CLOSE = 12
"""Steps of one colour within which a pixel is of that colour; the edges of letters are not."""


def colours(screen: VirtualScreen) -> Counter[tuple[int, int, int]]:
    """How many pixels have which colour."""
    counted = screen.image().getcolors(maxcolors=1 << 24) or []
    found: Counter[tuple[int, int, int]] = Counter()
    for count, colour in counted:
        if isinstance(colour, tuple):
            found[(colour[0], colour[1], colour[2])] += count
    return found


def share_of(screen: VirtualScreen, wanted: tuple[int, int, int]) -> float:
    """The share of the screen that has a colour, 0 to 1."""
    found = colours(screen)
    close = sum(count for colour, count in found.items() if max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= CLOSE)
    return close / max(1, found.total())


def shows_card(screen: VirtualScreen) -> bool:
    """Any card: Marquee's name in amber on deep navy."""
    return share_of(screen, AMBER) > 0.0005 and is_dark_blue(screen)


def shows_pairing_code(screen: VirtualScreen) -> bool:
    """The card of a waiting display: the code on a large light plate."""
    return shows_card(screen) and share_of(screen, PAPER) > 0.04


def shows_ready(screen: VirtualScreen) -> bool:
    """The card of an approved display: a green disc."""
    return shows_card(screen) and share_of(screen, GREEN) > 0.0007


def shows_trouble(screen: VirtualScreen) -> bool:
    """A card that says what is wrong: a red square."""
    return shows_card(screen) and share_of(screen, RED) > 0.0007


def is_dark_blue(screen: VirtualScreen) -> bool:
    """More than half of the screen is the cards' navy: neither black nor white nor a browser's error page."""
    found = colours(screen)
    navy = sum(count for (red, green, blue), count in found.items() if blue >= NAVY_BLUE_AT_LEAST and blue > green > red)
    return navy > 0.5 * found.total()
