"""The pages people open: signing in and out, who is sent where, and the headers on every answer."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.services import browser_sessions
from controller.web import pages
from tests.support.person import SAME_ORIGIN, Person

KIOSK_VENDORED = Path(__file__).parents[3] / "kiosk" / "page" / "vendor"
VENDORED = pages.STATIC / "js"
CLIENT = "livekit-client.min.js"

BASE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PRESENTER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' ws://127.0.0.1:9 http://127.0.0.1:9; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "worker-src 'self'; media-src 'self' blob:"
)
HEADERS = {
    "Permissions-Policy": "camera=(), microphone=(), display-capture=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def sign_in(client: FlaskClient, name: str, password: str, *, next_page: str = "", https: bool = False) -> TestResponse:
    form = {"name": name, "password": password, "next": next_page}
    base = "https://localhost" if https else "http://localhost"
    return client.post("/login", data=form, base_url=base, headers={"Origin": base, "Sec-Fetch-Site": "same-origin"})


# -- signing in and out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong horse battery"), ("nobody", "correct horse battery"), ("", "")])
def test_a_wrong_name_or_password_is_refused_in_the_same_words(
    ada: Person, client: FlaskClient, name: str, password: str
) -> None:
    response = sign_in(client, name, password)
    assert response.status_code == 401
    assert "do not fit together" in response.text
    assert "Set-Cookie" not in response.headers


def test_the_form_says_nothing_of_trouble_at_first(client: FlaskClient) -> None:
    response = client.get("/login")
    assert response.status_code == 200
    assert 'role="alert"' not in response.text


@pytest.mark.parametrize(("who", "home"), [("ada", "/"), ("paula", "/present")])
def test_signing_in_leads_home_by_role(request: pytest.FixtureRequest, client: FlaskClient, who: str, home: str) -> None:
    request.getfixturevalue(who)
    response = sign_in(client, who, "correct horse battery")
    assert (response.status_code, response.location) == (302, home)


@pytest.mark.parametrize(
    ("next_page", "led_to"),
    [
        ("/present", "/present"),
        ("/", "/"),
        ("https://evil.example.org/", "/"),
        ("//evil.example.org", "/"),
        ("/present/../logout", "/"),
        ("/nowhere", "/"),
        ("/?session_id=2", "/?session_id=2"),
        ("/audit?who=//evil.example.org", "/audit?who=//evil.example.org"),
        ("//evil.example.org/?", "/"),
        ("https://evil.example.org/?next=/", "/"),
        ("/?\r\nSet-Cookie: a=b", "/"),
        ("/audit?who=J\u00fcrgen", "/"),
        ("/audit?who=J%C3%BCrgen", "/audit?who=J%C3%BCrgen"),
    ],
)
def test_signing_in_leads_to_known_pages_only(ada: Person, client: FlaskClient, next_page: str, led_to: str) -> None:
    assert sign_in(client, "ada", "correct horse battery", next_page=next_page).location == led_to


def test_who_is_signed_in_needs_no_form(ada: Person) -> None:
    assert ada.get("/login").location == "/"


def test_what_was_wanted_is_asked_for_again_after_signing_in(client: FlaskClient) -> None:
    response = client.get("/present")
    assert (response.status_code, response.location) == (302, "/login?next=/present")
    assert 'name="next" value="/present"' in client.get(response.location).text
    response = client.get("/?session_id=2")
    assert 'name="next" value="/?session_id=2"' in client.get(response.location).text


def test_the_cookie_is_for_this_controller_alone(ada: Person, client: FlaskClient) -> None:
    parts = sign_in(client, "ada", "correct horse battery").headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("marquee=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={browser_sessions.LIFE_S}"} <= set(parts)
    assert not any(part.startswith("Domain=") for part in parts)


def test_under_https_the_cookie_is_bound_to_the_host(ada: Person, client: FlaskClient) -> None:
    parts = sign_in(client, "ada", "correct horse battery", https=True).headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("__Host-marquee=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert client.get("/", base_url="https://localhost").status_code == 200


def test_a_foreign_page_signs_nobody_in_or_out(ada: Person, client: FlaskClient) -> None:
    for path in ("/login", "/logout"):
        response = client.post(path, data={}, headers={"Origin": "http://evil.example.org"})
        assert response.status_code == 403
        assert "does not come from a page of this controller" in response.text
    assert ada.get("/").status_code == 200


def test_signing_out_ends_the_session(ada: Person) -> None:
    cookie = ada.client.get_cookie("marquee")
    assert cookie is not None
    response = ada.client.post("/logout", headers=SAME_ORIGIN)
    assert (response.status_code, response.location) == (302, "/login")
    assert ada.client.get_cookie("marquee") is None
    ada.client.set_cookie("marquee", cookie.value)
    assert ada.get("/").location == "/login?next=/", "the token itself is worth nothing any more"


def test_signing_out_twice_is_no_trouble(ada: Person) -> None:
    for _ in range(2):
        assert ada.client.post("/logout", headers=SAME_ORIGIN).status_code == 302


def test_a_token_nobody_gave_is_worth_nothing(client: FlaskClient) -> None:
    client.set_cookie("marquee", "nonsense")
    assert client.get("/").status_code == 302


# -- pages --------------------------------------------------------------------------------------------------------------------


def test_a_presenter_is_sent_to_their_own_page(paula: Person) -> None:
    response = paula.get("/")
    assert (response.status_code, response.location) == (302, "/present")


@pytest.mark.parametrize(("who", "path"), [("ada", "/"), ("ada", "/present"), ("paula", "/present")])
def test_a_page_names_who_is_signed_in(request: pytest.FixtureRequest, who: str, path: str) -> None:
    asker: Person = request.getfixturevalue(who)
    response = asker.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert who in response.text


def test_a_page_holds_no_script_and_no_style_of_its_own(ada: Person) -> None:
    for path in ("/", "/present", "/login", "/nowhere"):
        text = ada.client.get(path, follow_redirects=True).text
        assert re.findall(r"<script(?![^>]*(src=|type=\"application/json\"))", text) == [], path
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == [], path


@pytest.mark.parametrize("path", ["/", "/present", "/login"])
def test_whatever_a_page_names_is_there(ada: Person, client: FlaskClient, path: str) -> None:
    text = (client if path == "/login" else ada.client).get(path).text
    named = re.findall(r'(?:src|href)="(/(?:static|present)/[^"]+)"', text)
    assert named
    for file in named:
        response = client.get(file)
        assert response.status_code == 200, file
        response.close()


def test_the_dashboard_of_an_unknown_session_is_a_page_that_lists_the_known(ada: Person) -> None:
    response = ada.get("/?session_id=7")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "1 (Main stage)" in response.text


def test_an_unknown_path_is_a_page_for_people_and_json_for_programs(client: FlaskClient) -> None:
    page, answer = client.get("/nowhere"), client.get("/api/nowhere")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is no such page" in page.text
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    page, answer = client.delete("/login"), client.get("/api/device/v1/hello")
    assert (page.status_code, page.mimetype, page.headers["Allow"]) == (405, "text/html", "GET, HEAD, OPTIONS, POST")
    assert (answer.status_code, answer.get_json()["error"], answer.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "OPTIONS, POST",
    )


# -- files --------------------------------------------------------------------------------------------------------------------


def test_the_livekit_client_is_the_one_that_is_vouched_for(client: FlaskClient) -> None:
    vouched = re.search(r"sha256 ([0-9a-f]{64})", (VENDORED / "VENDOR.md").read_text())
    assert vouched is not None
    with client.get(f"/static/js/{CLIENT}") as response:
        assert (response.status_code, response.mimetype) == (200, "text/javascript")
        assert hashlib.sha256(response.data).hexdigest() == vouched[1]


def test_the_kiosk_carries_the_same_livekit_client() -> None:
    assert (KIOSK_VENDORED / CLIENT).read_bytes() == (VENDORED / CLIENT).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/static/js",
        "/static/nothing.js",
        "/present/js/../index.html",
        "/present/js/%2e%2e/index.html",
        "/present/index.html",
        "/present/secrets/main.js",
    ],
)
def test_nothing_else_is_a_file(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_file_is_asked_for_again_each_time(client: FlaskClient) -> None:
    with client.get("/present/js/main.js") as response:
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")
        tag = response.headers["ETag"]
    with client.get("/present/js/main.js", headers={"If-None-Match": tag}) as response:
        assert response.status_code == 304


# -- headers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/nowhere", "/healthz", "/api/nowhere", "/api/admin/bandwidth/status", "/api/admin/livekit/status"],
)
def test_every_answer_has_the_exact_policy(ada: Person, client: FlaskClient, path: str) -> None:
    for asker in (ada.client, client):
        response = asker.get(path)
        assert response.headers.getlist("Content-Security-Policy") == [BASE_POLICY]
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert "Cookie" in response.headers["Vary"]


def test_the_presenter_page_may_also_reach_the_sfu_and_capture_a_screen(paula: Person) -> None:
    headers = paula.get("/present").headers
    assert headers.getlist("Content-Security-Policy") == [PRESENTER_POLICY]
    assert headers["Permissions-Policy"] == "camera=(), microphone=(), display-capture=(self), screen-wake-lock=(self)"


def test_only_https_demands_https(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/login").headers
    secure = client.get("/login", base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
