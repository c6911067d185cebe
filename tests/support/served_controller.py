"""The controller's web application behind a real socket, for programs that speak HTTP. It can go away and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import pytest
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from controller.web import event_streams
from controller.web.event_streams import OpenStreams
from controller.web.stream_cap import MAX_STREAMS
from onebox.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY = "tests.body"
"""In a request's environment: what is answered."""


class ServedController:
    """Serves an app on one loopback port, over and over if wanted."""

    def __init__(self, app: Flask, port: int | None = None) -> None:
        self.app = app
        self.port = port or free_ports().controller
        self._server: BaseWSGIServer | None = None
        self._serving: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address, also while it is away."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Serve from now on."""
        event_streams.open_streams = OpenStreams(MAX_STREAMS)
        self._server = make_server(LOOPBACK, self.port, self._answer, threaded=True, request_handler=_QuietHandler)
        self._server.daemon_threads = False  # type: ignore[attr-defined]  # so that closing waits for every request
        self._serving = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="served-controller", daemon=True)
        self._serving.start()

    def stop(self) -> None:
        """End every request and go away."""
        if self._server is None or self._serving is None:
            return
        event_streams.open_streams.end_all(within_s=0)
        self._server.shutdown()
        self._serving.join()  # it closes the server, which waits for every request
        event_streams.open_streams = OpenStreams(MAX_STREAMS)
        self._server = self._serving = None

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[BODY] = self.app(environ, start_response)
        return cast(Iterable[bytes], environ[BODY])


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are no news."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """Close the body of whoever went away: werkzeug leaves it open where the connection was reset, and with it a file."""
        close = getattr((environ or {}).get(BODY), "close", None)
        if close is not None:
            close()


@pytest.fixture
def controller(app: Flask) -> Iterator[ServedController]:
    """A controller that answers."""
    served = ServedController(app)
    served.start()
    yield served
    served.stop()
