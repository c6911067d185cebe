"""`python -m controller ...`: the controller's programs and what an operator does by hand."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta

from controller import audit_commands, bandwidth_commands, parts, people_commands, settings, state_commands
from controller.services import keys
from controller.services.audit_log import StateInDoubt
from controller.services.bandwidth_monitor import BandwidthMonitor
from controller.services.enrolment import OPERATOR, BadEnrolmentKey, UnknownEnrolmentKey
from controller.services.network_cards import NetworkCards, NoInterface
from controller.services.stewardship import Stewardship
from controller.services.stores import StoreUnavailable
from controller.steward import Steward

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        wanted = settings.from_environment()
        return int(asked.run(asked, wanted))
    except settings.SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except StateInDoubt as error:
        print(f"{error}: python -m controller state accept", file=sys.stderr)
        return 1
    except StoreUnavailable as error:
        print(f"the store does not answer: {error}; is Redis running, and REDIS_URL right?", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m controller", description="The controller's programs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    web = commands.add_parser("web", help="serve the dashboard, the presenter page and the displays")
    web.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
    web.set_defaults(run=_web)

    steward = commands.add_parser("steward", help="look after the rooms")
    steward.set_defaults(run=_steward)

    monitor = commands.add_parser("bandwidth-monitor", help="count the network card's bytes")
    monitor.set_defaults(run=_bandwidth_monitor)
    bandwidth_commands.add_to(commands)

    people_commands.add_to(commands)

    key = commands.add_parser("enrolment-key", help="keys that let displays in").add_subparsers(required=True, metavar="ACT")
    create = key.add_parser("create", help="make a key, shown once")
    create.add_argument("--label", required=True, help="what it is for, as the dashboard will name it")
    create.add_argument("--uses", type=int, default=1, metavar="N", help="how many displays it lets in (default 1)")
    create.add_argument("--days", type=int, default=7, metavar="N", help="how long it is good (default 7, at most 90)")
    create.add_argument("--json", action="store_true", help="print one JSON line")
    create.set_defaults(run=_enrolment_key_create)
    key.add_parser("list", help="say which keys there are").set_defaults(run=_enrolment_key_list)
    revoke = key.add_parser("revoke", help="let nobody more in by a key; who came by it stays")
    revoke.add_argument("key_id", metavar="ID", help="as `list` says it")
    revoke.set_defaults(run=_enrolment_key_revoke)

    audit_commands.add_to(commands)
    state_commands.add_to(commands)
    return parser


def _web(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    """Becomes gunicorn; the settings were read before, so that faults are said once and not by each worker."""
    del wanted
    command = [sys.executable, "-m", "gunicorn", "-c", "python:controller.gunicorn_conf", "--bind", asked.bind]
    os.execv(sys.executable, [*command, "controller.app:from_environment()"])  # noqa: S606 - a fixed program, no shell


def _steward(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    Steward(parts.build(wanted)).run(_stopped_by_signal())
    return 0


def _bandwidth_monitor(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    if not wanted.bandwidth.enabled:
        log.info("bandwidth is not counted: BANDWIDTH_MONITOR_ENABLED is false")
        return 0
    built, cards = parts.build(wanted), NetworkCards(wanted.bandwidth.interface)
    try:
        cards.counted()
    except NoInterface as error:
        print(error, file=sys.stderr)
        return 2
    office = Stewardship(built.stores.state, office=keys.BANDWIDTH_MONITOR)
    interval_s = wanted.bandwidth.sample_interval_s
    BandwidthMonitor(cards, built.ledger, office, interval_s, built.clock).run(_stopped_by_signal())
    return 0


def _enrolment_key_create(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    built = parts.build(wanted)
    life = timedelta(days=asked.days)
    try:
        key = built.enrolment_keys.create(label=asked.label, max_uses=asked.uses, life=life, now=built.clock())
    except BadEnrolmentKey as error:
        print(error, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps({"id": key.key_id, "key": key.key}))
    else:
        print(f"{key.key}\nFor {asked.uses} display(s), {asked.days} days. It is shown only now.")
    return 0


def _enrolment_key_list(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    built = parts.build(wanted)
    for key in built.enrolment_keys.all():
        state = "good" if key.lets_in(built.clock()) else "revoked" if key.is_revoked else "used up or expired"
        until = key.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        print(f"{key.key_id}  {state}  {key.uses} of {key.max_uses} used  until {until}  {key.label}")
    return 0


def _enrolment_key_revoke(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    built = parts.build(wanted)
    try:
        key = built.enrolment_keys.revoke(asked.key_id, by=OPERATOR, now=built.clock())
    except UnknownEnrolmentKey as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Nobody more comes in by {key.label}. The {key.uses} display(s) that came by it stay.")
    return 0


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
