"""What can stand in the audit log, as stable codes.

Programs and old records depend on them, so none is ever given another meaning.
"""

from __future__ import annotations

from enum import StrEnum

from controller.rules.admission import Act
from wire.display import Role


class AuditCode(StrEnum):
    """Something done. Each name says of what, and what became of it."""

    DISPLAY_ADMITTED = "display.admitted"
    """Approved on joining, by an enrolment key or by DISPLAY_AUTO_APPROVE=all."""
    DISPLAY_APPROVED = "display.approved"
    DISPLAY_PROMOTED = "display.promoted"
    """From normal to protected."""
    DISPLAY_DEMOTED = "display.demoted"
    DISPLAY_REJECTED = "display.rejected"
    DISPLAY_REVOKED = "display.revoked"
    DISPLAY_RETURNED = "display.returned"
    """Rejected or revoked before, waits again."""
    DISPLAY_SUSPENDED = "display.suspended"
    """Two machines use its key; neither is trusted."""
    DISPLAY_RESOLVED = "display.resolved"
    """Suspended before, waits again."""
    DISPLAY_RENAMED = "display.renamed"
    DISPLAY_MOVED = "display.moved"
    """To another session."""
    DISPLAY_COMMANDED = "display.commanded"
    """Asked to show its name, or to load its page or start its program again."""
    DISPLAY_REPLACED = "display.replaced"
    """The target took name, role and session of an old display, whose key is revoked."""
    SESSION_TAKEN_OVER = "session.taken_over"
    """Another presents in it: they took the lease from its holder."""
    PRESENTING_STARTED = "presenting.started"
    """Somebody presents in the session that is the target, where nobody was heard."""
    PRESENTING_STOPPED = "presenting.stopped"
    """They stopped, or somebody made them; a page that only falls silent leaves no record."""
    ENROLMENT_KEY_MADE = "enrolment_key.made"
    ENROLMENT_KEY_REVOKED = "enrolment_key.revoked"
    SESSION_MADE = "session.made"
    SESSION_RENAMED = "session.renamed"
    SESSION_LOCKED = "session.locked"
    """Everybody was put out of its room, and no token of before is good any more."""
    SESSION_ARCHIVED = "session.archived"
    SESSION_UNARCHIVED = "session.unarchived"
    """Archived before, is there again, under another epoch."""
    ACCOUNT_MADE = "account.made"
    ACCOUNT_CHANGED = "account.changed"
    """Another role, or other sessions to present in."""
    ACCOUNT_REPLACED = "account.replaced"
    """Made, or given another role and password, at the command line."""
    ACCOUNT_REMOVED = "account.removed"
    PASSWORD_RESET = "password.reset"  # noqa: S105 - a code
    """By an admin or the operator."""
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a code
    """By the account's owner."""
    SIGN_IN_BEGAN = "sign_in.began"
    """The target is the account, as of the next ones."""
    SIGN_IN_LEFT = "sign_in.left"
    """Signed out in that browser itself."""
    SIGN_IN_THROTTLED = "sign_in.throttled"
    """So many tries failed that the next must wait. One in 15 minutes for an account, and one for all names that are none."""
    SIGN_IN_ENDED = "sign_in.ended"
    """A browser was signed out from elsewhere."""
    API_KEY_MADE = "api_key.made"
    API_KEY_REVOKED = "api_key.revoked"
    BUDGET_DECIDED = "budget.decided"
    """The bandwidth budget of the day that is the target has another state."""
    BUDGET_LIFTED = "budget.lifted"
    BUDGET_RESTORED = "budget.restored"
    """Lifted before, in force again."""
    STATE_ACCEPTED = "state.accepted"
    """The state store came back older, empty or as another one, and an admin took it as it is. The heads say which."""


CODES = {
    Act.APPROVE: AuditCode.DISPLAY_APPROVED,
    Act.REJECT: AuditCode.DISPLAY_REJECTED,
    Act.REVOKE: AuditCode.DISPLAY_REVOKED,
    Act.RETURN_TO_PENDING: AuditCode.DISPLAY_RETURNED,
    Act.RESOLVE: AuditCode.DISPLAY_RESOLVED,
    Act.RENAME: AuditCode.DISPLAY_RENAMED,
    Act.MOVE: AuditCode.DISPLAY_MOVED,
    Act.REPLACE: AuditCode.DISPLAY_REPLACED,
}


def code_of(act: Act, before: Role | None, after: Role | None) -> AuditCode:
    """What an admin's act on a display is in the log; `before` and `after` are its roles."""
    match act, before, after:
        case Act.APPROVE, Role.NORMAL, Role.PROTECTED:
            return AuditCode.DISPLAY_PROMOTED
        case Act.APPROVE, Role.PROTECTED, Role.NORMAL:
            return AuditCode.DISPLAY_DEMOTED
    return CODES[act]
