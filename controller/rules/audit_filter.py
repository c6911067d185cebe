"""Which audit records somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass

from controller.rules.audit_chain import AuditRecord


@dataclass(frozen=True)
class AuditFilter:
    """What a record must be like. Empty texts and None let everything through."""

    who: str = ""
    """A part of the actor's name, in any case."""
    what: str = ""
    """A code, or its beginning: `display.` is whatever happened to displays."""
    target: str = ""
    """A part of the target, or of a name in the record: people know a display by its name."""
    before: int | None = None
    """A sequence: only records older than that."""
    after: int | None = None
    """A sequence: only records newer than that."""

    def lets_through(self, record: AuditRecord) -> bool:
        """Whether the record is one of those asked for."""
        deed = record.deed
        named = (deed.target, str(deed.before.get("name") or ""), str(deed.after.get("name") or ""))
        return (
            self.who.casefold() in deed.by.name.casefold()
            and deed.what.startswith(self.what)
            and any(self.target.casefold() in name.casefold() for name in named)
            and (self.before is None or record.sequence < self.before)
            and (self.after is None or record.sequence > self.after)
        )
