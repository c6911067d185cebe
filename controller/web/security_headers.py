"""Headers that every answer carries. The policy is exact: what a page does not need is not allowed."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

BASE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def install(app: Flask) -> None:
    """Add the headers to every answer."""
    app.after_request(_add)


def allow_presenting(sfu_url: str | None) -> None:
    """Let this page's script reach the SFU, run its heartbeat worker and capture a screen.

    The client opens a websocket, and asks over http why a join failed.
    """
    origins = sfu_origins(sfu_url) if sfu_url else ()
    g.policy = {
        **BASE_POLICY,
        "connect-src": " ".join(("'self'", *origins)),
        "worker-src": "'self'",
        "media-src": "'self' blob:",
    }
    g.permissions = "camera=(), microphone=(), display-capture=(self), screen-wake-lock=(self)"


def sfu_origins(url: str) -> tuple[str, str]:
    """The websocket and the http origin of an SFU's address."""
    parts = urlsplit(url)
    secure = parts.scheme in ("wss", "https")
    return (f"{'wss' if secure else 'ws'}://{parts.netloc}", f"{'https' if secure else 'http'}://{parts.netloc}")


def _add(response: Response) -> Response:
    policy: dict[str, str] = g.get("policy", BASE_POLICY)
    headers = response.headers
    headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    headers["Permissions-Policy"] = g.get("permissions", "camera=(), microphone=(), display-capture=()")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    headers.add("Vary", "Cookie")
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
