"""The monitor and the ledger, in a real store, against an oracle that knows each byte and when it passed.

Hypothesis draws what happens to a machine of one card, around the days on which zones change their clocks. What no sample can
have seen before a boot or a reset is lost, as it must be; every other byte is in the ledger, in its minute and on its day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from controller.rules import local_days
from controller.rules.bandwidth_ledger import WRAPS_AT, CounterReading, Sample, Traffic
from controller.rules.ledger_minutes import next_sample_at
from controller.services import keys
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.bandwidth_monitor import BandwidthMonitor
from controller.services.network_cards import NetworkCards
from controller.services.stewardship import Stewardship
from controller.services.stores import Store, connect
from tests.support.announced_logs import AnnouncedLogs
from tests.support.tallies import Tally

INTERVAL_S = 10
GIGABIT = 10**9

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia")]

EVENINGS = [
    datetime(2026, 3, 28, 22, 40, tzinfo=UTC),  # Berlin, before its day of 23 hours
    datetime(2026, 10, 24, 21, 40, tzinfo=UTC),  # Berlin, before its day of 25 hours
    datetime(2026, 11, 24, 17, 50, tzinfo=UTC),  # Kathmandu, whose midnight is a quarter past six
    datetime(2026, 11, 24, 10, 40, tzinfo=UTC),  # Apia
    datetime(2026, 12, 31, 23, 40, tzinfo=UTC),
]


class Card:
    """A machine's one card, with counters of 64 or 32 bits."""

    def __init__(self, is_narrow: bool) -> None:
        self.is_narrow = is_narrow
        self.name, self.index, self.boots = "eth0", 2, 1
        self.shown = Counter({"received": 0, "sent": 0})

    def carry(self, received: int, sent: int) -> None:
        """Let bytes pass."""
        for way, passed in (("received", received), ("sent", sent)):
            self.shown[way] = (self.shown[way] + passed) % (WRAPS_AT if self.is_narrow else 2**64)

    def reset(self) -> None:
        """Begin counting anew."""
        self.shown = Counter({"received": 0, "sent": 0})

    def reading(self) -> CounterReading:
        """What it shows."""
        return CounterReading(
            self.name, "52:54:00:00:00:01", self.index, self.shown["received"], self.shown["sent"], GIGABIT, self.is_narrow
        )


class World(NetworkCards):
    """Time, the card, and what truly passed: booked, only sampled, or neither yet."""

    def __init__(self, now: datetime, is_narrow: bool) -> None:
        super().__init__("eth0")
        self.card = Card(is_narrow)
        self.now, self.uptime_s, self.clock_is_ahead = now, 100.0, timedelta()
        self.booked: Counter[tuple[datetime, str]] = Counter()
        self.sampled: Counter[tuple[datetime, str]] = Counter()
        self.unseen: Counter[tuple[datetime, str]] = Counter()
        self.lost = 0

    def clock(self) -> datetime:
        """The wall clock, right or wrong."""
        return self.now + self.clock_is_ahead

    def sample(self, now: datetime, counted_before: Iterable[str] = ()) -> Sample:
        """As the kernel would tell."""
        del counted_before
        return Sample(f"boot-{self.card.boots}", self.uptime_s, now, (self.card.reading(),))

    def pass_time(self, seconds: float, received_per_s: int, sent_per_s: int) -> None:
        """Let time and traffic pass, within one minute."""
        minute = self.now.replace(second=0, microsecond=0)
        passed = {"received": int(seconds * received_per_s), "sent": int(seconds * sent_per_s)}
        self.card.carry(**passed)
        self.unseen.update({(minute, way): count for way, count in passed.items()})
        self.now += timedelta(seconds=seconds)
        self.uptime_s += seconds

    def lose_unseen(self) -> None:
        """What was not sampled will never be known."""
        self.lost += self.unseen.total()
        self.unseen.clear()

    def lose_sampled(self) -> None:
        """What was sampled is forgotten with the process that did."""
        self.lost += self.sampled.total()
        self.sampled.clear()

    def on(self, of: date, zone: ZoneInfo) -> Traffic:
        """What was booked of a zone's date, minute by minute, each asked which date it has there."""
        there = {key: count for key, count in self.booked.items() if key[0].astimezone(zone).date() == of}
        return Traffic(*(sum(count for (_, way), count in there.items() if way == wanted) for wanted in ("received", "sent")))


class SlowSeconds:
    """A monotonic clock that goes on half a second each time it is asked."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


class BandwidthMachine(RuleBasedStateMachine):
    """Two monitors on one machine; the first is in office until something happens to it."""

    def __init__(self, state: Store, operator: redis.Redis, tally: Tally) -> None:
        super().__init__()
        operator.flushall()
        self.state, self.tally = state, tally
        self.ledger = BandwidthLedger(state)

    @initialize(now=st.sampled_from(EVENINGS), is_narrow=st.booleans())
    def begin(self, now: datetime, is_narrow: bool) -> None:
        self.world = World(now, is_narrow)
        self.monitors = [self._monitor(), self._monitor()]
        self.is_store_away = False
        self._sample()

    @rule(
        seconds=st.integers(1, 150),
        received=st.integers(0, 60_000_000),
        sent=st.integers(0, 60_000_000),
    )
    def traffic(self, seconds: int, received: int, sent: int) -> None:
        """Both monitors sample at each interval and each full minute, by the wall clock."""
        self._pass(seconds, received, sent)
        self.tally.add("traffic")

    @rule(hours=st.integers(1, 20))
    def quiet(self, hours: int) -> None:
        """Nothing passes for hours; a whole number of them, so that the seconds stay where they are."""
        self._sample()
        self.world.now += timedelta(hours=hours)
        self.world.uptime_s += hours * 3_600
        self._sample()
        self.tally.add("quiet hours")

    @rule()
    def sample_twice(self) -> None:
        self._sample()
        self._sample()
        self.tally.add("double samples")

    @rule(away_s=st.integers(0, 300), later=st.booleans())
    def reboot(self, away_s: int, later: bool) -> None:
        """A machine that is switched off well samples a last time; one that loses its power does not."""
        if later:
            self._sample()
        self.world.lose_unseen()
        if self.is_store_away:
            self.world.lose_sampled()
        self.world.card.boots += 1
        self.world.card.reset()
        self.world.now += timedelta(seconds=INTERVAL_S * (away_s // INTERVAL_S))
        self.world.uptime_s = 0.0
        self.monitors = [self._monitor(), self._monitor()]
        self.state.delete(keys.BANDWIDTH_MONITOR.term)
        self._pass(1, 1_000, 1_000)
        self._sample()
        self.tally.add("boots")

    @precondition(lambda self: not self.world.card.is_narrow or max(self.world.card.shown.values()) < 2 * 10**9)
    @rule(is_made_anew=st.booleans())
    def reset(self, is_made_anew: bool) -> None:
        """A narrow counter's reset near its end looks like a wrap, so there is none here.

        It takes a while: a card that is made anew and renamed between two samples is another one, counted from then on.
        """
        self.world.lose_unseen()
        self.world.card.reset()
        self.world.card.index += is_made_anew
        self._pass(INTERVAL_S, 0, 0)
        self.tally.add("resets")

    @precondition(lambda self: self.world.card.is_narrow)
    @rule()
    def wrap(self) -> None:
        """Bring both counters round their end, a link's speed at a time."""
        for _ in range(3):
            self._pass(13, 110_000_000, 110_000_000)
        self.tally.add("wraps")

    @rule(name=st.sampled_from(["eth0", "wan", "ens3"]))
    def rename(self, name: str) -> None:
        self.world.card.name = name
        self.tally.add("renames")

    @rule(ahead_s=st.integers(-30_000, 30_000), seconds=st.integers(10, 250))
    def clock_jumps(self, ahead_s: int, seconds: int) -> None:
        """The wall clock is wrong for a while, by whole intervals, and then right for long enough to be seen."""
        self.world.clock_is_ahead = timedelta(seconds=INTERVAL_S * ahead_s)
        self._pass(seconds, 40_000, 900_000)
        self.world.clock_is_ahead = timedelta()
        self._pass(INTERVAL_S, 40_000, 900_000)
        self.tally.add("clock jumps")

    @precondition(lambda self: not self.is_store_away)
    @rule()
    def store_goes(self) -> None:
        self._sample()
        self.is_store_away = True
        self.tally.add("store away")

    @precondition(lambda self: self.is_store_away)
    @rule()
    def store_comes_back(self) -> None:
        self.is_store_away = False
        self._sample()

    @precondition(lambda self: not self.is_store_away)
    @rule()
    def monitor_dies(self) -> None:
        """The one in office is killed; the other goes on, and a new one stands by."""
        self._sample()
        self.state.delete(keys.BANDWIDTH_MONITOR.term)
        self.monitors = [self.monitors[1], self._monitor()]
        self._sample()
        self.tally.add("monitors killed")

    @invariant()
    def every_day_is_the_oracles(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        dates = {minute.astimezone(zone).date() for minute, _ in world.booked for zone in ZONES}
        spans = [(zone, of) for zone in ZONES for of in sorted(dates)]
        found = self.ledger.totals([local_days.day(of, zone) for zone, of in spans])
        for (zone, of), traffic in zip(spans, found, strict=True):
            assert traffic == world.on(of, zone), f"{of} in {zone}"

    def _monitor(self) -> BandwidthMonitor:
        office = Stewardship(self.state, SlowSeconds(), keys.BANDWIDTH_MONITOR)
        return BandwidthMonitor(self.world, self.ledger, office, INTERVAL_S, self.world.clock)

    def _pass(self, seconds: int, received_per_s: int, sent_per_s: int) -> None:
        """Let traffic pass, while the monitors sample as they do."""
        until = self.world.now + timedelta(seconds=seconds)
        while self.world.now < until:
            wakes = next_sample_at(self.world.clock(), INTERVAL_S) - self.world.clock_is_ahead
            self.world.pass_time((min(wakes, until) - self.world.now).total_seconds(), received_per_s, sent_per_s)
            if self.world.now == wakes:
                self._sample()

    def _sample(self) -> None:
        world = self.world
        for monitor in self.monitors:
            monitor.sample()
        world.sampled.update(world.unseen)
        world.unseen.clear()
        if self.is_store_away:
            return
        for monitor in self.monitors:
            monitor.book()
        world.booked.update(world.sampled)
        world.sampled.clear()


@pytest.fixture
def operator(state_store: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(state_store) as client:
        yield client


@pytest.fixture
def state(state_store: str) -> Iterator[Store]:
    client = connect(state_store, state_store).state
    yield client
    client.connection_pool.disconnect()


def test_the_ledger_is_the_oracles_to_the_byte(
    state: Store, operator: redis.Redis, rounds: int, announced_logs: AnnouncedLogs
) -> None:
    announced_logs.allow("interface=")
    tally = Tally("steps of the bandwidth ledger's machine")
    run_state_machine_as_test(
        lambda: BandwidthMachine(state, operator, tally),  # type: ignore[arg-type]
        settings=settings(
            max_examples=2 * rounds,
            stateful_step_count=30,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
