"""The program that counts: samples the network cards at each interval and each full minute, and books what passed.

Several may run: all sample, one is in office and books. What could not be booked, because the store was away, is kept and booked
later, minute by minute; so nothing is lost, and nothing comes to another day.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from controller.rules.bandwidth_ledger import Sample
from controller.rules.ledger_minutes import is_superfluous, next_sample_at
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.network_cards import NetworkCards, NoInterface
from controller.services.stewardship import NotInOffice, Stewardship
from controller.services.stores import StoreUnavailable

log = logging.getLogger(__name__)

RENEWS_EVERY_S = 1.0
"""So that a term of office, three seconds long, does not end between two samples."""

KEPT_IN_RESERVE_S = 60.0
"""What a monitor that stands by remembers: enough to go on where the one in office was lost."""


ALL_KEPT = 1_000
"""So many samples wait, nearly three hours of the usual interval, before those go that change nothing."""

KEPT_FOR_LATER = "not booked while the store is away, kept for later"


class BandwidthMonitor:
    """Samples and books."""

    def __init__(
        self,
        cards: NetworkCards,
        ledger: BandwidthLedger,
        office: Stewardship,
        interval_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._cards = cards
        self._ledger = ledger
        self._office = office
        self._interval_s = interval_s
        self._clock = clock
        self._waiting: list[Sample] = []
        self._counted: tuple[str, ...] = ()
        self._trouble: str | None = None
        self._was_in_office: bool | None = None

    def run(self, stop: threading.Event) -> None:
        """Sample and book until told to stop; a last time then."""
        while not stop.is_set():
            self.sample()
            self.book()
            self._pause_until(next_sample_at(self._clock(), self._interval_s), stop)
        self.sample()
        self.book()
        self._leave_office()

    def sample(self) -> None:
        """Read the counters. Where they cannot be read now, they keep what the next sample will count."""
        try:
            sample = self._cards.sample(self._clock(), self._counted)
        except NoInterface as error:
            self._say(str(error))
            return
        counted = tuple(card.interface for card in sample.cards)
        if counted != self._counted:
            log.info("counting bandwidth interface=%s", ",".join(counted))
            for card in sample.cards:
                if card.is_of_container:
                    log.info("a container's own card: what else its machine sends is not counted interface=%s", card.interface)
        self._counted = counted
        if len(self._waiting) >= ALL_KEPT and is_superfluous(self._waiting[-2], self._waiting[-1], sample):
            del self._waiting[-1]
        self._waiting.append(sample)

    def book(self) -> None:
        """Add what passed to the ledger, if this monitor is in office; otherwise keep it for a while."""
        if not self._waiting:
            return
        try:
            if not self._enter_office():
                self._keep_a_reserve()
                return
            booking = self._ledger.add(self._waiting, term=self._office.require())
        except StoreUnavailable:
            self._say(KEPT_FOR_LATER)
            return
        except NotInOffice as error:
            log.warning("not booked: %s", error)
            return
        if booking is None:
            return
        for remark in booking.remarks:
            log.warning("%s", remark)
        self._waiting = []
        if self._trouble is not None:
            log.info("booked again bytes=%d", booking.traffic.received_bytes + booking.traffic.sent_bytes)
            self._trouble = None

    def _enter_office(self) -> bool:
        is_in_office = self._office.enter()
        if is_in_office is not self._was_in_office:
            log.info("in office" if is_in_office else "another monitor is in office, standing by")
            self._was_in_office = is_in_office
        return is_in_office

    def _keep_a_reserve(self) -> None:
        latest_s = self._waiting[-1].uptime_s
        self._waiting = [sample for sample in self._waiting if latest_s - sample.uptime_s <= KEPT_IN_RESERVE_S]

    def _pause_until(self, moment: datetime, stop: threading.Event) -> None:
        """The term of office goes on meanwhile. A clock that is set meanwhile shortens the pause and never lengthens it."""
        ends_s = time.monotonic() + (moment - self._clock()).total_seconds()
        while (left_s := min(ends_s - time.monotonic(), (moment - self._clock()).total_seconds())) > 0:
            if stop.wait(min(left_s, RENEWS_EVERY_S)):
                return
            self._stay_in_office()

    def _stay_in_office(self) -> None:
        try:
            self._enter_office()
        except StoreUnavailable:
            self._say(KEPT_FOR_LATER)

    def _leave_office(self) -> None:
        try:
            self._office.leave()
        except StoreUnavailable as error:
            log.debug("office not left, the term ends by itself error=%s", error)

    def _say(self, trouble: str) -> None:
        """Log a trouble once, not at each sample."""
        if trouble != self._trouble:
            log.warning("%s", trouble)
        self._trouble = trouble
