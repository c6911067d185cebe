"""A display without a kiosk: the kiosk's own client asks the controller, and a page of a browser receives the picture."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from kiosk import telemetry
from kiosk.controller_client import ControllerClient
from kiosk.identity import open_identity
from tests.support.guest import Guest
from wire.display import Hardware, Heartbeat, Hello, Reception, ViewerReport


class PageDisplay:
    """One of them, in the room once it has a token."""

    def __init__(self, number: int, *, folder: Path, controller: str, sfu: str, browser: Browser, enrolment_key: str) -> None:
        self._controller = ControllerClient(controller, open_identity(folder / f"page-{number}"))
        self._run_id, self._sequence, self._track_began_s = secrets.token_hex(16), 0, 0.0
        hello = Hello(
            boot_id=telemetry.boot_id(),
            run_id=self._run_id,
            version="0.1.0",
            hardware=Hardware(hostname=f"page-{number}"),
            enrolment_key=enrolment_key,
        )
        self._session_token = self._controller.hello(hello).session_token
        self._guest = Guest(browser, sfu)
        self._guest.decode_little()
        token = self._controller.livekit_token(self._session_token)
        said = self._guest.join(token.sfu_url, token.token)
        if said != "joined":
            raise RuntimeError(f"page-{number} is not in the room: {said}")

    def beat(self) -> bool:
        """Tell the controller what came; whether a picture does."""
        seen = self._guest.statistics()
        if seen is not None and not self._track_began_s:
            self._track_began_s = time.monotonic()
        self._sequence += 1
        viewer = self._report(seen) if seen is not None else ViewerReport(stage="joined")
        self._controller.heartbeat(Heartbeat(run_id=self._run_id, sequence=self._sequence, viewer=viewer), self._session_token)
        return seen is not None

    def received_bytes(self) -> int:
        """Payload of the picture that came so far; 0 while none does."""
        return int((self._guest.statistics() or {}).get("bytesReceived", 0))

    def close(self) -> None:
        """Leave."""
        self._guest.close()

    def _report(self, seen: dict[str, Any]) -> ViewerReport:
        return ViewerReport(
            stage="receiving",
            presenter_identity=seen["identity"],
            last_frame_age_ms=0,
            frames_presented=seen.get("framesDecoded", 0),
            reception=Reception(
                track_age_ms=round(1_000 * (time.monotonic() - self._track_began_s)),
                received_bytes=seen["bytesReceived"],
                header_bytes=seen.get("headerBytesReceived", 0),
                packets_received=seen["packetsReceived"],
                packets_lost=max(0, seen["packetsLost"]),
                frames_decoded=seen.get("framesDecoded", 0),
                frames_dropped=seen.get("framesDropped", 0),
            ),
        )
