"""Where old audit records go: to files that continue the chain, so that the store stays small and the log lasts.

The newest 1,000 records stay in the store. Older ones go to a new file of JSON lines in
AUDIT_DIR, named by its first record, and leave the store only when the file is safely on the disk. Without AUDIT_DIR the store
keeps the newest 20,000 (about 12 MB) and lets older ones go.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from controller.rules.audit_chain import BEGINNING, Head, read, walk
from controller.services.audit_log import AuditLog
from controller.services.written_through import write_through

FILES = "audit-" + "[0-9]" * 10 + ".jsonl"
"""Named by their first record."""

KEPT = 1_000
"""Records that stay in the store when older ones roll to a file."""

SEGMENT = 1_000
"""Records that make a file worth while."""

KEPT_WITHOUT_FILES = 20_000
"""Records kept where there is nowhere to roll to; one has about 600 bytes."""


class NotRolled(Exception):
    """Old records could not be moved to a file; they stay in the store, and the text says why."""


class Unreadable(Exception):
    """A file of old records cannot be read; the text says which, and why."""


class AuditSegments:
    """Rolls the log's old end to files, and reads the whole chain."""

    def __init__(self, audit_log: AuditLog, folder: Path | None) -> None:
        self._log = audit_log
        self._folder = folder

    def roll_when_due(self) -> int:
        """Roll once there is enough for a file; how many records left the store. Raises NotRolled."""
        if self._folder is None:
            return self._let_go()
        return self.roll() if self._log.length() >= KEPT + SEGMENT else 0

    def roll(self) -> int:
        """Move all but the newest 1,000 records to a file; how many. Raises NotRolled."""
        if self._folder is None:
            raise NotRolled("AUDIT_DIR is not set; without it the store keeps the newest 20,000 records")
        lines = self._log.oldest(self._log.length() - KEPT)
        if lines:
            _write(self._folder, lines)
            self._log.drop(lines)
        return len(lines)

    def newest_first(self, before: int | None = None) -> Iterator[str]:
        """Every line that rolled to a file, read as far as is asked for; where `before` is given, from about that sequence on.

        Raises Unreadable.
        """
        for file in reversed(self._files()):
            first = int(file.stem.removeprefix("audit-"))
            if before is None or first < before:
                lines = _lines(file)
                yield from reversed(lines if before is None else lines[: before - first])

    def verify(self, seen: Head | None = None) -> Head | str:
        """The chain's head, or where it is broken, in words. `seen` is a head that stood in the steward's log once."""
        kept, head = self._log.snapshot()
        lines = _joined(self._rolled(), kept)
        found = walk(lines, _start(lines))
        if isinstance(found, str):
            return found
        if found != head:
            return f"the last record is {found}, but the head says {head}"
        return _missed(seen, lines) or found

    def _let_go(self) -> int:
        lines = self._log.oldest(self._log.length() - KEPT_WITHOUT_FILES)
        if lines:
            self._log.drop(lines)
        return len(lines)

    def _rolled(self) -> list[str]:
        return [line for file in self._files() for line in _lines(file)]

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(FILES)) if self._folder else []


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}") from error


def _joined(rolled: list[str], kept: list[str]) -> list[str]:
    """Both as one chain; a crash between writing a file and dropping its records leaves these in both."""
    return rolled[: rolled.index(kept[0])] + kept if kept and kept[0] in rolled else rolled + kept


def _start(lines: list[str]) -> Head | None:
    """What the first line must follow: nothing, unless older records were let go."""
    first = walk(lines[:1], None)
    return None if isinstance(first, Head) and first.sequence > 1 else BEGINNING


def _missed(seen: Head | None, lines: list[str]) -> str | None:
    if seen is None or seen in (read(line).head for line in lines):
        return None
    return f"record {seen} was seen once and is not in the chain: the chain was rewritten, cut, or let go of its beginning"


def _write(folder: Path, lines: list[str]) -> None:
    """A file with these records, on the disk when this returns. A file of that name may only hold a beginning of them."""
    broken = walk(lines, None)
    if isinstance(broken, str):
        raise NotRolled(broken)
    path, text = folder / f"audit-{read(lines[0]).sequence:010}.jsonl", "".join(f"{line}\n" for line in lines)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and not text.startswith(path.read_text(errors="replace")):
            raise NotRolled(f"{path} holds something else")
        write_through(path, text)
    except OSError as error:
        raise NotRolled(f"{path} cannot be written: {error}") from error
