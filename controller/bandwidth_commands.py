"""`python -m controller bandwidth ...`: what an operator asks the ledger by hand."""

from __future__ import annotations

import argparse

from controller import parts, settings
from controller.services.bandwidth_history import days_as_csv
from wire.bandwidth import BandwidthForecast, BandwidthStatus

GIGABYTE = 10**9


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the program's commands."""
    acts = commands.add_parser("bandwidth", help="what the network cards counted").add_subparsers(required=True, metavar="ACT")
    report = acts.add_parser("report", help="today, this month and the days before, in decimal gigabytes")
    report.add_argument("--days", type=int, default=31, metavar="N", choices=range(1, 401), help="how many days (default 31)")
    report.add_argument("--csv", action="store_true", help="the days alone, in bytes, for a spreadsheet")
    report.set_defaults(run=_report)


def _report(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    built = parts.build(wanted)
    days = built.bandwidth_history.days(built.clock(), asked.days)
    if asked.csv:
        print(days_as_csv(days), end="")
        return 0
    for line in _summary(built.bandwidths.status(built.clock())):
        print(line)
    print(f"\n{'date':<12}{'received GB':>14}{'sent GB':>14}{'billed GB':>14}")
    for day in days:
        figures = (day.received_bytes, day.sent_bytes, day.used_bytes)
        print(f"{day.date:<12}" + "".join(f"{count / GIGABYTE:>14.3f}" for count in figures))
    return 0


def _summary(status: BandwidthStatus) -> list[str]:
    month, allowance = status.month, ""
    if month.allowance_bytes is not None:
        allowance = f" of {_gigabytes(month.allowance_bytes)}: {month.state}"
    today = f"{_gigabytes(status.used_bytes)} of {_gigabytes(status.budget_bytes)}"
    return [
        status.message,
        f"Today {today}: {status.state}; {_expected(status.forecast)}.",
        f"Month since {month.begins:%Y-%m-%d} {_gigabytes(month.used_bytes)}{allowance}; {_expected(month.forecast)}.",
        *(words for words in (status.budget.notice, status.budget.foretold, status.drift.alarm) if words is not None),
    ]


def _expected(forecast: BandwidthForecast) -> str:
    low, high = _gigabytes(forecast.low_bytes), _gigabytes(forecast.high_bytes)
    return f"{_gigabytes(forecast.expected_bytes)} expected at its end ({low} to {high}, if it goes on {forecast.method})"


def _gigabytes(count: int) -> str:
    return f"{count / GIGABYTE:.3f} GB"
