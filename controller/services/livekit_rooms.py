"""The SFU's room API: create, list, suspend, remove, end.

Plain Twirp over `requests`: livekit-api's own client is asynchronous and bound to one event loop, which fits no gunicorn thread.
Errors: SfuUnreachable (try again), SfuRefused (it answered no).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from controller.rules.presenting import is_presenter
from controller.services.livekit_tokens import LiveKitTokens

TIMEOUT_S = 1.0
"""The SFU stands beside the controller; a CreateRoom on a dead node hangs 3 s, and somebody waits for a picture."""

MAX_PLAYOUT_DELAY_MS = 500
"""With min 0, Chromium renders as soon as it has decoded; 60 to 90 ms off the kiosk's delay in motion (measured)."""

EMPTY_TIMEOUT_S = 86_400
"""Rooms are the controller's to end; 0 would mean LiveKit's default of five minutes."""


class SfuUnreachable(Exception):
    """No answer from the SFU in time."""


class SfuRefused(Exception):
    """The SFU answered that it will not. `code` is Twirp's, or empty where the answer was not Twirp's."""

    def __init__(self, method: str, status: int, code: str) -> None:
        hint = "; LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be those of its own configuration" if status == 401 else ""
        super().__init__(f"the SFU refused {method}: {status} {code}{hint}")
        self.code = code


@dataclass(frozen=True)
class Track:
    """A published track."""

    codec: str
    layers: int
    width: int
    height: int


@dataclass(frozen=True)
class Participant:
    """Somebody in a room, hidden ones included."""

    identity: str
    name: str
    joined_at: datetime | None
    tracks: tuple[Track, ...]
    may_subscribe: bool = True


class LiveKitRooms:
    """Calls the room API; each call carries a token for just that, which is for no other call."""

    def __init__(self, tokens: LiveKitTokens) -> None:
        self._tokens = tokens
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy between us and the SFU beside us, and no ~/.netrc in place of our token

    def ensure(self, room: str, *, max_participants: int) -> None:
        """Make the room where it is missing; a running one is left as it is."""
        self._call(
            "CreateRoom",
            self._tokens.for_making_rooms(),
            {
                "name": room,
                "empty_timeout": EMPTY_TIMEOUT_S,
                "departure_timeout": EMPTY_TIMEOUT_S,
                "max_participants": max_participants,
                "min_playout_delay": 0,
                "max_playout_delay": MAX_PLAYOUT_DELAY_MS,
            },
        )

    def participants(self, room: str) -> list[Participant]:
        """Everybody in the room; nobody when there is no such room."""
        try:
            answer = self._call("ListParticipants", self._tokens.for_room(room), {"room": room})
        except SfuRefused as refusal:
            if refusal.code == "not_found":
                return []
            raise
        return [_participant(entry) for entry in answer.get("participants", [])]

    def remove(self, room: str, identity: str) -> None:
        """Take the picture away and show the door; nothing happens when they are not there.

        Permission first: it stops the media within milliseconds, whatever the client then does about being removed.
        """
        # whoever is hidden stays so; of a presenter who is hidden meanwhile, displays would never hear that they left
        hidden = not is_presenter(identity)
        nothing = {"can_subscribe": False, "can_publish": False, "can_publish_data": False, "hidden": hidden}
        for method, body in (
            ("UpdateParticipant", {"room": room, "identity": identity, "permission": nothing}),
            ("RemoveParticipant", {"room": room, "identity": identity}),
        ):
            try:
                self._call(method, self._tokens.for_room(room), body)
            except SfuRefused as refusal:
                if refusal.code != "not_found":
                    raise

    def let_subscribe(self, room: str, identity: str, *, may_subscribe: bool) -> None:
        """Give a display the picture, or keep it from it while it stays in the room; nothing happens when it is not there."""
        display = {"can_subscribe": may_subscribe, "can_publish": False, "can_publish_data": False, "hidden": True}
        try:
            body = {"room": room, "identity": identity, "permission": display}
            self._call("UpdateParticipant", self._tokens.for_room(room), body)
        except SfuRefused as refusal:
            if refusal.code != "not_found":
                raise

    def names(self) -> list[str]:
        """Every room there is."""
        answer = self._call("ListRooms", self._tokens.for_listing_rooms(), {})
        return [str(room.get("name", "")) for room in answer.get("rooms", [])]

    def end(self, room: str) -> None:
        """Put everybody out and end the room; nothing happens when there is none."""
        try:
            self._call("DeleteRoom", self._tokens.for_making_rooms(), {"room": room})
        except SfuRefused as refusal:
            if refusal.code != "not_found":
                raise

    def _call(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._tokens.settings.api_url}/twirp/livekit.RoomService/{method}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            response = self._http.post(url, json=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise SfuUnreachable(f"the SFU at {self._tokens.settings.api_url} does not answer") from error
        answer = _json_object(response)
        if response.status_code != 200:
            raise SfuRefused(method, response.status_code, str(answer.get("code", "")))
        return answer


def _json_object(response: requests.Response) -> dict[str, Any]:
    """The answer's body; empty where it is none of Twirp's: a token that is not good is refused in plain text."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _participant(entry: dict[str, Any]) -> Participant:
    joined_at_s = int(entry.get("joined_at", 0))
    return Participant(
        identity=entry.get("identity", ""),
        name=entry.get("name", ""),
        joined_at=datetime.fromtimestamp(joined_at_s, UTC) if joined_at_s else None,
        tracks=tuple(_track(track) for track in entry.get("tracks", [])),
        may_subscribe=bool(entry.get("permission", {"can_subscribe": True}).get("can_subscribe", False)),
    )


def _track(entry: dict[str, Any]) -> Track:
    return Track(
        codec=entry.get("mime_type", ""),
        layers=len(entry.get("layers", [])),
        width=int(entry.get("width", 0)),
        height=int(entry.get("height", 0)),
    )
