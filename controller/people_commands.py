"""`python -m controller user ...` and `api-key ...`: what an operator does about people and programs when nobody can sign in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from controller import parts, settings
from controller.rules.audit_chain import Actor, ActorKind
from controller.services.accounts import (
    Account,
    AccountChanged,
    AccountExists,
    AccountRole,
    BadAccount,
    LastAdmin,
    UnknownAccount,
)
from controller.services.api_keys import BadApiKey, UnknownApiKey
from controller.services.sessions import UnknownSession

OPERATOR = Actor(ActorKind.SYSTEM, "operator")
"""Who did it, in the audit log, the log and lists."""

REFUSED = (BadAccount, UnknownAccount, LastAdmin, AccountChanged, UnknownSession, UnknownApiKey)

Act = Callable[[argparse.Namespace, parts.Parts], None]


def add_to(commands: Any) -> None:
    """Add the commands to the controller's parser."""
    users = commands.add_parser("user", help="accounts").add_subparsers(required=True, metavar="ACT")
    add = _command(users, "add", "make an account with a random password, shown once", _user_add)
    add.add_argument("name")
    add.add_argument("--role", required=True, type=AccountRole, choices=list(AccountRole))
    add.add_argument("--replace", action="store_true", help="give an existing account this role and a new password")
    add.add_argument("--json", action="store_true", help="print one JSON line")
    _command(users, "list", "who can sign in", _user_list)
    _command(users, "remove", "remove an account and sign it out", _user_remove).add_argument("name")
    password = _command(users, "password", "draw another password, shown once, and sign the account out", _user_password)
    password.add_argument("name")
    role = _command(users, "role", "give an account another role, in all sessions, and sign it out", _user_role)
    role.add_argument("name")
    role.add_argument("role", type=AccountRole, choices=list(AccountRole))

    api_keys = commands.add_parser("api-key", help="keys for programs").add_subparsers(required=True, metavar="ACT")
    create = _command(api_keys, "create", "make a key, shown once", _api_key_create)
    create.add_argument("--label", required=True, help="which program it is for")
    create.add_argument("--role", required=True, type=AccountRole, choices=list(AccountRole))
    create.add_argument("--days", type=int, default=90, metavar="N", help="how long it is good (default 90, at most 400)")
    _command(api_keys, "list", "the keys that are good now", _api_key_list)
    _command(api_keys, "revoke", "make a key worthless at once", _api_key_revoke).add_argument("key_id", metavar="ID")


def _command(commands: Any, name: str, help_text: str, act: Act) -> argparse.ArgumentParser:
    def run(asked: argparse.Namespace, wanted: settings.Settings) -> int:
        try:
            act(asked, parts.build(wanted))
        except BadApiKey as error:
            print(error, file=sys.stderr)
            return 2
        except AccountExists as error:
            print(f"{error}; use --replace to give it a new password", file=sys.stderr)
            return 1
        except REFUSED as error:
            print(error, file=sys.stderr)
            return 1
        return 0

    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text)
    parser.set_defaults(run=run)
    return parser


def _user_add(asked: argparse.Namespace, built: parts.Parts) -> None:
    if asked.replace:
        password = built.people.replace(asked.name, asked.role, by=OPERATOR, now=built.clock())
    else:
        _, password = built.people.add(asked.name, asked.role, None, by=OPERATOR, now=built.clock())
    if asked.json:
        print(json.dumps({"name": asked.name, "role": asked.role.value, "password": password}))
    else:
        print(f"{asked.name} ({asked.role.value}) password: {password}\nIt is shown only now.")


def _user_list(asked: argparse.Namespace, built: parts.Parts) -> None:
    del asked
    for account in built.accounts.all():
        print(f"{account.name}\t{account.role.value}\t{_sessions_in_words(account)}")


def _sessions_in_words(account: Account) -> str:
    if account.sessions is None:
        return "all sessions"
    return "sessions " + ", ".join(str(session_id) for session_id in account.sessions) if account.sessions else "no session"


def _user_remove(asked: argparse.Namespace, built: parts.Parts) -> None:
    built.people.remove(asked.name, by=OPERATOR, now=built.clock())
    print(f"{asked.name} is removed and signed out.")


def _user_password(asked: argparse.Namespace, built: parts.Parts) -> None:
    print(
        f"{asked.name} password: {built.people.reset_password(asked.name, by=OPERATOR, now=built.clock())}\nIt is shown only now."
    )


def _user_role(asked: argparse.Namespace, built: parts.Parts) -> None:
    built.people.change(asked.name, asked.role, None, by=OPERATOR, now=built.clock())
    print(f"{asked.name} is {asked.role.value} now, and signed out.")


def _api_key_create(asked: argparse.Namespace, built: parts.Parts) -> None:
    life = timedelta(days=asked.days)
    key, text = built.api_keys.create(asked.label, asked.role, life=life, by=OPERATOR, now=built.clock())
    print(f"{text}\nFor {key.label}, as {key.role.value}, until {key.expires_at:%Y-%m-%d %H:%M} UTC. It is shown only now.")


def _api_key_list(asked: argparse.Namespace, built: parts.Parts) -> None:
    del asked
    for key in built.api_keys.all(built.clock()):
        used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
        print(f"{key.key_id}\t{key.label}\t{key.role.value}\tuntil {key.expires_at:%Y-%m-%d}\t{used}\tby {key.made_by}")


def _api_key_revoke(asked: argparse.Namespace, built: parts.Parts) -> None:
    built.api_keys.revoke(asked.key_id, by=OPERATOR, now=built.clock())
    print(f"{asked.key_id} is worthless now.")
