"""The dashboard's bandwidth: figures, drawings, and the same as tables."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from controller.parts import Parts
from tests.support.traffic import afternoon

Opened = Callable[..., Page]
SignedIn = Callable[..., None]


def test_it_is_drawn_and_also_said(app: object, parts: Parts, open_page: Opened, sign_in: SignedIn) -> None:
    del app
    afternoon(parts)
    page = open_page(1280, 900, "light")
    sign_in(page)
    expect(page.locator("#bandwidth-message")).to_contain_text("Received and sent on eth0")
    expect(page.locator("#bandwidth-today svg .plot-mark")).to_have_count(3)
    expect(page.locator("#bandwidth-plot svg path")).to_have_count(2)
    expect(page.locator("#bandwidth-plot svg")).to_have_attribute("aria-hidden", "true")
    expect(page.locator("#bandwidth-plot .plot-times span")).to_have_count(5)
    expect(page.locator("#bandwidth-shares")).to_contain_text("All else")
    page.get_by_text("As tables: by hour, and by day").click()
    expect(page.locator("#bandwidth-hours tr")).to_have_count(24)
    expect(page.locator("#bandwidth-hours th").first).to_be_visible()
    expect(page.locator("#bandwidth-days tr")).to_have_count(35)
    with page.expect_download() as download:
        page.get_by_role("link", name="All days as a table").click()
    assert download.value.suggested_filename == "marquee-bandwidth.csv"


def test_where_nothing_was_counted_that_is_said(app: object, open_page: Opened, sign_in: SignedIn) -> None:
    del app
    page = open_page(1280, 900, "light")
    sign_in(page)
    expect(page.locator("#bandwidth-plot")).to_have_text("No whole minute was counted in these 24 hours yet.")
    expect(page.locator("#bandwidth-legend")).to_be_hidden()
