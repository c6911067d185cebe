"""A look at the audit log each minute: its head goes to the journal, a rewritten chain is noticed, old records roll away.

Whoever can write the store could rewrite the whole chain. They cannot take back what the journal already says.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from controller.rules.audit_chain import Head, trouble_since
from controller.services.audit_log import AuditLog
from controller.services.audit_segments import KEPT, AuditSegments, NotRolled

log = logging.getLogger(__name__)

LOOKS_EVERY = timedelta(minutes=1)


class AuditWatch:
    """Remembers the head it saw last."""

    def __init__(self, audit_log: AuditLog, segments: AuditSegments) -> None:
        self._log = audit_log
        self._segments = segments
        self._looked_at: datetime | None = None
        self._seen: Head | None = None
        self._said: str | None = None

    def look(self, now: datetime) -> None:
        """Look, if a minute has passed."""
        if self._looked_at is not None and now - self._looked_at < LOOKS_EVERY:
            return
        self._looked_at = now
        self._check()
        self._roll()

    def _check(self) -> None:
        lines, head = self._log.snapshot(newest=KEPT)
        trouble = trouble_since(self._seen, lines, head)
        if trouble:
            log.error("the audit log was tampered with: %s; compare with `audit verify`", trouble)
        log.info("audit log head=%s", head)
        self._seen = head

    def _roll(self) -> None:
        try:
            rolled = self._segments.roll_when_due()
        except NotRolled as error:
            if str(error) != self._said:
                log.warning("old audit records stay in the store: %s", error)
            self._said = str(error)
            return
        self._said = None
        if rolled:
            log.info("old audit records left the store records=%d", rolled)
