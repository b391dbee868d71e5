"""A real browser on a real Jupyter server, for tests of what a person sees.

A test asks for `open_notebook` and runs twice: in JupyterLab and in Notebook 7::

    def test_sum(open_notebook):
        notebook = open_notebook(["1 + 1"])
        notebook.run(0)
        expect(notebook.output(0)).to_contain_text("2")

Where there is no Chromium, these tests are skipped; with CI set, they fail. The browser is looked
for under the name in CHROMIUM, then under its usual names.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.jupyter_server import JupyterServer, serve
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme

PICTURES = Path(__file__).resolve().parents[2] / "reports" / "browser"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = [
    "--no-sandbox",  # tests may run as root, where the sandbox cannot
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's /dev/shm is too small for a page with canvases
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

_REPORTS = pytest.StashKey[list[pytest.TestReport]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep each phase's report, so that a fixture can see whether its test has failed."""
    report = yield
    item.stash.setdefault(_REPORTS, []).append(report)
    return report


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a running, headless Chromium."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else list(BROWSER_NAMES)
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        _give_up(f"no browser: looked for {', '.join(names)} (`make browser` installs one)")
    # Longer than Playwright's five seconds: a kernel that imports torch on a busy machine is slow.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=["lab", "notebook"])
def jupyter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JupyterServer]:
    """Return a running server: first JupyterLab, then Notebook 7."""
    with serve(request.param, tmp_path_factory.mktemp(f"jupyter-{request.param}")) as server:
        yield server


@pytest.fixture
def open_notebook(
    request: pytest.FixtureRequest, chromium: Browser, jupyter: JupyterServer
) -> Iterator[OpenNotebook]:
    """Return a function that opens a notebook; see `OpenNotebook`.

    When the test fails, each page is saved as a picture below `reports/browser`.
    """
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    opened: list[NotebookPage] = []

    def open_one(cells: Sequence[str], *, theme: Theme = "light") -> NotebookPage:
        address = jupyter.add_notebook(cells)
        opened.append(NotebookPage(context.new_page(), jupyter.app, address, theme, PICTURES))
        return opened[-1]

    yield open_one
    if any(report.failed for report in request.node.stash.get(_REPORTS, [])):
        for number, notebook in enumerate(opened):
            notebook.screenshot(f"failed-{request.node.name}-{number}")
    context.close()
    jupyter.end_kernels()
