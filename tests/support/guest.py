"""Somebody with a room token and LiveKit's own client, in a bare page of a real browser: what a token really permits."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser

from onebox.processes import ROOT

CLIENT: Path = ROOT / "controller/web/static/js/livekit-client.min.js"

JOIN = """
async ([url, token]) => {
  const { Room, RoomEvent } = LivekitClient;
  const room = (window.room = new Room({ singlePeerConnection: false }));
  window.events = [];
  room.on(RoomEvent.Disconnected, (reason) => window.events.push(`disconnected ${reason}`));
  try {
    await room.connect(url, token);
    return "joined";
  } catch (error) {
    return `refused: ${error.message}`;
  }
}
"""

PUBLISH = """
async (source) => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 10, 10);
  const [track] = canvas.captureStream(5).getVideoTracks();
  try {
    await window.room.localParticipant.publishTrack(track, { source, videoCodec: "vp9" });
    return "published";
  } catch (error) {
    return `refused: ${error.message}`;
  }
}
"""


class Guest:
    """One page in one room."""

    def __init__(self, browser: Browser, page_url: str) -> None:
        self._page = browser.new_page()
        self._page.goto(page_url)  # any page on loopback: browsers keep other pages from reaching there
        self._page.add_script_tag(path=CLIENT)

    def join(self, url: str, token: str) -> str:
        """`joined`, or `refused: ...`."""
        return cast(str, self._page.evaluate(JOIN, [url, token]))

    def publish(self, source: str = "screen_share") -> str:
        """`published`, or `refused: ...`."""
        return cast(str, self._page.evaluate(PUBLISH, source))

    def sees(self) -> list[str]:
        """The identities of the others in the room, as this client knows them."""
        return cast(list[str], self._ask("[...window.room.remoteParticipants.keys()]"))

    def is_connected(self) -> bool:
        """Whether it is in the room."""
        return bool(self._ask("window.room.state === 'connected'"))

    def events(self) -> list[str]:
        """How its connections ended."""
        return cast(list[str], self._ask("window.events"))

    def close(self) -> None:
        """Leave."""
        self._page.close()

    def _ask(self, expression: str) -> Any:
        return self._page.evaluate(expression)
