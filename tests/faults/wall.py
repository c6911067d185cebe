"""The wall that is broken on purpose: a presenter in a real Chromium, two kiosks on machines of their own, and the rest."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Playwright

from controller import settings
from controller.parts import Parts, build
from controller.services.livekit_rooms import LiveKitRooms, Participant
from controller.services.livekit_tokens import LiveKitTokens
from onebox.box import Reach
from onebox.glass import Glass, monotonic_ms
from onebox.kiosks import Kiosk
from onebox.ports import LOOPBACK, free_ports
from onebox.presenter import Presenter, chromium_path
from onebox.screens import VirtualScreen
from onebox.waiting import wait_until
from tests.faults.glass_log import GlassLog, Watch
from tests.faults.name_server import NameServer
from tests.faults.namespaces import Host, Network
from tests.faults.relay import Relay
from tests.support import cards
from tests.support.devtools import debugging_at
from tests.support.lab import Lab, screen_of

SCREEN = (640, 360)
"""Of a kiosk: small, for two cores carry it all."""

STEADY_MS = 2_000
"""The picture is steady when it has advanced for so long ..."""

STANDS_MS = 600
"""... and never stood for so long: three pictures a second would do, fifteen are sent."""

STAGE = "stage"
SESSION_ID = 1

DISPLAY_ID = re.compile(r"display_id=(\w+)")
TROUBLE = re.compile(r"picture trouble=(\w+)")

BROKEN_ON_PURPOSE = (
    r"WARNING controller\.",  # stores and SFU are away
    r"(presenter|dashboard): (error|warning): ",  # websockets break, requests fail
    r"^kiosk-\d: js: ",
    r"gunicorn|Worker|\[(WARNING|ERROR|CRITICAL)\]",
    r"^kiosk-\d: WARNING ",
    r"^sfu: ",
)


class Wall:
    """One presenter, two displays, and what is between them; everything can be broken by itself.

    Presenter and displays, each on a machine of its own, reach controller and SFU through the relays `to_controller` and
    `to_sfu`. Media goes past them. Where a `name` is given, everybody knows this machine by it, and asks a name server.
    """

    def __init__(self, folder: Path, playwright: Playwright, *, name: str | None = None, **wanted: str) -> None:
        self.wanted = (name, wanted)
        self.network = Network()
        self.name_server = NameServer(self.network, name, folder / "log/name-server.log") if name is not None else None
        self._address = name or self.network.address
        self.displays: list[Kiosk] = []
        self.hosts: list[Host] = []
        """The displays' machines."""
        self._numbers = itertools.count(1)
        self.presenter_host = self.add_host("p")
        ports = free_ports()
        self.to_controller = Relay(self.network.address, (LOOPBACK, ports.controller))
        self.to_sfu = Relay(self.network.address, (LOOPBACK, ports.sfu))
        reach = Reach(f"ws://{self._address}:{self.to_sfu.port}", self.network.address, self.network.name)
        self.lab = Lab(folder, playwright, ports, reach, **wanted)
        self.lab.announced.extend(BROKEN_ON_PURPOSE)
        self.box = self.lab.box
        self._watch: Watch | None = None

    def start(self, *, displays: int = 2) -> None:
        """Start all parts, and wait until every screen shows the presenter's."""
        if self.name_server is not None:
            self.name_server.start()
        self.box.start()
        key = self.box.make_enrolment_key("wall", uses=displays)
        for _ in range(displays):
            self._add_display(next(self._numbers), key)
        self.open_presenter().share()
        glasses = {kiosk.process.name: self.lab.glass(kiosk) for kiosk in self.displays}
        self._watch = Watch({STAGE: Glass(self.lab.stage.screen), **glasses})
        self._watch.start()
        self.wait_steady()

    def log(self, name: str) -> GlassLog:
        """What one screen showed: of a kiosk by its name, or of the presenter (STAGE)."""
        if self._watch is None:
            raise RuntimeError("the wall was not started")
        return self._watch.logs[name]

    def forget(self, before_ms: int) -> None:
        """Keep nothing of what the screens showed before a moment."""
        for name in (STAGE, *self.names):
            self.log(name).forget(before_ms)

    def look_on(self, seconds: float) -> None:
        """Let so much time pass while the screens are watched."""
        until_ms = monotonic_ms() + 1000 * seconds
        wait_until(lambda: monotonic_ms() >= until_ms, f"{seconds:g} s pass", timeout_s=seconds + 60)

    def watch_no_more(self) -> None:
        """Look at the screens no longer: that costs the machine as much as a display does."""
        if self._watch is not None:
            self._watch.stop()

    def gaps_over_200_ms(self, since_ms: int, until_ms: int, names: Iterable[str] = ()) -> int:
        """How many pictures stood for longer than that, on the displays (default: all) together."""
        return sum(gap > 200 for name in names or self.names for gap in self.log(name).gaps_ms(since_ms, until_ms))

    def longest_stop_s(self, since_ms: int, until_ms: int) -> float:
        """How long a picture stood at most, on any display."""
        return max(self.log(name).longest_gap_ms(since_ms, until_ms) for name in self.names) / 1000

    def participants(self) -> list[str]:
        """The identities that the SFU sees in the rooms there are."""
        return [one.identity for one in self._inside()]

    def publications(self) -> int:
        """How many tracks the SFU has of presenters."""
        return sum(len(one.tracks) for one in self._inside())

    def troubles(self, index: int) -> list[str]:
        """What a display called the troubles of its picture until now."""
        return [name for name in TROUBLE.findall(self.displays[index].process.log.read_text()) if name != "none"]

    def steps_and_limits(self) -> int:
        """How often the quality guard changed a display's step or the presenter's limits, of the last thousand times."""
        changes = self.parts.quality_guard.changes(SESSION_ID, at_most=1000)
        return sum(not entry.change.what.startswith("alarm") for entry in changes)

    def display_id(self, index: int) -> str:
        """By which the controller knows a display."""
        return str(DISPLAY_ID.findall(self.displays[index].process.log.read_text())[-1])

    def _inside(self) -> list[Participant]:
        wanted = settings.read(self.box.environ()).livekit
        if wanted is None:
            raise RuntimeError("the wall's controller knows no SFU")
        rooms = LiveKitRooms(LiveKitTokens(wanted))
        return [one for room in rooms.names() for one in rooms.participants(room)]

    def shows_cards(self) -> bool:
        """Whether a card stands on every display, if only over the dimmed last frame."""
        return all(cards.shows_card(screen_of(kiosk)) for kiosk in self.displays)

    @property
    def is_whole(self) -> bool:
        """Whether all programs run."""
        return not self.box.dead() and all(kiosk.process.is_running for kiosk in self.displays)

    @property
    def names(self) -> list[str]:
        """Of the displays."""
        return [kiosk.process.name for kiosk in self.displays]

    def is_steady(self) -> bool:
        """Whether the picture advances on every display, and did for a while."""
        now_ms = monotonic_ms()
        return all(self.log(name).longest_gap_ms(now_ms - STEADY_MS, now_ms) < STANDS_MS for name in self.names)

    def wait_steady(self, *, timeout_s: float = 60.0) -> None:
        """Wait for that. Raises NotInTime."""
        wait_until(self.is_steady, "the picture advances on every display", timeout_s=timeout_s)

    def seconds_to_picture(self, since_ms: int, names: Iterable[str] = (), *, timeout_s: float = 60.0) -> list[float]:
        """For each of the displays (default: all), how long after a moment a picture painted after it was on the glass."""
        return [self._seconds_to_picture(since_ms, name, timeout_s) for name in names or self.names]

    def seconds_to_motion(self, since_ms: int, name: str, *, timeout_s: float = 90.0) -> float:
        """How long after a moment the picture began to move on a display, and went on to."""

        def moves() -> bool:
            now_ms = monotonic_ms()
            return now_ms - STEADY_MS >= since_ms and self.log(name).longest_gap_ms(now_ms - STEADY_MS, now_ms) < STANDS_MS

        wait_until(moves, f"the picture moves on {name}", timeout_s=timeout_s)
        return max(0, monotonic_ms() - STEADY_MS - since_ms) / 1000

    def stop(self) -> None:
        """End everything."""
        self.watch_no_more()
        self.lab.stop()
        self.to_controller.close()
        self.to_sfu.close()
        if self.name_server is not None:
            self.name_server.stop()
        self.network.close()

    @cached_property
    def parts(self) -> Parts:
        """The controller's own parts, over the same stores."""
        return build(settings.read(self.box.environ()))

    @property
    def presenter(self) -> Presenter:
        """The presenter's browser."""
        if self.lab.presenter is None:
            raise RuntimeError("the wall was not started")
        return self.lab.presenter

    @property
    def controller_url(self) -> str:
        """Where the others reach the controller."""
        return f"http://{self._address}:{self.to_controller.port}"

    def add_host(self, name: str) -> Host:
        """One more machine on the wall's network."""
        host = self.network.add_host(name)
        if self.name_server is not None:
            host.ask_names_of(self.network.address)
        return host

    def open_presenter(self) -> Presenter:
        """Their browser, on a machine of its own, told to trust the address: browsers share screens on pages by https only."""
        url = self.controller_url
        program = f"{chromium_path()} --unsafely-treat-insecure-origin-as-secure={url}"
        chromium = self.presenter_host.program(program, self.lab.folder.path / "chromium")
        account = self.box.make_account("paula", "presenter")
        return self.lab.open_presenter(account, url=url, chromium=chromium)

    @contextmanager
    def copy_of_display(self, original: Kiosk) -> Iterator[tuple[Host, Kiosk]]:
        """A second machine with a copy of the display's disk, started by itself. Its cable is out; nobody watches its screen."""
        host, number = self.add_host("copy"), next(self._numbers)
        state = self.lab.folder.kiosk(number)
        shutil.copytree(original.state, state)
        host.unplug()
        kiosk = self._kiosk(number, host, host.within_boot(state / "boot_id"), self._start_screen(number))
        self.lab.kiosks.append(kiosk)
        kiosk.start()
        try:
            yield host, kiosk
        finally:
            self.lab.kiosks.remove(kiosk)
            kiosk.stop()
            self.network.remove_host(host)

    def exchange_kiosk(self, index: int, environ: Mapping[str, str]) -> None:
        """End a display's kiosk, and start it anew with this in its environment; machine, screen and disk stay."""
        before, host = self.displays[index], self.hosts[index]
        before.process.stop()
        kiosk = self._kiosk(index + 1, host, host.within, screen_of(before), environ=environ)
        kiosk.start()
        self.displays[index] = self.lab.kiosks[index] = kiosk

    def _add_display(self, number: int, key: str) -> None:
        host = self.add_host(f"d{number}")
        kiosk = self._kiosk(number, host, host.within, self._start_screen(number), key=key)
        kiosk.start()
        self.hosts.append(host)
        self.displays.append(kiosk)
        self.lab.kiosks.append(kiosk)

    def _start_screen(self, number: int) -> VirtualScreen:
        screen = VirtualScreen(self.lab.folder.path, f"kiosk-{number}", width=SCREEN[0], height=SCREEN[1])
        screen.start()
        return screen

    def _kiosk(
        self,
        number: int,
        host: Host,
        within: Sequence[str],
        screen: VirtualScreen,
        *,
        key: str | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> Kiosk:
        """A kiosk that is not started yet."""
        return Kiosk(
            self.lab.folder,
            number,
            self.controller_url,
            enrolment_key=key,
            screen=screen,
            environ={**debugging_at(host.address), **environ},
            within=within,
        )

    def _seconds_to_picture(self, since_ms: int, name: str, timeout_s: float) -> float:
        log = self.log(name)
        what = f"a new picture on {name}"
        return (wait_until(lambda: log.appearance_of_one_painted_after(since_ms), what, timeout_s=timeout_s) - since_ms) / 1000
