"""Commands to displays: one at a time, each carried out once and answered once. They travel with the display's own state."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import asdict, replace
from datetime import datetime

from controller.rules.audit_chain import Deed
from controller.rules.audit_codes import AuditCode
from controller.rules.commands import GivenCommand, Told
from controller.rules.liveness import liveness
from controller.services import keys
from controller.services.audit_log import AuditLog
from controller.services.decisions import Decisions, Order
from controller.services.kept_messages import KeptMessages
from controller.services.push import Push, display_topic, session_topic
from controller.services.stores import Store
from controller.services.telemetry_window import TelemetryWindow
from wire.command import Command, CommandKind

KEPT_S = 600

log = logging.getLogger(__name__)


class CommandWaits(Exception):
    """The display was given another command, and has not said yet what became of it."""


class DisplayNotHeard(Exception):
    """The display is offline, so no command would reach it in time."""


class UnknownCommand(Exception):
    """The display was given no such command in the last minutes."""


class CommandOver(Exception):
    """Something else was told of the command before, or this comes too late."""


class Commands:
    """The last command of each display, in the live store."""

    def __init__(self, live: Store, decisions: Decisions, window: TelemetryWindow, audit_log: AuditLog, push: Push) -> None:
        self._live = live
        self._decisions = decisions
        self._window = window
        self._audit_log = audit_log
        self._push = push
        self._swap = live.register_script(_SWAP)
        self._kept = KeptMessages("command", command_of)

    def give(self, order: Order, kind: CommandKind, *, session_id: int) -> GivenCommand:
        """Ask a display of that session to do something. What is asked stands in the audit log.

        Raises UnknownDisplay (also when it is in another session), UnknownSession, DisplayNotHeard, CommandWaits and AuditBusy.
        """
        record = self._decisions.present(order, session_id)
        report = self._window.of_displays([order.display_id]).get(order.display_id)
        if liveness(report.at if report else None, order.at) == "offline":
            raise DisplayNotHeard(f"{record.name} is offline, so nothing would reach it; try again when it is heard")
        before = self._live.get(keys.display_command(order.display_id))
        last = self._kept.read(before)
        if last is not None and last.waits(order.at):
            raise CommandWaits(f"{record.name} is told to {last.kind} and has not answered yet; try again in half a minute")
        given = GivenCommand(secrets.token_hex(8), kind, order.by.name, order.at)
        facts = {"name": record.name, "command": kind}
        self._audit_log.keep(Deed(order.at, order.by, AuditCode.DISPLAY_COMMANDED.value, order.display_id, {}, facts))
        if not self._put(order.display_id, before, given):
            raise CommandWaits(f"{record.name} was given another command at this moment; look again")
        log.info("display commanded display_id=%s command=%s by=%s", order.display_id, kind, order.by.name)
        self._push.tell(display_topic(order.display_id), session_topic(session_id))
        return given

    def take_result(self, display_id: str, command_id: str, told: Told, *, session_id: int, now: datetime) -> None:
        """Keep what became of a command, also when that is told again.

        Raises UnknownCommand, and CommandOver when something else was told before, or when it is told too late.
        """
        before = self._live.get(keys.display_command(display_id))
        last = self._kept.read(before)
        if last is None or last.command_id != command_id:
            raise UnknownCommand("this display was given no such command in the last minutes")
        after = replace(last, told=told)
        if not last.may_be(told, now) or not (after == last or self._put(display_id, before, after)):
            raise CommandOver("what became of this command was told already, or comes too late")
        log.info("command %s display_id=%s command=%s", told, display_id, last.kind)
        self._push.tell(session_topic(session_id))

    def waiting(self, display_id: str, now: datetime) -> Command | None:
        """The command that a display is to be told now."""
        return self.read(self._live.get(keys.display_command(display_id)), now)

    def read(self, kept: str | None, now: datetime) -> Command | None:
        """The same, from what is kept of its last command."""
        last = self._kept.read(kept or None)
        return Command(command_id=last.command_id, kind=last.kind) if last is not None and last.waits(now) else None

    def last(self, display_ids: list[str]) -> dict[str, GivenCommand]:
        """The last command of each display that was given one lately."""
        if not display_ids:
            return {}
        kept = self._live.mget([keys.display_command(display_id) for display_id in display_ids])
        found = zip(display_ids, map(self._kept.read, kept), strict=True)
        return {display_id: command for display_id, command in found if command is not None}

    def _put(self, display_id: str, before: str | None, after: GivenCommand) -> bool:
        """Whether it was as it was seen, and is as wanted now."""
        text = json.dumps({**asdict(after), "asked_at": after.asked_at.isoformat()})
        return bool(self._swap(keys=[keys.display_command(display_id)], args=[before or "", text, KEPT_S]))


def command_of(text: str) -> GivenCommand:
    """A command as it is kept."""
    fields = json.loads(text)
    return GivenCommand(**{**fields, "asked_at": datetime.fromisoformat(fields["asked_at"])})


_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
