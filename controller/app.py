"""The web process: builds the parts and joins the routes. Nothing happens at import."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from controller import parts, settings
from controller.web import (
    access,
    account_api,
    admin_api,
    audit_api,
    bandwidth_api,
    device_api,
    door,
    enrolment_api,
    errors,
    openapi,
    operations,
    pages,
    people_api,
    people_pages,
    presenter_api,
    quality_api,
    rate_limits,
    request_origin,
    security_headers,
    sessions_api,
    sessions_page,
    state_api,
    stills_api,
)

TEMPLATES = Path(__file__).parent / "web" / "templates"


def create_app(wanted: settings.Settings, clock: parts.Clock = parts.utc_now) -> Flask:
    """The controller's web application."""
    app = Flask("controller.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.jinja_env.loader = ChoiceLoader(
        [FileSystemLoader(TEMPLATES), PrefixLoader({"presenter_page": FileSystemLoader(pages.PRESENTER_PAGE)})]
    )
    if wanted.trusted_proxies:
        proxies = wanted.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    built = app.extensions["marquee"] = parts.build(wanted, clock)
    request_origin.install(app)
    errors.install(app)
    access.install(app)
    rate_limits.install(app, built)
    security_headers.install(app)
    for module in (
        pages,
        account_api,
        enrolment_api,
        people_api,
        people_pages,
        admin_api,
        sessions_api,
        sessions_page,
        state_api,
        audit_api,
        bandwidth_api,
        quality_api,
        presenter_api,
        device_api,
        stills_api,
        door,
        operations,
        openapi,
    ):
        app.register_blueprint(module.blueprint)
    return app


def from_environment() -> Flask:
    """The application as gunicorn starts it."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    return create_app(settings.from_environment())
