"""What an operator's monitoring reads.

All of it comes from the stores and from what the steward saw, so that every process of the controller tells the same. While a
store does not answer, that is all that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from controller.rules.bandwidth_budget import STATES
from controller.rules.exposition import Gauge, Sample, gauge
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.bandwidth_status import BandwidthStatuses
from controller.services.display_views import DisplayViews
from controller.services.presenting_now import PresentingNow
from controller.services.sessions import Sessions
from controller.services.sfu_status import SfuStatuses
from controller.services.stores import Store, Stores, StoreUnavailable
from wire.admin import DisplayView
from wire.display import State

Views = Mapping[int, list[DisplayView]]
"""Displays by session."""


class Metrics:
    """Composes the gauges."""

    def __init__(
        self,
        stores: Stores,
        sessions: Sessions,
        sfu_statuses: SfuStatuses,
        presenting: PresentingNow,
        displays: DisplayViews,
        bandwidths: BandwidthStatuses,
        audit_log: AuditLog,
    ) -> None:
        self._stores = stores
        self._sessions = sessions
        self._sfu_statuses = sfu_statuses
        self._presenting = presenting
        self._displays = displays
        self._bandwidths = bandwidths
        self._audit_log = audit_log

    def gauges(self, now: datetime) -> list[Gauge]:
        """Everything that can be told now."""
        up = {"state": _answers(self._stores.state), "live": _answers(self._stores.live)}
        samples = tuple(Sample(float(answers), {"store": name}) for name, answers in up.items())
        stores = Gauge("marquee_store_up", "Whether the store answers.", samples)
        if not all(up.values()):
            return [stores]
        try:
            return [stores, *self._of_controller(), *self._of_displays(now), *self._of_sfu(), *self._of_bandwidth(now)]
        except StoreUnavailable:
            return [stores]

    def _of_controller(self) -> Iterator[Gauge]:
        term, terms = self._stores.state.mget([keys.STEWARD.term, keys.STEWARD.terms])
        in_doubt = self._audit_log.doubt() is not None
        yield gauge("marquee_state_in_doubt", "Whether the state store came back older, empty or as another one.", in_doubt)
        yield gauge("marquee_audit_records", "Sequence of the last audit record.", self._audit_log.head().sequence)
        yield gauge("marquee_steward_in_office", "Whether a steward is in office.", term is not None)
        yield gauge("marquee_steward_terms", "Terms of stewards so far; grows when one is replaced.", float(terms or 0))

    def _of_displays(self, now: datetime) -> Iterator[Gauge]:
        views = {session.session_id: self._displays.of_session(session, now).displays for session in self._sessions.all()}
        yield Gauge("marquee_displays", "Displays by state and role.", tuple(_by_state(views)))
        online = {number: sum(view.liveness == "online" for view in _approved(found)) for number, found in views.items()}
        yield _by_session("marquee_displays_online", "Approved displays that were heard lately.", online)
        showing = {number: sum(view.showing == "showing" for view in _approved(found)) for number, found in views.items()}
        yield _by_session("marquee_displays_showing", "Approved displays that show the picture.", showing)

    def _of_sfu(self) -> Iterator[Gauge]:
        numbers = [session.session_id for session in self._sessions.all()]
        seen = {number: self._sfu_statuses.last(number) for number in numbers}
        presents = {number: self._presenting.lease(number) is not None for number in numbers}
        up = {number: status is not None and status.up for number, status in seen.items()}
        inside = {number: len(status.participants) if status else 0 for number, status in seen.items()}
        yield _by_session("marquee_presenting", "Whether somebody presents.", presents)
        yield _by_session("marquee_sfu_up", "Whether the SFU answered the steward in the last half minute.", up)
        yield _by_session("marquee_sfu_participants", "Who is in the room, as the steward saw it.", inside)

    def _of_bandwidth(self, now: datetime) -> Iterator[Gauge]:
        today = self._bandwidths.status(now)
        received, sent = Sample(today.received_bytes, {"direction": "received"}), Sample(today.sent_bytes, {"direction": "sent"})
        yield Gauge("marquee_bandwidth_today_bytes", "Bytes of the network cards today.", (received, sent))
        yield gauge("marquee_bandwidth_today_billed_bytes", "Bytes of today as the host bills them.", today.used_bytes)
        yield gauge(
            "marquee_bandwidth_today_expected_bytes", "Where the day is expected to end, billed.", today.forecast.expected_bytes
        )
        yield gauge("marquee_bandwidth_budget_bytes", "What a day may cost, billed.", today.budget_bytes)
        yield gauge("marquee_bandwidth_month_billed_bytes", "Bytes of this month as the host bills them.", today.month.used_bytes)
        yield gauge("marquee_bandwidth_billed_bits_per_second", "Over the last full minute.", today.rate_bps)
        drifts = {"displays": today.drift.displays_percent, "sfu": today.drift.sfu_percent}
        told = tuple(Sample(percent, {"who": who}) for who, percent in drifts.items() if percent is not None)
        yield Gauge("marquee_bandwidth_drift_percent", "By how much the card sent more than these count, in ten minutes.", told)
        yield gauge("marquee_bandwidth_drift_alarm", "Whether that is too much.", today.drift.alarm is not None)
        states = tuple(Sample(float(today.budget.state == state), {"state": state}) for state in STATES)
        yield Gauge("marquee_bandwidth_budget_state", "Which state the day's budget is in.", states)
        yield gauge("marquee_bandwidth_budget_lifted", "Whether it is lifted for today.", today.budget.lifted_by is not None)
        if today.last_sample_age_s is not None:
            yield gauge("marquee_bandwidth_sample_age_seconds", "Since the card was read last.", today.last_sample_age_s)


def _answers(store: Store) -> bool:
    try:
        store.ping()
    except StoreUnavailable:
        return False
    return True


def _approved(views: list[DisplayView]) -> list[DisplayView]:
    return [view for view in views if view.state is State.APPROVED]


def _by_state(views: Views) -> Iterator[Sample]:
    for number, found in views.items():
        counts = Counter((view.state.value, view.role.value if view.role else "") for view in found)
        for (state, role), count in sorted(counts.items()):
            yield Sample(count, {"session": str(number), "state": state, "role": role})


def _by_session(name: str, help_text: str, values: Mapping[int, float]) -> Gauge:
    return Gauge(name, help_text, tuple(Sample(float(value), {"session": str(number)}) for number, value in values.items()))
