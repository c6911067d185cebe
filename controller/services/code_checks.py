"""Which display somebody stands at, and whether an approval comes with the code it needs."""

from __future__ import annotations

import logging

from controller.rules.pairing import must_be_checked
from controller.services.display_registry import DisplayRecord, DisplayRegistry
from controller.services.pairing_codes import PairingCodes, WrongPairingCode
from controller.services.stores import StoreUnavailable
from wire.display import Role, State

log = logging.getLogger(__name__)


class PairingCodeRequired(Exception):
    """DISPLAY_REQUIRE_PAIRING_CODE demands the code on the display's own screen for this approval."""


class CodeChecks:
    """Codes that admins type, against the displays that wait. `require` is `none`, `protected` or `all` (see settings)."""

    def __init__(self, require: str, pairing_codes: PairingCodes, registry: DisplayRegistry) -> None:
        self._require = require
        self._pairing_codes = pairing_codes
        self._registry = registry

    def waiting_at(self, typed_code: str, *, by: str) -> DisplayRecord:
        """The waiting display on whose screen this code stands. Raises WrongPairingCode, TooManyGuesses."""
        record = self._registry.find(self._pairing_codes.display_showing(typed_code, by=by))
        if record is None or record.state is not State.PENDING:
            raise WrongPairingCode("the display with this code does not wait any more")
        return record

    def is_checked(self, display: DisplayRecord, role: Role, typed_code: str | None, *, by: str) -> bool:
        """Whether the display's code is checked by its approval as `role`, now or already when it was let in.

        Raises PairingCodeRequired when it must be and is not, WrongPairingCode, TooManyGuesses.
        """
        if typed_code is not None:
            if self._pairing_codes.display_showing(typed_code, by=by) != display.display_id:
                raise WrongPairingCode(f"another display than {display.name} shows this code; look which screen you stand at")
            return True
        was_checked = display.state is State.APPROVED and display.code_checked
        if not was_checked and must_be_checked(self._require, role):
            raise PairingCodeRequired(_where_the_code_is(display, role))
        return was_checked

    def forget(self, display_id: str) -> None:
        """The display waits no more: its code has served. Where the live store is away it ends by itself."""
        try:
            self._pairing_codes.forget(display_id)
        except StoreUnavailable as error:
            log.warning("pairing code not forgotten yet display_id=%s error=%s", display_id, error)


def _where_the_code_is(display: DisplayRecord, role: Role) -> str:
    need = f"approving {display.name} as {role.value} needs the code on its own screen (DISPLAY_REQUIRE_PAIRING_CODE)"
    if display.state is State.PENDING:
        return f"{need}; go there and type it in the dashboard"
    return f"{need}, and it shows one only while it waits: revoke it, let it wait again, and type the code"
