"""Each display's part of what the card sends, now and today, and what no display explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from controller.rules import liveness
from controller.rules.bandwidth_shares import share_out
from controller.services.display_bytes import DisplayBytes, Receiver, sent_for
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.sessions import Sessions
from controller.services.telemetry_window import TelemetryWindow
from wire.bandwidth import BandwidthShare
from wire.display import State, ViewerReport


@dataclass(frozen=True)
class CardSent:
    """What the card sent."""

    bps: int
    """In the last full minute."""
    today_bytes: int


@dataclass(frozen=True)
class Parts:
    """Of what the card sent."""

    displays: list[BandwidthShare]
    rest_bps: int
    rest_today_bytes: int


@dataclass(frozen=True)
class DayShare:
    """What went to a display of a session on a day."""

    day: date
    receiver: Receiver | None
    """None: to no display."""
    name: str
    sent_bytes: int


class DisplayShares:
    """Reads reports and counts, and lets the rule share out."""

    def __init__(self, sessions: Sessions, registry: DisplayRegistry, window: TelemetryWindow, counted: DisplayBytes) -> None:
        self._sessions = sessions
        self._registry = registry
        self._window = window
        self._counted = counted

    def parts(self, sent: CardSent, day: date, now: datetime) -> Parts:
        """Of the displays that receive now or did on this day."""
        records = self._records()
        receiving = self._receiving(records, now)
        claims = {receiver: round(viewer.received_bps * _overhead(viewer)) for receiver, viewer in receiving.items()}
        of_now = share_out(sent.bps, claims)
        of_day = share_out(sent.today_bytes, self._counted.of_day(day))
        return Parts(
            displays=[
                BandwidthShare(
                    display_id=receiver.display_id,
                    name=_name(records, receiver),
                    session_id=receiver.session_id,
                    received_bps=receiving[receiver].received_bps if receiver in receiving else 0,
                    sent_bps=of_now.of_displays.get(receiver, 0),
                    today_bytes=of_day.of_displays.get(receiver, 0),
                )
                for receiver in sorted({*receiving, *of_day.of_displays})
            ],
            rest_bps=of_now.rest,
            rest_today_bytes=of_day.rest,
        )

    def of_days(self, sent_bytes: Mapping[date, int]) -> list[DayShare]:
        """Each display's part of what the card sent on each of these days, and what none of them explains."""
        records, found = self._records(), []
        for day, sent in sent_bytes.items():
            shares = share_out(sent, self._counted.of_day(day))
            parts = sorted(shares.of_displays.items())
            found += [DayShare(day, receiver, _name(records, receiver), part) for receiver, part in parts]
            found.append(DayShare(day, None, "all else", shares.rest))
        return found

    def approved(self) -> list[DisplayRecord]:
        """The approved displays of all sessions."""
        return [record for record in self._records().values() if record.state is State.APPROVED]

    def heard(self, now: datetime) -> list[DisplayRecord]:
        """Those of them that were heard lately."""
        approved = {record.display_id: record for record in self.approved()}
        reports = self._window.of_displays(list(approved))
        return [approved[display_id] for display_id, report in reports.items() if now - report.at < liveness.OFFLINE_AFTER]

    def _records(self) -> dict[str, DisplayRecord]:
        return {
            record.display_id: record
            for session in self._sessions.all()
            for record in self._registry.in_session(session.session_id)
        }

    def _receiving(self, records: dict[str, DisplayRecord], now: datetime) -> dict[Receiver, ViewerReport]:
        """The approved displays that receive the picture now, by what they said last."""
        approved = [display_id for display_id, record in records.items() if record.state is State.APPROVED]
        return {
            Receiver(records[display_id].session_id, display_id): report.message.viewer
            for display_id, report in self._window.of_displays(approved).items()
            if now - report.at < liveness.OFFLINE_AFTER and report.message.viewer.stage == "receiving"
        }


def _overhead(viewer: ViewerReport) -> float:
    """How much more the card sends than the payload that comes, by the track so far."""
    reception = viewer.reception
    return sent_for(reception) / reception.received_bytes if reception is not None and reception.received_bytes else 1.0


def _name(records: Mapping[str, DisplayRecord], receiver: Receiver) -> str:
    """What a display is called; the beginning of its id where it is known no more."""
    record = records.get(receiver.display_id)
    return record.name if record is not None else receiver.display_id[:4]
