"""Who may do what in a room; signs, nothing else.

Every grant is written out: the SDK's defaults let everybody publish, subscribe and send data for six hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from livekit.api import AccessToken, VideoGrants

from controller.settings import LiveKitSettings


class LiveKitNotConfigured(Exception):
    """The controller has no LiveKit credentials; the text names the variables to set."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"LiveKit is not set up: set {', '.join(missing)} and restart the controller")


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

    def for_api(self, grants: VideoGrants) -> str:
        """For one call of the controller to the room API."""
        token = AccessToken(self.settings.api_key, self.settings.api_secret).with_grants(grants)
        return token.with_ttl(timedelta(seconds=60)).to_jwt()

    def _sign(self, identity: str, grants: VideoGrants, *, name: str = "") -> str:
        token = AccessToken(self.settings.api_key, self.settings.api_secret).with_identity(identity).with_grants(grants)
        return token.with_name(name).with_ttl(timedelta(seconds=self.settings.token_ttl_s)).to_jwt()
