"""`python -m kiosk`: reads the settings, builds the parts, shows the window."""

from __future__ import annotations

import logging
import sys

from kiosk import __version__, settings
from kiosk.agent import Agent
from kiosk.controller_client import ControllerClient
from kiosk.identity import Identity, IdentityFault, open_identity
from kiosk.lifecycle import KioskState, view
from kiosk.page_server import PageCalls, PageReport, PageServer, TokenRefused
from kiosk.watchdog import Watchdog
from kiosk.window import Glass, run
from wire.display import RoomToken
from wire.refusal import Refusal

log = logging.getLogger(__name__)


def main() -> int:
    """Be a kiosk until SIGTERM. A display that cannot work says so on its screen rather than ending."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    watchdog, glass = Watchdog(None), Glass()
    try:
        wanted = settings.from_environment()
        identity = open_identity(wanted.state_dir)
    except (settings.SettingsError, IdentityFault) as fault:
        log.error("cannot start: %s", fault)
        return _show_fault(str(fault), watchdog, glass)
    return _be_display(wanted, identity, Watchdog(wanted.notify_socket), glass)


def _be_display(wanted: settings.Settings, identity: Identity, watchdog: Watchdog, glass: Glass) -> int:
    state = KioskState(controller=wanted.controller_url, version=__version__)
    client = ControllerClient(wanted.controller_url, identity)
    agent = Agent(wanted, state, client, watchdog, glass.complete)
    page = PageServer(PageCalls(report=agent.hear_page, room_token=agent.room_token))
    page.start()
    agent.start(page)
    log.info("kiosk started display_id=%s controller=%s", identity.display_id, wanted.controller_url)
    run(page.url, watchdog, glass)
    agent.stop()
    log.info("kiosk stopped")
    return 0


def _show_fault(fault: str, watchdog: Watchdog, glass: Glass) -> int:
    def report(message: PageReport) -> None:
        del message
        watchdog.beat("page")

    def refuse() -> RoomToken:
        raise TokenRefused(Refusal(error="fault", message=fault))

    page = PageServer(PageCalls(report=report, room_token=refuse))
    page.start()
    page.show(view(KioskState(controller="", version=__version__, fault=fault)), 0.0)
    run(page.url, watchdog, glass)
    return 1


if __name__ == "__main__":
    sys.exit(main())
