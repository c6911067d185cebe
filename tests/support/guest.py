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
  window.frames = 0;
  room.on(RoomEvent.Disconnected, (reason) => window.events.push(`disconnected ${reason}`));
  const count = (video) => video.requestVideoFrameCallback(() => {
    window.frames++;
    window.lastFrameAt = Date.now();
    count(video);
  });
  room.on(RoomEvent.TrackSubscribed, (track) => {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    track.attach(video);
    count(video);
  });
  const out = new Promise((resolve) => {
    room.on(RoomEvent.Disconnected, (reason) => resolve(`refused: put out while joining, ${reason}`));
  });
  try {
    // a client that is removed while it connects leaves connect() open for 15 s
    return await Promise.race([room.connect(url, token).then(() => "joined"), out]);
  } catch (error) {
    return `refused: ${error.message}`;
  }
}
"""

PUBLISH = """
async (source) => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  let drawn = 0;
  setInterval(() => { pen.fillStyle = drawn++ % 2 ? "white" : "black"; pen.fillRect(0, 0, 10, 10); }, 50);
  const [track] = canvas.captureStream(15).getVideoTracks();
  try {
    await window.room.localParticipant.publishTrack(track, { source, videoCodec: "vp9" });
    return "published";
  } catch (error) {
    return `refused: ${error.message}`;
  }
}
"""

STATISTICS = """
async () => {
  for (const participant of window.room.remoteParticipants.values()) {
    for (const { track } of participant.trackPublications.values()) {
      for (const found of (await track?.getRTCStatsReport())?.values() ?? []) {
        if (found.type === "inbound-rtp") return { identity: participant.identity, ...found };
      }
    }
  }
  return null;
}
"""


MEDIA_PROTOCOL = """
async () => {
  for (const participant of window.room.remoteParticipants.values()) {
    for (const { track } of participant.trackPublications.values()) {
      const found = await track?.getRTCStatsReport();
      for (const { type, selectedCandidatePairId } of found?.values() ?? []) {
        if (type === "transport") return found.get(found.get(selectedCandidatePairId).localCandidateId).protocol;
      }
    }
  }
  return null;
}
"""

DECODE_LITTLE = """
() => {
  const program = `onrtctransform = ({ transformer: { readable, writable } }) => {
    const isBase = (frame) => frame.type === "key" || frame.getMetadata().temporalIndex === 0;
    const sieve = new TransformStream({ transform: (frame, out) => isBase(frame) && out.enqueue(frame) });
    readable.pipeThrough(sieve).pipeTo(writable);
  }`;
  const worker = new Worker(URL.createObjectURL(new Blob([program])));
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      // once frames flow it is too late
      this.addEventListener("track", ({ receiver }) => (receiver.transform = new RTCRtpScriptTransform(worker)));
    }
  };
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

    def token(self) -> str:
        """The token it would show now: LiveKit gives whoever is connected a fresh one."""
        return cast(str, self._ask("window.room.engine.token"))

    def frames(self) -> int:
        """Frames presented since it tried to join last."""
        return cast(int, self._ask("window.frames"))

    def last_frame_at(self) -> float:
        """When it presented a frame last, in seconds of time.time()."""
        return float(self._ask("window.lastFrameAt")) / 1000

    def statistics(self) -> dict[str, Any] | None:
        """What this client's receiver counts of the picture, and whose it is; None while none comes."""
        return cast("dict[str, Any] | None", self._ask(STATISTICS))

    def media_protocol(self) -> str | None:
        """How the picture comes, `udp` or `tcp`; None while none comes."""
        return cast("str | None", self._ask(MEDIA_PROTOCOL))

    def decode_little(self) -> None:
        """Receive all of the pictures that come once it has joined, and decode every fourth: with none it would ask for key
        frames."""
        self._ask(DECODE_LITTLE)

    def events(self) -> list[str]:
        """How its connections ended."""
        return cast(list[str], self._ask("window.events"))

    def close(self) -> None:
        """Leave."""
        self._page.close()

    def _ask(self, expression: str) -> Any:
        return self._page.evaluate(expression)
