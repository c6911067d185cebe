"""docs/security.md names the tests behind each promise: they are there."""

from __future__ import annotations

import re

from onebox.processes import ROOT


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", (ROOT / "docs/security.md").read_text()))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
