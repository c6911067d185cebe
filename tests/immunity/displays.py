"""A display on a machine of its own: a kiosk without a window, and a small headless browser that shows its page."""

from __future__ import annotations

import os
import signal
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Browser, Page, Playwright

from kiosk.identity import KEY_NAME, Identity
from onebox.presenter import CHROMIUM_FLAGS, chromium_path
from onebox.processes import Process
from onebox.state_folder import StateFolder
from onebox.waiting import wait_until
from tests.faults.namespaces import Host
from tests.immunity.page_look import KEEPS_CONNECTIONS, SPOILS_FRAMES, Counts, counts_of, picture_age_ms

SIZE = (640, 360)
LEAN = ("--disable-gpu", "--disable-extensions", "--disable-breakpad", "--mute-audio")
"""Five browsers share two cores with everything else."""


class Display:
    """One of them."""

    def __init__(self, number: int, host: Host, folder: StateFolder, controller_url: str, key: str) -> None:
        self.host = host
        self.name = f"kiosk-{number}"
        self._folder = folder
        self._state = folder.kiosk(number)
        self._address = folder.path / f"{self.name}.address"
        settings = {"CONTROLLER_URL": controller_url, "KIOSK_STATE_DIR": str(self._state), "KIOSK_ENROLMENT_KEY": key}
        command = [*host.within, sys.executable, "-m", "tests.immunity.windowless_kiosk", str(self._address)]
        self.process = Process(self.name, command, log=folder.log(self.name), environ={**os.environ, **settings})
        self._browser: Browser | None = None
        self._page: Page | None = None

    def start(self) -> None:
        """Start the kiosk; its page waits for a browser."""
        self.process.start()

    def show(self, playwright: Playwright) -> None:
        """Show its page."""
        wait_until(self._address.exists, f"{self.name} has a page", timeout_s=60)
        chromium = self.host.program(str(chromium_path()), self._folder.path / f"{self.name}-chromium")
        self._browser = playwright.chromium.launch(
            executable_path=chromium, args=[*CHROMIUM_FLAGS, *LEAN], chromium_sandbox=os.geteuid() != 0
        )
        self._page = self._browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        self._page.add_init_script(KEEPS_CONNECTIONS)
        self._page.add_init_script(SPOILS_FRAMES)
        self._page.goto(self._address.read_text())

    @property
    def display_id(self) -> str:
        """The id that follows from its key."""
        key = load_pem_private_key((self._state / KEY_NAME).read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{self.name} has a key of another kind")
        return Identity(key, lock_descriptor=-1).display_id

    def prepare_to_spoil(self) -> None:
        """Load the page so that frames can be spoiled: loading it takes the machine's breath, and must be over by then."""
        self.page.evaluate("sessionStorage.setItem('may spoil', 'yes')")
        self.page.reload()

    def spoil_frames(self) -> None:
        """Let no frame that comes be decoded from now on: its browser asks for key frames all the time."""
        self.page.evaluate("window.spoils = true")

    def spare_frames(self) -> None:
        """Let them be decoded again."""
        self.page.evaluate("window.spoils = false")

    def turn_lie(self) -> None:
        """Begin to tell the controller of trouble that there is not, or end that."""
        self.process.signal(signal.SIGUSR1)

    def counts(self) -> Counts:
        """What its browser received of the picture."""
        return counts_of(self.page, "inbound-rtp")

    def age_ms(self) -> int | None:
        """How old the picture on its glass is; None when there is none."""
        return picture_age_ms(self.page, *SIZE)

    @property
    def page(self) -> Page:
        """The kiosk's page. Raises RuntimeError before it is shown."""
        if self._page is None:
            raise RuntimeError(f"{self.name} does not show its page")
        return self._page

    def stop(self) -> None:
        """End both."""
        if self._browser is not None:
            self._browser.close()
        self.process.stop()
