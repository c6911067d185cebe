"""The whole program: reads the settings, builds the parts, shows the window."""

from __future__ import annotations

import logging
import time
from typing import NoReturn

from kiosk import __version__, dashboard_address, settings
from kiosk.agent import Agent
from kiosk.controller_client import ControllerClient
from kiosk.first_card import FirstCard
from kiosk.glass import Glass
from kiosk.identity import Identity, IdentityFault, open_identity
from kiosk.lifecycle import KioskState
from kiosk.own_restart import Restarts, end_children
from kiosk.page_care import PageCare
from kiosk.page_server import PageCalls, PageRefused, PageReport, PageServer
from kiosk.view import view
from kiosk.watchdog import Watchdog
from kiosk.window import run
from wire.refusal import Refusal

log = logging.getLogger(__name__)


def be_kiosk(first_card: FirstCard, restarts: Restarts) -> int:
    """Be a kiosk until SIGTERM; the exit status. A display that cannot work says so on its screen rather than ending."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    glass = Glass()
    try:
        wanted = settings.from_environment()
        identity = open_identity(wanted.state_dir)
    except (settings.SettingsError, IdentityFault) as fault:
        log.error("cannot start: %s", fault)
        return _show_fault(str(fault), glass, first_card)
    return _be_display(wanted, identity, restarts, glass, first_card)


def _be_display(wanted: settings.Settings, identity: Identity, restarts: Restarts, glass: Glass, first_card: FirstCard) -> int:
    watchdog = Watchdog(wanted.notify_socket)
    care = PageCare(started_at_s=time.monotonic(), memory_limit_bytes=wanted.memory_limit_bytes)
    dashboard = dashboard_address.for_phones(wanted.controller_url)
    state = KioskState(controller=wanted.controller_url, version=__version__, dashboard=dashboard)
    client = ControllerClient(wanted.controller_url, identity)
    agent = Agent(wanted, state, client, watchdog, care, restarts, glass.complete)
    page = PageServer(PageCalls(report=agent.hear_page, room_token=agent.room_token, still=agent.still))
    page.start()
    agent.start(page)
    log.info("kiosk started display_id=%s controller=%s", identity.display_id, wanted.controller_url)
    renewal = run(page.url, watchdog, care, glass, first_card, leave_room=agent.leave_room)
    agent.stop()
    if renewal is not None:
        log.warning("kiosk starts again cause=%s", renewal.cause)
        renewal.stand_in.start_again(restarts.and_for(renewal.cause))
    end_children()
    log.info("kiosk stopped")
    return 0


def _show_fault(fault: str, glass: Glass, first_card: FirstCard) -> int:
    watchdog = Watchdog(settings.notify_socket())
    for absent in ("agent", "heartbeat"):
        watchdog.retire(absent)

    def report(message: PageReport) -> None:
        glass.complete(message)
        watchdog.beat("page")

    def refuse(known_etag: str | None = None) -> NoReturn:
        del known_etag
        raise PageRefused(Refusal(error="fault", message=fault))

    page = PageServer(PageCalls(report=report, room_token=refuse, still=refuse))
    page.start()
    page.show(view(KioskState(controller="", version=__version__, fault=fault)), 0.0)
    care = PageCare(started_at_s=time.monotonic(), memory_limit_bytes=settings.DEFAULT_MEMORY_LIMIT_MB * 1_000_000)
    run(page.url, watchdog, care, glass, first_card, leave_room=lambda: None)
    end_children()
    return 1
