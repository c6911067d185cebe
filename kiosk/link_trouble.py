"""Why the controller cannot be asked, and what whoever stands before the screen can do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What is in the way, from the nearest to the farthest."""

    NO_LINK = "no_link"
    NO_ADDRESS = "no_address"
    NO_NAME = "no_name"
    NO_ROUTE = "no_route"
    SILENT = "silent"
    NOTHING_ANSWERS = "nothing_answers"
    BROKE = "broke"
    CLOCK = "clock"
    CERTIFICATE = "certificate"
    FOREIGN = "foreign"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True)
class LinkTrouble:
    """What a card and the log say of it."""

    cause: Cause
    why: str
    """In words, without a full stop."""

    @property
    def is_at_this_end(self) -> bool:
        """Whether nothing at all can come here, the picture neither."""
        return self.cause in (Cause.NO_LINK, Cause.NO_ADDRESS)

    @property
    def is_of_network(self) -> bool:
        """Whether another network might bring an answer."""
        return self.is_at_this_end or self.cause in _UNANSWERED

    @property
    def title(self) -> str:
        """For five metres."""
        return _TITLES[self.cause]

    @property
    def lines(self) -> tuple[str, ...]:
        """Why, and what to do or what happens next."""
        return (f"{self.why[:1].upper()}{self.why[1:].rstrip('.')}.", _HINTS.get(self.cause, "It keeps trying by itself."))


def seen_from_here(trouble: LinkTrouble, *, has_link: bool, has_address: bool) -> LinkTrouble:
    """The trouble, or the nearer one that brings it about: without a network nothing that goes out gets an answer."""
    if trouble.cause not in _UNANSWERED:
        return trouble
    if not has_link:
        return LinkTrouble(Cause.NO_LINK, "no network cable is in, and no Wi-Fi is joined")
    if not has_address:
        return LinkTrouble(Cause.NO_ADDRESS, "the network gives this display no address")
    return trouble


_UNANSWERED = (Cause.NO_NAME, Cause.NO_ROUTE, Cause.SILENT)

_TITLES: Mapping[Cause, str] = {
    Cause.NO_LINK: "No network",
    Cause.NO_ADDRESS: "No network address",
    Cause.NO_NAME: "Controller's name not found",
    Cause.NO_ROUTE: "No way to the controller",
    Cause.SILENT: "The controller is silent",
    Cause.NOTHING_ANSWERS: "The controller is away",
    Cause.BROKE: "The connection breaks",
    Cause.CLOCK: "The clock is wrong",
    Cause.CERTIFICATE: "Certificate not accepted",
    Cause.FOREIGN: "This is no Marquee controller",
    Cause.BUSY: "The controller is busy",
    Cause.REFUSED: "The controller says no",
}

_HINTS: Mapping[Cause, str] = {
    Cause.NO_LINK: "Plug it in; the picture comes by itself.",
    Cause.NO_ADDRESS: "Somebody must look at its DHCP server.",
    Cause.NO_NAME: "Check the network's name server (DNS) and the address below.",
    Cause.CLOCK: "Set it, or let the network's time server (NTP) be reached.",
    Cause.CERTIFICATE: "An administrator must put it right at the controller.",
    Cause.FOREIGN: "Check the address below.",
}
"""Where somebody must do something; the rest passes by itself."""
