"""The kiosk's cards in a real browser, on screens that lie and that stand; a picture of each is kept to be looked at."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn, cast

import pytest
from PIL import Image
from playwright.sync_api import Page

from kiosk.cards import Card, Tone
from kiosk.lifecycle import StateHeard
from kiosk.page_server import PageCalls, PageRefused, PageServer
from kiosk.view import View, view
from tests.fast.kiosk.test_lifecycle import CARDS, START, after, display
from tests.pages.test_looks import look
from wire.display import PendingReason, State
from wire.refusal import Refusal

Opened = Callable[..., Page]

SCREENS = {"lying": (1920, 1080), "standing": (1080, 1920), "small": (1024, 768)}
WAITING = display(State.PENDING, reason=PendingReason.ENROLMENT_KEY_REFUSED, pairing_code="BCDF-GHJK")
DASHBOARD = "https://marquee.example.org/"

CUT_OFF = """() => [...document.querySelectorAll("#card :not(path)")].filter((part) => {
  const box = part.getBoundingClientRect();
  return box.width > 0 && (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight);
}).map((part) => part.id || part.className || part.tagName)"""

OVERLAPPING = """() => {
  const parts = [...document.querySelectorAll(".brand, .words > :not([hidden]), #dashboard:not([hidden]), footer")];
  const boxes = parts.map((part) => [part.id || part.className || part.tagName, part.getBoundingClientRect()]);
  return boxes.flatMap(([name, a], index) => boxes.slice(index + 1).filter(([, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(([other]) => `${name} and ${other}`));
}"""


def refuse(known_etag: str | None = None) -> NoReturn:
    del known_etag
    raise PageRefused(Refusal(error="no_session", message="these cards have no controller"))


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A kiosk's page without the kiosk."""
    served = PageServer(PageCalls(report=lambda report: None, room_token=refuse, still=refuse))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def shown(server: PageServer, open_page: Opened) -> Callable[[View, str], Page]:
    """Opens the page on a screen, with a view; it is in no room."""

    def show(wanted: View, screen: str) -> Page:
        server.show(replace(wanted, joins=False), 0.0)
        page = open_page(*SCREENS[screen])
        page.goto(server.url)
        page.locator(f"#card[data-kind={wanted.card.kind}]").wait_for()
        page.get_by_role("heading", name=wanted.card.title).wait_for()
        return page

    return show


def waiting(dashboard: str | None) -> View:
    return view(after(StateHeard(WAITING), start=replace(START, dashboard=dashboard)))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_card_fits_its_screen(server: PageServer, shown: Callable[[View, str], Page], screen: str) -> None:
    page = shown(waiting(DASHBOARD), screen)
    views = [waiting(DASHBOARD), waiting(None), *(view(state) for _, state, _, _ in CARDS)]
    for number, wanted in enumerate(views):
        server.show(replace(wanted, joins=False), 0.0)
        page.locator(f"#card[data-kind={wanted.card.kind}]").wait_for()
        page.get_by_role("heading", name=wanted.card.title).wait_for()
        look(page, f"card-{number:02}-{wanted.card.kind}-{screen}")
        assert page.evaluate(CUT_OFF) == [], f"{wanted.card.kind} on a {screen} screen"
        assert page.evaluate(OVERLAPPING) == [], f"{wanted.card.kind} on a {screen} screen"


@pytest.mark.parametrize("screen", SCREENS)
def test_a_phone_sees_the_code_of_the_dashboard_with_its_quiet_zone(shown: Callable[[View, str], Page], screen: str) -> None:
    page = shown(waiting(DASHBOARD), screen)
    drawing = page.get_by_role("img", name=DASHBOARD)
    wanted = cast(
        "list[list[bool]]",
        page.evaluate("async (address) => (await import('./dashboard_code.js')).modulesOf(address)", DASHBOARD),
    )
    picture = Image.open(io.BytesIO(drawing.screenshot())).convert("L")
    assert min(picture.size) >= 0.3 * min(SCREENS[screen]), "too small for a phone at a metre"
    assert modules_seen(picture, len(wanted)) == wanted
    quiet = [*wanted[:4], *wanted[-4:], *([row[:4] for row in wanted]), *([row[-4:] for row in wanted])]
    assert not any(is_dark for row in quiet for is_dark in row)


def modules_seen(picture: Image.Image, count: int) -> list[list[bool]]:
    """Which modules are dark, by the pixel in the middle of each."""
    width, height = picture.size
    middles = [(number + 0.5) / count for number in range(count)]
    return [[cast(int, picture.getpixel((int(x * width), int(y * height)))) < 128 for x in middles] for y in middles]


def test_the_code_goes_with_the_card_that_carries_it(server: PageServer, shown: Callable[[View, str], Page]) -> None:
    page = shown(waiting(DASHBOARD), "lying")
    page.get_by_role("img", name=DASHBOARD).wait_for()
    server.show(View(Card("rejected", Tone.TROUBLE, "Not admitted", ("Why.",)), joins=False, presenter_identity=None), 0.0)
    page.get_by_role("img", name=DASHBOARD).wait_for(state="detached")
