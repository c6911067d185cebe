"""Days and months of a time zone as spans of UTC: views of the ledger, which itself knows UTC only.

A day is as long as the zone makes it: 23 or 25 hours where the clock is changed, and nothing at all where a date was left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class Span:
    """From one UTC moment to another, which is not part of it."""

    begins: datetime
    ends: datetime

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.ends - self.begins).total_seconds()


def day(of: date, zone: tzinfo) -> Span:
    """A date of the zone."""
    return Span(_midnight(of, zone), _midnight(of + timedelta(days=1), zone))


def day_of(now: datetime, zone: tzinfo) -> date:
    """The date it is in the zone."""
    return now.astimezone(zone).date()


def month(now: datetime, zone: tzinfo, reset_day: int) -> Span:
    """The month of the allowance that `now` is in: it begins anew on the reset day (1 to 28)."""
    today = day_of(now, zone)
    first = today.replace(day=reset_day) if today.day >= reset_day else _month_before(today).replace(day=reset_day)
    return Span(_midnight(first, zone), _midnight(_month_after(first), zone))


def dates(span: Span, zone: tzinfo) -> list[date]:
    """The dates of the zone that a span touches."""
    first, last = day_of(span.begins, zone), day_of(span.ends - timedelta(microseconds=1), zone)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _midnight(of: date, zone: tzinfo) -> datetime:
    """Where midnight is left out this is the moment of the change; where there are two, the first."""
    return datetime.combine(of, time(), tzinfo=zone).astimezone(UTC)


def _month_before(of: date) -> date:
    return of.replace(day=1) - timedelta(days=1)


def _month_after(of: date) -> date:
    return (of.replace(day=1) + timedelta(days=32)).replace(day=of.day)
