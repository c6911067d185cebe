"""Who may do what in a room: signs tokens, and reads those that were signed by the same key.

Every grant is written out: the SDK's defaults let everybody publish, subscribe and send data for six hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from livekit.api import AccessToken, VideoGrants

from controller.rules.door import RoomPass
from controller.settings import LiveKitSettings

CLOCKS_DIFFER_S = 5
"""The SFU signs too, and may run on another machine."""


class LiveKitNotConfigured(Exception):
    """The controller has no LiveKit credentials; the text names the variables to set."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"LiveKit is not set up: set {', '.join(missing)} and restart the controller")


class NotOurToken(Exception):
    """It was not signed by our key, or its time is over."""


@dataclass(frozen=True)
class LiveKitTokens:
    """Signs room tokens and the controller's own API tokens."""

    settings: LiveKitSettings

    def for_display(self, room: str, identity: str) -> str:
        """Subscribe only, hidden from the others in the room."""
        return self._sign(
            identity,
            VideoGrants(
                room_join=True,
                room=room,
                can_publish=False,
                can_subscribe=True,
                can_publish_data=False,
                can_update_own_metadata=False,
                hidden=True,
            ),
        )

    def for_presenter(self, room: str, identity: str, name: str) -> str:
        """Publish one screen and send data; see nobody."""
        return self._sign(
            identity,
            VideoGrants(
                room_join=True,
                room=room,
                can_publish=True,
                can_publish_sources=["screen_share"],
                can_subscribe=False,
                can_publish_data=True,
                can_update_own_metadata=False,
                hidden=False,
            ),
            name=name,
        )

    def for_making_rooms(self) -> str:
        """For one call of the controller to the room API, which makes or ends a room."""
        return self._for_api(room_create=True)

    def for_listing_rooms(self) -> str:
        """For one call that asks which rooms there are."""
        return self._for_api(room_list=True)

    def for_room(self, room: str) -> str:
        """For one call about those in a room."""
        return self._for_api(room_admin=True, room=room)

    def read(self, token: str) -> RoomPass:
        """What a room token says, also one that the SFU refreshed. Raises NotOurToken."""
        claims = self._claims(token)
        video = claims.get("video")
        grants: dict[str, Any] = video if isinstance(video, dict) else {}
        return RoomPass(
            identity=str(claims.get("sub", "")), room=str(grants.get("room", "")), joins=grants.get("roomJoin") is True
        )

    def check_body(self, token: str, body: bytes) -> None:
        """Raises NotOurToken unless the token was signed for this very body, as the SFU signs its webhooks."""
        signed = str(self._claims(token).get("sha256", ""))
        if not hmac.compare_digest(signed.encode(), base64.b64encode(hashlib.sha256(body).digest())):
            raise NotOurToken("the token was not signed for this body")

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.settings.api_secret,
                algorithms=["HS256"],
                issuer=self.settings.api_key,
                leeway=CLOCKS_DIFFER_S,
                options={"require": ["exp", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise NotOurToken("this token's time is over; ask the controller for a fresh one") from None
        except (jwt.PyJWTError, ValueError, RecursionError):  # the last two: what is not even a token
            raise NotOurToken("this is no token that our key signed") from None
        return claims

    def _sign(self, identity: str, grants: VideoGrants, *, name: str = "") -> str:
        token = AccessToken(self.settings.api_key, self.settings.api_secret).with_identity(identity).with_grants(grants)
        return token.with_name(name).with_ttl(timedelta(seconds=self.settings.token_ttl_s)).to_jwt()

    def _for_api(
        self, *, room_create: bool | None = None, room_list: bool | None = None, room_admin: bool | None = None, room: str = ""
    ) -> str:
        grants = VideoGrants(
            room_create=room_create,
            room_list=room_list,
            room_admin=room_admin,
            room=room,
            can_publish=False,
            can_subscribe=False,
            can_publish_data=False,
        )
        token = AccessToken(self.settings.api_key, self.settings.api_secret).with_grants(grants)
        return token.with_ttl(timedelta(seconds=60)).to_jwt()
