"""The whole system for one story: real stores, SFU, controller, kiosks, a presenter's Chromium, an admin's Chromium.

What goes wrong is kept: screens, pages, consoles and logs go to tests/output/STORY when a test of the story fails.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error, Page, Playwright

from onebox.box import Account, Box, Reach
from onebox.glass import Glass
from onebox.kiosks import Kiosk
from onebox.ports import Ports, free_ports
from onebox.presenter import CHROMIUM_FLAGS, Presenter, TestPictureScreen, chromium_path
from onebox.screens import VirtualScreen
from onebox.state_folder import StateFolder
from tests.support.logs import unannounced_lines

OUTPUT = Path(__file__).parents[1] / "output"


class Lab:
    """One story's machine."""

    def __init__(
        self, folder: Path, playwright: Playwright, ports: Ports | None = None, reach: Reach | None = None, /, **settings: str
    ) -> None:
        self.folder = StateFolder(folder)
        self.folder.open()
        self.playwright = playwright
        self.box = Box(self.folder, ports or free_ports(), settings=settings, reach=reach)
        self.stage = TestPictureScreen(folder, "presenter")
        self.kiosks: list[Kiosk] = []
        self.presenter: Presenter | None = None
        self.dashboard: Dashboard | None = None
        self.console: list[str] = []
        self.announced: list[str] = []
        """Patterns of log and console lines that the story brings about on purpose."""

    def start_kiosk(
        self, *, enrolment_key: str | None = None, width: int = 1280, height: int = 720, environ: dict[str, str] | None = None
    ) -> Kiosk:
        """A kiosk on a virtual screen of its own."""
        number = len(self.kiosks) + 1
        screen = VirtualScreen(self.folder.path, f"kiosk-{number}", width=width, height=height)
        screen.start()
        kiosk = Kiosk(self.folder, number, self.box.url, enrolment_key=enrolment_key, screen=screen, environ=environ)
        kiosk.start()
        self.kiosks.append(kiosk)
        return kiosk

    def glass(self, kiosk: Kiosk) -> Glass:
        """The kiosk's screen, read as the presenter's picture."""
        return Glass(screen_of(kiosk), picture=(self.stage.screen.width, self.stage.screen.height))

    def open_presenter(self, account: Account, *, url: str | None = None, chromium: Path | None = None) -> Presenter:
        """A presenter's browser, signed in, with the test picture over it; this machine's, unless another is told."""
        self.stage.start()
        screen = self.stage.screen
        presenter = Presenter.launch(
            self.playwright,
            display=screen.display,
            size=(screen.width, screen.height),
            url=url or self.box.url,
            chromium=chromium,
        )
        self._listen(presenter.page, "presenter")
        presenter.sign_in(account.name, account.password)
        self.stage.show_picture()
        self.presenter = presenter
        return presenter

    def open_dashboard(self, account: Account) -> Dashboard:
        """An admin's browser, signed in."""
        dashboard = self.dashboard = Dashboard(self.playwright, self.box.url)
        self._listen(dashboard.page, "dashboard")
        dashboard.sign_in(account)
        return dashboard

    def surprises(self) -> list[str]:
        """Lines in logs and consoles that nobody announced."""
        return unannounced_lines(self.folder.path / "log", self.console, self.announced)

    def keep_evidence(self, story: str) -> Path:
        """Keep what shows how things stand."""
        kept = OUTPUT / story
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folder.path / "log", kept / "log")
        (kept / "console.txt").write_text("\n".join(self.console))
        for kiosk in self.kiosks:
            kiosk.screenshot(kept / f"{kiosk.process.name}.png")
        if self.presenter is not None:
            self.stage.screen.save(kept / "presenter-screen.png")
        for name, page in self._pages().items():
            try:
                page.screenshot(path=kept / f"{name}.png", full_page=True, timeout=5_000)
            except Error as error:
                (kept / f"{name}.txt").write_text(str(error))
        return kept

    def stop(self) -> None:
        """End everything, newest first."""
        if self.presenter is not None:
            self.presenter.close()
            self.stage.stop()
        if self.dashboard is not None:
            self.dashboard.close()
        for kiosk in self.kiosks:
            kiosk.stop()
        self.box.stop()
        self.folder.close()

    def _pages(self) -> dict[str, Page]:
        pages = {"presenter": self.presenter.page} if self.presenter is not None else {}
        return {**pages, "dashboard": self.dashboard.page} if self.dashboard is not None else pages

    def _listen(self, page: Page, name: str) -> None:
        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.console.append(f"{name}: {message.type}: {message.text}")

        page.on("console", note)
        page.on("pageerror", lambda error: self.console.append(f"{name}: uncaught: {error}"))


class Dashboard:
    """The dashboard in a headless Chromium, worked as an admin does."""

    def __init__(self, playwright: Playwright, url: str) -> None:
        self._url = url
        self._browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=list(CHROMIUM_FLAGS), chromium_sandbox=os.geteuid() != 0
        )
        self.page = self._browser.new_page(viewport={"width": 1200, "height": 1000})
        self.page.set_default_timeout(20_000)

    def sign_in(self, account: Account) -> None:
        """Sign in and come to the dashboard."""
        self.page.goto(f"{self._url}/")
        self.page.get_by_label("Name").fill(account.name)
        self.page.get_by_label("Password").fill(account.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Waiting for approval").wait_for()

    def wait_for(self, selector: str) -> None:
        """Wait until something is there, without reloading."""
        self.page.locator(selector).first.wait_for()

    def click(self, label: str) -> None:
        """Press the one button that begins with this label."""
        self.page.get_by_role("button", name=re.compile(f"^{label}")).first.click()

    def revoke(self) -> None:
        """Revoke the display, and say yes."""
        self.click("Revoke")
        self.page.locator("#confirm-yes").click()

    def text(self, selector: str) -> str:
        """What stands there."""
        return self.page.locator(selector).inner_text()

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()


def screen_of(kiosk: Kiosk) -> VirtualScreen:
    """The kiosk's virtual screen; every kiosk of a lab has one."""
    if kiosk.screen is None:
        raise ValueError(f"{kiosk.process.name} has no virtual screen")
    return kiosk.screen
