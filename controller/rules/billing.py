"""Bytes that passed -> bytes that the host bills. Hosts differ, and count frames a little larger than the kernel does."""

from __future__ import annotations

from enum import StrEnum

from controller.rules.bandwidth_ledger import Traffic


class Billing(StrEnum):
    """What a host counts of a period."""

    SENT = "tx"
    BOTH = "rx+tx"
    LARGER = "max"
    """Whichever of the two is larger in that period."""


def billed_bytes(traffic: Traffic, billing: Billing, calibration: float) -> int:
    """What the host counts; `calibration` is its own figure of a month, divided by ours."""
    received, sent = traffic.received_bytes, traffic.sent_bytes
    counted = {Billing.SENT: sent, Billing.BOTH: received + sent, Billing.LARGER: max(received, sent)}[billing]
    return round(counted * calibration)
