"""`python -m controller audit ...`: the audit log by hand."""

from __future__ import annotations

import argparse
import sys

from controller import parts, settings
from controller.rules.audit_chain import head_of
from controller.services.audit_segments import NotRolled


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the controller's."""
    acts = commands.add_parser("audit", help="the audit log").add_subparsers(required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="check the chain of records in the store and in AUDIT_DIR; exit 1 where it is broken")
    verify.add_argument(
        "--seen", type=head_of, metavar="SEQUENCE:HASH", help="a head from the steward's log, which the chain must still hold"
    )
    verify.set_defaults(run=_verify)
    roll = acts.add_parser("roll", help="move all but the newest 1,000 records to a file in AUDIT_DIR")
    roll.set_defaults(run=_roll)


def _verify(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    found = parts.build(wanted).audit_segments.verify(asked.seen)
    if isinstance(found, str):
        print(f"the audit log is broken: {found}", file=sys.stderr)
        return 1
    print(f"the audit log is whole; its head is {found}")
    return 0


def _roll(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    try:
        rolled = parts.build(wanted).audit_segments.roll()
    except NotRolled as error:
        print(f"nothing was rolled: {error}", file=sys.stderr)
        return 1
    print(f"{rolled} records rolled to {wanted.audit_dir}")
    return 0
