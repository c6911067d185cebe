"""Connections to the controller that are kept: the next request needs no name and no greeting, and is heard while names are gone.

Threads share them: a heartbeat every few seconds keeps one alive, on which the page's rare requests find their way too.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from kiosk.request_trouble import is_hang_up


class KeptConnections(requests.Session):
    """Sends requests as `requests` does, keeps no cookies, and sends once more what met a connection that had just ended.

    The other side may end a kept connection at any moment, also while it is asked. So whatever is sent must bear to arrive twice.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The answer. Raises requests.RequestException."""
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError as error:
            if not is_hang_up(error):
                raise
        return super().send(request, **kwargs)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps ~/.netrc from replacing the session token. A proxy is obeyed: a venue may have no other way out."""
    return request
