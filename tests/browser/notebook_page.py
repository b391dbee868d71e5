"""One notebook, open in a browser, and what a test does with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from playwright.sync_api import Locator, Page, expect

Theme = Literal["light", "dark"]

_PANEL = "window.jupyterapp.shell.currentWidget"
_KERNEL = f"{_PANEL}.sessionContext.session.kernel"

# Loops inside the page: a predicate that returns a promise counts as true at once.
_READY = """async limit => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session.kernel;
    await kernel.info;
    const start = Date.now();
    while (kernel.connectionStatus !== 'connected' || kernel.status !== 'idle') {
        if (Date.now() - start > limit)
            throw Error(`kernel is ${kernel.status} and ${kernel.connectionStatus}`);
        await new Promise(done => setTimeout(done, 20));
    }
}"""

_THEME = """async theme => {
    await window.jupyterapp.commands.execute('apputils:change-theme', { theme });
    const wanted = String(theme.endsWith('Light')), start = Date.now();
    while (document.body.dataset.jpThemeLight !== wanted) {
        if (Date.now() - start > 30000) throw Error('the theme did not change to ' + theme);
        await new Promise(done => setTimeout(done, 20));
    }
}"""

_RUN = """async index => {
    const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    notebook.mode = 'command';
    await app.commands.execute('notebook:run-cell');
}"""

# A kernel that was just interrupted aborts what it is asked in that moment.
_EXECUTE = f"""async code => {{
    for (;;) {{
        const future = {_KERNEL}.requestExecute({{ code, store_history: false }});
        let out = '', error = null;
        future.onIOPub = message => {{
            const content = message.content;
            if (message.header.msg_type === 'stream') out += content.text;
            if (message.header.msg_type === 'error') error = content.traceback.join('\\n');
        }};
        const reply = await future.done;
        if (reply.content.status !== 'aborted') return {{ out, error }};
    }}
}}"""


_SAVE = "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"

# A sleep that keeps Python's lock: nothing in the kernel can answer, in whichever thread. An
# interrupt ends it.
HELD = """\
import ctypes, time
print("held", flush=True)
time.sleep(0.5)
ctypes.PyDLL(None).sleep({seconds})"""


class NotebookPage:
    """A notebook page with a running kernel.

    Attributes
    ----------
    page
        The Playwright page, for everything that this class has no name for.
    app
        "lab" or "notebook".
    page_errors
        Uncaught errors of the page's scripts since the notebook was ready, in order.
    """

    def __init__(self, page: Page, app: str, address: str, theme: Theme, pictures: Path) -> None:
        self.page = page
        self.app = app
        self.page_errors: list[str] = []
        self._pictures = pictures
        self._address = address
        self._theme = theme
        self._open()
        # From here on: what Jupyter's own start-up throws is not ours.
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def _open(self) -> None:
        page = self.page
        page.goto(self._address)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
        page.wait_for_function(f"() => window.jupyterapp?.shell && {_PANEL}?.sessionContext")
        page.evaluate(_READY, 60_000)
        # Always set: the server remembers the theme that an earlier test has chosen.
        page.evaluate(_THEME, f"JupyterLab {self._theme.capitalize()}")

    def cell(self, index: int) -> Locator:
        """Return the cell at `index`, counted from 0."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")

    def output(self, index: int) -> Locator:
        """Return everything that a cell shows below its code."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def run(self, index: int) -> Locator:
        """Run a cell, wait for its end, and return it."""
        self.page.evaluate(_RUN, index)
        return self.cell(index)

    def start(self, index: int) -> Locator:
        """Run a cell without waiting for its end, and return it."""
        self.page.evaluate(f"index => {{ ({_RUN})(index); }}", index)
        return self.cell(index)

    def hold(self, index: int) -> Locator:
        """Start a cell that ends with `HELD`, and return it when the kernel answers nothing."""
        cell = self.start(index)
        expect(self.output(index)).to_contain_text("held")
        self.page.wait_for_timeout(1000)
        return cell

    def py(self, code: str) -> str:
        """Run `code` in the kernel, outside of any cell, and return what it printed.

        An error in the kernel fails the test with the kernel's traceback. While a cell runs, the
        code waits for it.
        """
        answer: dict[str, Any] = self.page.evaluate(_EXECUTE, code)
        if answer["error"] is not None:
            raise AssertionError(re.sub(r"\x1b\[[0-9;]*m", "", answer["error"]))
        return str(answer["out"])

    def reload(self) -> None:
        """Save the notebook and open its page anew; the kernel lives on."""
        self.page.evaluate(_SAVE)
        before = list(self.page_errors)
        self._open()
        # As at the first opening: what Jupyter's own start-up throws is not ours.
        self.page_errors[:] = before

    def interrupt(self) -> None:
        """Interrupt the kernel, as the stop button does."""
        self.page.evaluate(f"() => {_KERNEL}.interrupt()")

    def restart(self) -> None:
        """Restart the kernel without asking, and wait until it answers."""
        self.page.evaluate(f"() => {_KERNEL}.restart()")
        self.page.evaluate(_READY, 60_000)

    def wait_idle(self, seconds: float = 60) -> None:
        """Wait until the kernel says that it has nothing to do."""
        self.page.wait_for_function(f"() => {_KERNEL}.status === 'idle'", timeout=1000 * seconds)

    def screenshot(self, name: str) -> Path:
        """Save what the page shows as a PNG below `reports/browser`, and return its path."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / (re.sub(r"[^\w.-]+", "-", name).strip("-") + ".png")
        self.page.screenshot(path=path)
        return path


class OpenNotebook(Protocol):
    """What the fixture `open_notebook` gives."""

    def __call__(self, cells: Sequence[str], *, theme: Theme = "light") -> NotebookPage:
        """Open a new notebook with these code cells and a kernel of its own."""
