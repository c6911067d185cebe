"""A presenter without hands: Chromium on a virtual screen that shows a moving test picture, and the presenter page in it.

The test picture covers the browser, as slides do; what is captured is the real screen.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from onebox.processes import Process
from onebox.screens import VirtualScreen

CHROMIUM_FLAGS = (
    "--auto-select-desktop-capture-source=Entire screen",  # instead of the picker, which no program can answer
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--window-position=0,0",
)

ACTS_WITHIN_MS = 60_000
CHOOSES_AGAIN = 3


class NoBrowser(Exception):
    """There is no Chromium; `bin/setup demo` installs it."""


def chromium_path() -> str:
    """Where Chromium is. Raises NoBrowser."""
    path = shutil.which("chromium")
    if path is None:
        raise NoBrowser("chromium is not installed; bin/setup demo installs it")
    return path


class TestPictureScreen:
    """A virtual screen with the moving test picture on it."""

    __test__ = False  # pytest takes its name for a test's

    def __init__(self, folder: Path, name: str, *, width: int = 1280, height: int = 720) -> None:
        self.screen = VirtualScreen(folder, name, width=width, height=height)
        self._folder = folder
        self._picture: Process | None = None

    def start(self) -> None:
        """Start the screen alone; the picture comes over whatever was opened before it."""
        self.screen.start()

    def show_picture(self, motion: str = "quiet") -> None:
        """Show the picture over whatever is there, `quiet` or in `motion`."""
        environ = {**os.environ, "DISPLAY": self.screen.display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-m", "onebox.test_picture"]
        self._picture = Process("test picture", command, log=self._folder / "log/picture.log", environ=environ, listens=True)
        self._picture.start()
        self.tell_picture(motion)

    def take_picture_away(self) -> None:
        """Show what is under it."""
        if self._picture is not None:
            self._picture.stop()
            self._picture = None

    def tell_picture(self, word: str) -> None:
        """Make the picture `quiet`, or put it in `motion`."""
        if self._picture is None:
            raise RuntimeError("the picture is not shown")
        self._picture.tell(word)

    def processes(self) -> list[Process]:
        """The screen and the picture on it."""
        return [self.screen.process, *([self._picture] if self._picture is not None else [])]

    def stop(self) -> None:
        """End picture and screen."""
        self.take_picture_away()
        self.screen.stop()


class Presenter:
    """The presenter page in Chromium, worked as a person would."""

    def __init__(self, browser: Browser, context: BrowserContext, url: str) -> None:
        self._browser, self._context, self._url = browser, context, url
        self._context.set_default_timeout(ACTS_WITHIN_MS)
        self.page: Page = self._context.new_page()

    @classmethod
    def launch(
        cls, playwright: Playwright, *, display: str, size: tuple[int, int], url: str, chromium: Path | None = None
    ) -> Presenter:
        """In a browser of its own. `chromium` starts another than this machine's."""
        environ: dict[str, str | float | bool] = {**os.environ, "DISPLAY": display, "WAYLAND_DISPLAY": ""}
        browser = playwright.chromium.launch(
            executable_path=chromium or chromium_path(),
            headless=False,
            args=[*CHROMIUM_FLAGS, f"--window-size={size[0]},{size[1]}"],
            chromium_sandbox=os.geteuid() != 0,
            env=environ,
        )
        return cls(browser, browser.new_context(no_viewport=True), url)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in and come to the presenter page."""
        self.page.goto(f"{self._url}/present")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self._wait_until_ready()

    def open(self) -> None:
        """Come to the presenter page again, in another tab where the last one is gone."""
        if self.page.is_closed():
            self.page = self._context.new_page()
        self.page.goto(f"{self._url}/present")
        self._wait_until_ready()

    def kill_tab(self) -> None:
        """Kill the tab's process, and close what is left of the tab."""
        processes = self._browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        for process in processes:
            if process["type"] == "renderer":
                os.kill(process["id"], signal.SIGKILL)
        self.page.close()

    def _wait_until_ready(self) -> None:
        self.page.get_by_role("button", name="Share my screen").wait_for()
        self.page.wait_for_load_state()  # its scripts have run then, and hear a click

    def share(self) -> None:
        """Click Share and wait until the page says live. Raises playwright's TimeoutError.

        Where the machine is out of breath, Chromium finds no screen to choose by itself and tells the page that somebody said no.
        """
        self.click_share()
        live, idle = (self.page.locator(f"#state[data-phase='{phase}']") for phase in ("live", "idle"))
        for _ in range(CHOOSES_AGAIN):
            live.or_(idle).wait_for()
            if live.count():
                return
            self.click_share()
        live.wait_for()

    def click_share(self) -> None:
        """Click Share and wait for nothing."""
        self.page.get_by_role("button", name="Share my screen").click()

    def stop_sharing(self) -> None:
        """Click Stop."""
        self.page.get_by_role("button", name="Stop sharing").click()
        self.page.locator("#state[data-phase='idle']").wait_for()

    @property
    def wall_words(self) -> str:
        """What the page says of the wall."""
        return self.page.locator("#wall-count").inner_text()

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()
