"""The cookie of a browser in which somebody signs in."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from controller.rules.audit_chain import Actor, ActorKind
from controller.rules.sign_ins import browser_in_words
from controller.services.accounts import Account
from controller.services.browser_sessions import LIFE_S
from controller.web.access import cookie_name, parts
from controller.web.request_origin import address, request_id


def begin(account: Account) -> str:
    """Sign this browser in; the token for its cookie."""
    browser = browser_in_words(request.headers.get("User-Agent", ""))
    return parts().people.sign_in(account, browser=browser, by=_person(account.name), now=parts().clock())


def end() -> None:
    """Sign this browser out."""
    sign_in = parts().browser_sessions.by_token(request.cookies.get(cookie_name(), ""))
    if sign_in is not None:
        parts().people.sign_out(sign_in, by=_person(sign_in.name), now=parts().clock())


def give_cookie(response: Response, token: str) -> None:
    """Let the browser keep the token. It ends by itself: sooner at the controller than in the browser."""
    response.set_cookie(cookie_name(), token, max_age=LIFE_S, secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def take_cookie(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def _person(name: str) -> Actor:
    return Actor(ActorKind.ACCOUNT, name, address(), request_id())
