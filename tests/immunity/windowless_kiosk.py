"""A kiosk without a window: its real agent and its real page, for a browser of ours to open.

A window takes a virtual screen and half a core of drawing by software; five of them leave a presenter nothing of two cores.
`python -m tests.immunity.windowless_kiosk FILE` writes the page's address into the file. SIGUSR1 makes it a liar, or honest
again; SIGTERM ends it.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from pathlib import Path

from kiosk import __version__, settings
from kiosk.agent import Agent
from kiosk.controller_client import ControllerClient
from kiosk.identity import open_identity
from kiosk.lifecycle import KioskState
from kiosk.own_restart import Restarts
from kiosk.page_care import PageCare
from kiosk.page_server import PageCalls, PageReport, PageServer
from kiosk.watchdog import Watchdog
from kiosk.whole_file import write_whole
from wire.display import ViewerReport

SAYS_IT_LOSES = 0.4


class Told:
    """What the controller is told of the page's reports: the truth, until it is turned."""

    def __init__(self) -> None:
        self.is_lie = False

    def __call__(self, report: PageReport) -> ViewerReport:
        return lie(report.viewer) if self.is_lie else report.viewer


def lie(viewer: ViewerReport) -> ViewerReport:
    """That four of ten packets were lost and half of the frames were not decoded, whatever came."""
    reception = viewer.reception
    if reception is None:
        return viewer
    lost = int(SAYS_IT_LOSES * reception.packets_received)
    came = {"packets_received": reception.packets_received - lost, "frames_decoded": reception.frames_decoded // 2}
    return viewer.model_copy(update={"reception": reception.model_copy(update={**came, "packets_lost": lost})})


def main() -> int:
    """Be one until somebody ends it."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    heard = {signal.SIGTERM, signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    told = Told()
    agent, page = _parts(told)
    page.start()
    agent.start(page)
    write_whole(Path(sys.argv[1]), page.url.encode())
    while signal.sigwait(heard) == signal.SIGUSR1:
        told.is_lie = not told.is_lie
    agent.stop()
    return 0


def _parts(told: Told) -> tuple[Agent, PageServer]:
    wanted = settings.from_environment()
    client = ControllerClient(wanted.controller_url, open_identity(wanted.state_dir))
    care = PageCare(started_at_s=time.monotonic(), memory_limit_bytes=wanted.memory_limit_bytes)
    state = KioskState(controller=wanted.controller_url, version=__version__)
    agent = Agent(wanted, state, client, Watchdog(None), care, Restarts(), told)
    return agent, PageServer(PageCalls(report=agent.hear_page, room_token=agent.room_token, still=agent.still))


if __name__ == "__main__":
    raise SystemExit(main())
