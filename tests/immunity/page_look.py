"""What a page sends or receives, by the browser's own statistics, and how old the picture on its glass is, by the code in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from playwright.sync_api import Page

from onebox import picture_code
from onebox.glass import NOT_YET_OLD_MS, monotonic_ms

KEEPS_CONNECTIONS = """
const Connection = window.RTCPeerConnection;
window.connections = [];
window.RTCPeerConnection = class extends Connection {
  constructor(...wanted) {
    super(...wanted);
    window.connections.push(this);
  }
};
"""
"""Runs before the page's own scripts."""

SPOILS_FRAMES = """
if (sessionStorage.getItem("may spoil")) {
  const Watched = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Watched {
    constructor(wanted, ...more) {
      super({ ...wanted, encodedInsertableStreams: true }, ...more);
      this.addEventListener("track", ({ receiver }) => {
        const { readable, writable } = receiver.createEncodedStreams();
        const spoil = (frame, controller) => {
          if (window.spoils) frame.data = new Uint8Array(frame.data.byteLength).fill(255).buffer;
          controller.enqueue(frame);
        };
        void readable.pipeThrough(new TransformStream({ transform: spoil })).pipeTo(writable);
      });
    }
  };
}
"""
"""Lets a page's decoder fail at whatever comes, from when `spoils` is set: it asks for key frames. Only where that was prepared
before the page was loaded."""

COUNTS = """async (kind) => {
  const counts = { frames: 0, bytes: 0, key_frames: 0, plis: 0 };
  for (const connection of window.connections) {
    if (connection.connectionState === "closed") continue;
    for (const one of (await connection.getStats()).values()) {
      if (one.type !== kind || one.kind !== "video") continue;
      counts.frames += one.framesEncoded ?? one.framesDecoded ?? 0;
      counts.bytes += one.bytesSent ?? one.bytesReceived ?? 0;
      counts.key_frames += one.keyFramesEncoded ?? one.keyFramesDecoded ?? 0;
      counts.plis += one.pliCount ?? 0;
    }
  }
  return counts;
}"""

CODE_ROW = """([width, height, row]) => {
  const [still, copy, video] = ["still", "last-frame", "picture"].map((id) => document.getElementById(id));
  const shown = !still.hidden ? still : !copy.hidden ? copy : video.videoWidth > 0 ? video : null;
  if (shown === null) return null;
  window.glass ??= new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  window.glass.drawImage(shown, 0, 0, width, height);
  const { data } = window.glass.getImageData(0, row, width, 1);
  return Array.from({ length: width }, (_, x) => data[4 * x + 1]);
}"""
"""A kiosk's page shows a still over the last frame of before over the moving picture."""


@dataclass(frozen=True)
class Counts:
    """What was counted since the page's connections were made."""

    frames: int
    bytes: int
    key_frames: int
    plis: int

    def since(self, before: Counts) -> Counts:
        """What came after an earlier look; a counter that fell began anew between the two."""
        grown = {one.name: getattr(self, one.name) - getattr(before, one.name) for one in fields(self)}
        return Counts(**{name: more if more >= 0 else getattr(self, name) for name, more in grown.items()})


def counts_of(page: Page, kind: Literal["inbound-rtp", "outbound-rtp"]) -> Counts:
    """What a page received, or sent."""
    return Counts(**page.evaluate(COUNTS, kind))


def picture_age_ms(page: Page, width: int, height: int) -> int | None:
    """How old the test picture on a kiosk page's glass is; None when there is none."""
    row = height - 2 * (width // (picture_code.CELLS + 2)) + width // (picture_code.CELLS + 2) // 2
    found: list[int] | None = page.evaluate(CODE_ROW, [width, height, row])
    if found is None:
        return None
    code = picture_code.read(lambda x, _: (found[x],) * 3, width, height)
    if code is None:
        return None
    age_ms = picture_code.age_ms(code, monotonic_ms())
    return age_ms if age_ms <= NOT_YET_OLD_MS else None
