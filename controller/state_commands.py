"""`python -m controller state ...`: whether the state store is what was acknowledged, and taking it as it is."""

from __future__ import annotations

import argparse
import sys

from controller import parts, settings
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.audit_log import NotAccepted


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the controller's."""
    state = commands.add_parser("state", help="the state store, after it came back older or empty")
    acts = state.add_subparsers(required=True, metavar="ACT")
    acts.add_parser("show", help="say whether it is what was acknowledged; exit 1 where it is not").set_defaults(run=_show)
    acts.add_parser("accept", help="take it as it is; what is missing from it is lost").set_defaults(run=_accept)


def _show(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    if wanted.witness_file is None:
        print("nobody can tell: STATE_WITNESS is not set")
        return 0
    doubt = parts.build(wanted).audit_log.doubt()
    print("the state store is what was acknowledged" if doubt is None else doubt.message)
    return 0 if doubt is None else 1


def _accept(asked: argparse.Namespace, wanted: settings.Settings) -> int:
    del asked
    built = parts.build(wanted)
    doubt = built.audit_log.doubt()
    if doubt is None:
        print("the state is not in doubt; there is nothing to accept")
        return 0
    try:
        accepted = built.audit_log.accept(doubt.head, by=Actor(ActorKind.SYSTEM, "operator"), at=built.clock())
    except NotAccepted as error:
        print(error, file=sys.stderr)
        return 1
    print(f"accepted: {doubt.trouble}. The audit log goes on with record {accepted.sequence}")
    return 0
