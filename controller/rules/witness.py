"""Is the state store the one that we acknowledged? A witness beside it remembers where its audit log ended last.

A log that ends earlier, or holds another record there, is that of an older copy or of another store: what was acknowledged since
is missing, revocations too. A longer one is fine, for a move may have been made and its answer lost.
"""

from __future__ import annotations

from controller.rules.audit_chain import BrokenRecord, Head, read


def trouble_with(witnessed: Head | None, head: Head, line: str | None) -> str | None:
    """What is wrong with a log that ends with `head`, in words; None when nothing is.

    `line` is the record that it holds where it ended when `witnessed` was acknowledged; None: it does not reach so far, or keeps
    older records elsewhere.
    """
    if witnessed is None or head == witnessed:
        return None
    if head.sequence < witnessed.sequence:
        return f"its audit log ends with record {head.sequence}, and record {witnessed.sequence} was acknowledged"
    if line is not None and not _is(witnessed, line):
        return f"record {witnessed.sequence} of its audit log is not the one that was acknowledged"
    return None


def _is(witnessed: Head, line: str) -> bool:
    try:
        return read(line).head == witnessed
    except BrokenRecord:
        return False
