"""Whatever stands in headers, tokens, codes, keys, queries and forms, the controller refuses it and never fails at it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from controller.rules import pairing
from tests.contract.test_messages import BYTES, VALUES
from tests.support.cases import Cases
from tests.support.controller_app import SECRET
from tests.support.device import HELLO, Device
from tests.support.person import SAME_ORIGIN, Person

HEADER = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=200)
"""What can stand in a header by the time Python has it."""

BASE64 = st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def signed(claims: dict[str, Any]) -> str:
    """A token by the SFU's key that says this; empty where even that cannot be."""
    try:
        return jwt.encode({"iss": "marquee", "exp": 2_000_000_000, **claims}, SECRET, algorithm="HS256")
    except (TypeError, ValueError):  # PyJWT signs no token whose registered claims are of a wrong type
        return ""


TOKENS = (
    HEADER
    | st.dictionaries(st.sampled_from(["iss", "exp", "nbf", "sub", "video", "sha256", "aud", "iat", "jti"]), VALUES).map(signed)
    | st.tuples(HEADER, HEADER, HEADER).map(".".join)
    | st.tuples(BASE64, BASE64, BASE64).map(".".join)
)
"""What may be shown as a token; some are signed by the SFU's own key and say strange things."""


def is_no_fault(response: TestResponse) -> bool:
    """Whether the controller answered as it means to."""
    response.close()
    return response.status_code < 500 or response.status_code == 503


def is_refused(response: TestResponse) -> bool:
    return 400 <= response.status_code < 500


@pytest.fixture
def try_all(cases: Cases) -> Callable[..., None]:
    def tried(kind: str, strategy: st.SearchStrategy[Any], ask: Callable[[Any], bool]) -> None:
        def check(case: Any) -> None:
            assert ask(case)

        cases.try_all(kind, strategy, check, wanted=5 * cases.wanted)

    return tried


TryAll = Callable[[str, st.SearchStrategy[Any], Callable[[Any], bool]], None]


# -- displays -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["X-Device-Key", "X-Device-Nonce", "X-Device-Signature", "Content-Type"])
def test_a_hello_with_another_header_is_refused(lobby: Device, try_all: TryAll, name: str) -> None:
    def ask(value: str) -> bool:
        body = lobby.hello_body()
        headers = {**lobby.signed_headers(body, lobby.nonce()), name: value}
        return is_refused(lobby.client.post(HELLO, data=body, headers=headers))

    strange = HEADER if name.startswith("Content") else HEADER | BASE64
    try_all("headers of a hello", strange.filter(lambda value: value.strip() != "application/json"), ask)


def test_a_signed_hello_of_any_bytes_is_no_fault(lobby: Device, try_all: TryAll) -> None:
    def ask(body: bytes) -> bool:
        return is_no_fault(lobby.client.post(HELLO, data=body, headers=lobby.signed_headers(body, lobby.nonce())))

    try_all("bodies of a signed hello", BYTES, ask)


def test_whatever_is_given_for_an_enrolment_key_admits_nobody(hall: Device, try_all: TryAll) -> None:
    texts = st.text(max_size=200)

    def ask(text: str) -> bool:
        response = hall.say_hello(enrolment_key=text)
        return response.status_code == 429 or response.get_json()["display"]["state"] == "pending"

    try_all("enrolment keys", texts | texts.map(lambda text: f"mek1_{text}"[:200]), ask)


@pytest.mark.parametrize("path", ["/api/device/v1/heartbeat", "/api/admin/sessions", "/api/presenter/v1/heartbeat"])
def test_any_text_for_a_session_or_a_key_is_refused(client: FlaskClient, try_all: TryAll, path: str) -> None:
    def ask(texts: tuple[str, str]) -> bool:
        client.set_cookie("marquee", texts[1])
        headers = {**SAME_ORIGIN, "Authorization": texts[0]}
        return is_refused(client.post(path, json={}, headers=headers))

    schemes = HEADER | TOKENS.map("Bearer {}".format) | HEADER.map("Basic {}".format)
    try_all("cookies and authorizations", st.tuples(schemes, st.text(max_size=80)), ask)


# -- the proxy and the SFU ----------------------------------------------------------------------------------------------------


def test_no_token_of_a_stranger_opens_the_door(client: FlaskClient, try_all: TryAll) -> None:
    def ask(headers: dict[str, str]) -> bool:
        return client.get("/internal/livekit/admit", headers=headers).status_code == 403

    addresses = HEADER | TOKENS.map("/rtc?access_token={}".format) | st.tuples(HEADER, TOKENS).map("access_token=".join)
    asked = st.fixed_dictionaries({}, optional={"X-Forwarded-Uri": addresses, "Authorization": TOKENS.map("Bearer {}".format)})
    try_all("tokens at the door", asked, ask)


def test_a_webhook_of_a_stranger_is_refused(client: FlaskClient, try_all: TryAll) -> None:
    def ask(said: tuple[str, bytes]) -> bool:
        headers = {"Content-Type": "application/webhook+json", "Authorization": said[0]}
        return is_refused(client.post("/api/livekit/webhook", data=said[1], headers=headers))

    try_all("webhooks", st.tuples(TOKENS, BYTES), ask)


def test_a_signed_webhook_of_any_bytes_is_taken(client: FlaskClient, try_all: TryAll) -> None:
    def ask(body: bytes) -> bool:
        token = signed({"sha256": base64.b64encode(hashlib.sha256(body).digest()).decode()})
        headers = {"Content-Type": "application/webhook+json", "Authorization": token}
        return client.post("/api/livekit/webhook", data=body, headers=headers).status_code == 204

    try_all("signed webhooks", BYTES, ask)


# -- people -------------------------------------------------------------------------------------------------------------------


def test_a_typed_text_is_a_pairing_code_or_nothing(try_all: TryAll) -> None:
    def ask(typed: str) -> bool:
        code = pairing.normalised(typed)
        return code is None or (len(code) == 9 and set(code.replace("-", "")) <= set(pairing.ALPHABET))

    try_all("pairing codes", st.text() | st.text(pairing.ALPHABET + "-bcd", min_size=8, max_size=9), ask)


def test_a_typed_pairing_code_finds_no_display(ada: Person, try_all: TryAll) -> None:
    def ask(typed: str) -> bool:
        return is_refused(ada.post("/api/admin/livekit/pairing-code", {"code": typed}))

    try_all("pairing codes", st.text(max_size=70), ask)


PAGES = ["/", "/audit", "/api/admin/audit", "/api/admin/livekit/displays", "/login", "/present", "/healthz"]


@pytest.mark.parametrize("path", PAGES)
def test_no_query_is_a_fault(ada: Person, try_all: TryAll, path: str) -> None:
    def ask(query: dict[str, list[str]] | str) -> bool:
        return is_no_fault(ada.client.get(path, query_string=query))

    names = st.sampled_from(["session_id", "next", "who", "what", "target", "before", "after", "limit"]) | st.text()
    values = st.text() | st.integers().map(str) | st.sampled_from(["9" * 5_000, "-1", "0", "1.0", "٣", "1_0"])
    try_all("queries", st.dictionaries(names, st.lists(values, max_size=2)) | st.text(), ask)


def test_no_form_is_a_fault(client: FlaskClient, try_all: TryAll) -> None:
    def ask(form: dict[str, str] | bytes) -> bool:
        kind = "application/x-www-form-urlencoded"
        return is_no_fault(client.post("/login", data=form, headers=SAME_ORIGIN, content_type=kind))

    texts = st.text(max_size=200)
    forms = st.fixed_dictionaries({}, optional={"name": texts, "password": texts, "next": texts})
    try_all("forms", forms | st.binary(max_size=200), ask)


BROWSER_HEADERS = ["Origin", "Sec-Fetch-Site", "Host", "X-Forwarded-For", "X-Forwarded-Proto", "Cookie", "Content-Type"]


@pytest.mark.parametrize("name", BROWSER_HEADERS)
def test_no_header_of_a_browser_is_a_fault(make_app: Callable[..., Flask], try_all: TryAll, name: str) -> None:
    client = make_app(trusted_proxies=1).test_client(use_cookies=False)

    def ask(value: str) -> bool:
        return is_no_fault(client.post("/logout", headers={**SAME_ORIGIN, name: value}))

    try_all("headers of browsers", HEADER, ask)


@pytest.mark.parametrize("folder", ["/static/", "/present/js/", "/present/", "/api/admin/livekit/displays/", "/"])
def test_no_path_is_a_fault(ada: Person, try_all: TryAll, folder: str) -> None:
    def ask(path: str) -> bool:
        return is_no_fault(ada.client.open(environ_overrides={"PATH_INFO": folder + path, "QUERY_STRING": ""}))

    parts = st.text(st.characters(codec="latin-1"), max_size=20) | st.sampled_from(["..", ".", "", "js", "%2e%2e", "\x00"])
    try_all("paths", st.lists(parts, max_size=5).map("/".join), ask)
