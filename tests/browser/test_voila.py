"""The widgets in Voila, where a notebook is a page and nobody sees a cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_explain import SETUP, SHORT
from tests.browser.voila_server import VoilaServer, serve_voila


@pytest.fixture(scope="module")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaServer]:
    with serve_voila(tmp_path_factory.mktemp("voila")) as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    yield context.new_page()
    context.close()


def test_the_panel_computes_and_answers(voila: VoilaServer, page: Page) -> None:
    page.goto(voila.add_notebook([SETUP, SHORT]))
    line = page.locator(".rw-panel .rw-line")
    expect(line).to_have_attribute("data-status", "finished", timeout=90_000)
    expect(page.locator(".rw-panel .rw-badge")).to_have_text("verified")
    page.locator(".rw-panel .rw-class").nth(1).click()
    expect(page.locator(".rw-panel .rw-class").nth(1)).to_have_attribute("aria-pressed", "true")
