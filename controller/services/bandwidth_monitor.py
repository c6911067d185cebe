"""Samples the network card and keeps the bandwidth ledger.

The ledger is written by compare-and-set on the last sample, so that a late or doubled sample counts nothing twice.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psutil

from controller.rules.bandwidth_ledger import CounterReading, Traffic, traffic_between
from controller.services import keys
from controller.services.stores import Store

log = logging.getLogger(__name__)

ROUTES = Path("/proc/net/route")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class NoInterface(Exception):
    """There is no interface to count, or not the one that was named."""


@dataclass(frozen=True)
class Usage:
    """What the ledger says of a day."""

    received_bytes: int
    sent_bytes: int
    interface: str | None
    last_sample_at: datetime | None


class BandwidthLedger:
    """The ledger in the state store."""

    def __init__(self, state: Store) -> None:
        self._state = state
        self._write = state.register_script(_WRITE)

    def add(self, reading: CounterReading, now: datetime) -> Traffic:
        """Count what passed since the last sample; nothing if another sample came in between."""
        key = keys.BANDWIDTH_LAST_SAMPLE
        text = self._state.get(key)
        traffic = traffic_between(_reading(text), reading)
        date, minute = now.strftime("%Y-%m-%d"), now.strftime("%H:%M")
        stored = self._write(
            keys=[key, keys.bandwidth_daily(date), keys.bandwidth_minute(date)],
            args=[
                text or "",
                json.dumps({**asdict(reading), "at": now.isoformat()}),
                traffic.received_bytes,
                traffic.sent_bytes,
                minute,
                keys.BANDWIDTH_KEPT_S,
            ],
        )
        return traffic if stored else Traffic(0, 0)

    def usage(self, now: datetime) -> Usage:
        """The bytes of the UTC day so far."""
        text = self._state.get(keys.BANDWIDTH_LAST_SAMPLE)
        day = self._state.hgetall(keys.bandwidth_daily(now.strftime("%Y-%m-%d")))
        reading = _reading(text)
        return Usage(
            received_bytes=int(day.get("received", 0)),
            sent_bytes=int(day.get("sent", 0)),
            interface=reading.interface if reading else None,
            last_sample_at=datetime.fromisoformat(json.loads(text)["at"]) if text else None,
        )


def read_counters(interface: str | None) -> CounterReading:
    """The counters of `interface`, or of the default route's where None. Raises NoInterface."""
    name = interface or default_interface()
    counters = psutil.net_io_counters(pernic=True).get(name)
    if counters is None:
        known = ", ".join(sorted(psutil.net_io_counters(pernic=True)))
        raise NoInterface(f"there is no interface {name}; set BANDWIDTH_INTERFACE to one of: {known}")
    return CounterReading(name, BOOT_ID.read_text().strip(), counters.bytes_recv, counters.bytes_sent)


def default_interface() -> str:
    """The interface of the default route. Raises NoInterface."""
    for line in ROUTES.read_text().splitlines()[1:]:
        name, destination, *_ = line.split()
        if destination == "00000000":
            return name
    raise NoInterface("there is no default route; set BANDWIDTH_INTERFACE to the interface to count")


def _reading(text: str | None) -> CounterReading | None:
    if not text:
        return None
    fields = json.loads(text)
    del fields["at"]
    return CounterReading(**fields)


_WRITE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('HINCRBY', KEYS[2], 'received', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'sent', ARGV[4])
redis.call('HINCRBY', KEYS[3], ARGV[5] .. ' received', ARGV[3])
redis.call('HINCRBY', KEYS[3], ARGV[5] .. ' sent', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('EXPIRE', KEYS[3], ARGV[6])
return 1
"""
