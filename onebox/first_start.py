"""What the first start makes: an admin, a presenter, and a key that lets the first kiosk in."""

from __future__ import annotations

from collections.abc import Callable

from onebox.box import Box
from onebox.state_folder import StateFolder

ADMIN, PRESENTER = "admin", "presenter"


def first_start(box: Box, folder: StateFolder, say: Callable[[str], None]) -> str | None:
    """Make the accounts at the first start and show their passwords; a key for the first kiosk while it has no identity."""
    made = folder.path / "accounts-made"
    if not made.exists():
        say("\nThe first start made two accounts. Note their passwords, they are shown only now:")
        for name, role in ((ADMIN, "admin"), (PRESENTER, "presenter")):
            account = box.make_account(name, role)
            say(f"  {account.name:<12}{account.password}")
        made.touch()
    if (folder.kiosk(1) / "key.pem").exists():
        return None
    return box.make_enrolment_key("first kiosk of bin/up")
