"""The demo's presenter as a program of its own, so that a Ctrl-C meant for `bin/up` does not reach its browser.

Reads one JSON line from standard input ({display, width, height, url, name, password}), signs in and prints `ready`; at another
line it shares, until SIGTERM. Prints `live` once the page says so, and `wall: ...` whenever the page says another thing.
"""

from __future__ import annotations

import json
import signal
import sys
import threading

from playwright.sync_api import sync_playwright

from onebox.presenter import Presenter

LOOKS_EVERY_S = 1.0


def main() -> int:
    """Present until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    asked = json.loads(sys.stdin.readline())
    size = (asked["width"], asked["height"])
    with sync_playwright() as playwright:
        presenter = Presenter.launch(playwright, display=asked["display"], size=size, url=asked["url"])
        presenter.sign_in(asked["name"], asked["password"])
        print("ready", flush=True)
        sys.stdin.readline()
        presenter.share()
        print("live", flush=True)
        _tell_wall(presenter, stop)
        presenter.close()
    return 0


def _tell_wall(presenter: Presenter, stop: threading.Event) -> None:
    told = ""
    while not stop.wait(LOOKS_EVERY_S):
        words = presenter.wall_words
        if words != told:
            told = words
            print(f"wall: {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
