"""The witness of the state store: a file outside of it that says where its audit log ended when an act was acknowledged last.

It is on the disk before the acknowledgement, so a store that comes back older or empty is noticed (`rules.witness`). Every
process of the controller writes the same file, one at a time, and what it says only grows, but for an admin's word.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.rules.audit_chain import Head, head_of
from controller.services.written_through import write_through

log = logging.getLogger(__name__)


class Witness:
    """One file; None: there is none, and nothing is noticed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._is_said = False

    def last(self) -> Head | None:
        """What was acknowledged last; None before the first time."""
        if self._path is None:
            return None
        try:
            return head_of(self._path.read_text().strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._say(f"cannot be read: {error}")
            return None

    def saw(self, head: Head) -> None:
        """Remember a head that is about to be acknowledged, unless a later one is remembered."""
        self._remember(head, unless=lambda last: last.sequence >= head.sequence)

    def replace(self, head: Head) -> None:
        """Remember this head, whatever is remembered."""
        self._remember(head, unless=lambda last: False)

    def _remember(self, head: Head, unless: Callable[[Head], bool]) -> None:
        """What cannot be written is said and stops nobody, for the act is done."""
        if self._path is None:
            return
        try:
            with _alone(self._path):
                last = self.last()
                if last is None or not unless(last):
                    write_through(self._path, f"{head}\n")
        except OSError as error:
            self._say(f"cannot be written, so a store that comes back older would not be noticed: {error}")

    def _say(self, what: str) -> None:
        """Once a process."""
        if not self._is_said:
            log.error("the witness %s %s", self._path, what)
        self._is_said = True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One of all processes and threads at a time. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
