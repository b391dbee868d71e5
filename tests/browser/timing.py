"""Stop-watches inside a page: from an event to the pixel, frames a second, messages sent.

What they give is measured by `python -m tests.benchmarks --only 11`, and asserted loosely by the
tests: a shared machine is no place for exact limits.
"""

from __future__ import annotations

import time
from itertools import pairwise
from statistics import median
from typing import Any

from playwright.sync_api import Locator, Page

# The pixel below the pointer is read when the event comes and again after each frame: a message to
# oneself arrives after the frame's own callbacks, in whatever order they were asked for.
_WATCH_POINTER = """canvas => {
    const context = canvas.getContext('2d');
    const watch = window.rwWatch = { delays: [], frames: [], ups: [], stop: false };
    const pixel = (x, y) => {
        const box = canvas.getBoundingClientRect();
        const [kx, ky] = [canvas.width / box.width, canvas.height / box.height];
        const data = context.getImageData((x - box.left) * kx, (y - box.top) * ky, 1, 1).data;
        return data.join();
    };
    let waiting = [];
    const moved = e => {
        if (!e.buttons) return;
        waiting.push([e.timeStamp, e.clientX, e.clientY, pixel(e.clientX, e.clientY)]);
    };
    const up = () => watch.ups.push(Date.now() / 1000);
    canvas.addEventListener('pointermove', moved, true);
    canvas.addEventListener('pointerup', up, true);
    const after = new MessageChannel();
    after.port1.onmessage = () => {
        const now = performance.now();
        waiting = waiting.filter(([begun, x, y, before]) => {
            if (pixel(x, y) === before) return now - begun < 2000;
            watch.delays.push(now - begun);
            return false;
        });
    };
    const frame = now => {
        watch.frames.push(now);
        after.port2.postMessage(0);
        if (!watch.stop) requestAnimationFrame(frame);
        else {
            canvas.removeEventListener('pointermove', moved, true);
            canvas.removeEventListener('pointerup', up, true);
        }
    };
    requestAnimationFrame(frame);
}"""

_STOP = "() => { window.rwWatch.stop = true; return window.rwWatch; }"

_WATCH_SLIDER = """async ([canvas, slider, steps]) => {
    const context = canvas.getContext('2d');
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    let sent = 0;
    const count = (_, one) => { if (one.direction === 'send') sent += 1; };
    kernel.anyMessage.connect(count);
    const row = () => {
        const data = context.getImageData(0, canvas.height >> 1, canvas.width, 1).data;
        let sum = 0;
        for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 2147483647;
        return sum;
    };
    const after = new MessageChannel();
    const painted = () => new Promise(done => {
        requestAnimationFrame(() => { after.port1.onmessage = done; after.port2.postMessage(0); });
    });
    const delays = [];
    for (let i = 1; i <= steps; i++) {
        // A hand knows nothing of frames: begun right after one, each step would wait for a whole.
        await new Promise(done => setTimeout(done, 5 + 20 * Math.random()));
        const before = row(), begun = performance.now();
        slider.value = String(i / (steps + 1));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        while (row() === before && performance.now() - begun < 2000) await painted();
        delays.push(performance.now() - begun);
    }
    await new Promise(done => setTimeout(done, 400));
    kernel.anyMessage.disconnect(count);
    return { delays, sent };
}"""

_SCROLL = """async ([canvas, key, steps]) => {
    const context = canvas.getContext('2d');
    const picture = () => {
        const data = context.getImageData(0, canvas.height >> 1, canvas.width, 1).data;
        return data.reduce((sum, v) => (sum * 31 + v) % 2147483647, 0);
    };
    const after = new MessageChannel();
    const painted = () => new Promise(done => {
        requestAnimationFrame(() => { after.port1.onmessage = done; after.port2.postMessage(0); });
    });
    let shown = 0, last = picture();
    canvas.focus();
    const begun = performance.now();
    for (let i = 0; i < steps; i++) {
        canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        await painted();
        const now = picture();
        if (now !== last) shown += 1;
        last = now;
    }
    return { shown, seconds: (performance.now() - begun) / 1000 };
}"""

_OPEN = """async index => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    const begun = performance.now();
    window.jupyterapp.commands.execute('notebook:run-cell');
    const drawn = canvas => {
        if (!canvas.width || !canvas.height) return false;
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set();
        for (let i = 0; i < data.length; i += 4000) seen.add(data[i] * 65536 + data[i + 1] * 256);
        return seen.size > 3;
    };
    while (performance.now() - begun < 60000) {
        await new Promise(requestAnimationFrame);
        const found = document.querySelectorAll(
            `.jp-Notebook .jp-Cell[data-windowed-list-index='${index}'] canvas`);
        if ([...found].some(drawn)) return (performance.now() - begun) / 1000;
    }
    throw Error('nothing was drawn');
}"""

_TURN = """([line, button, wanted]) => new Promise((done, fail) => {
    const begun = performance.now();
    const look = () => {
        if (line.dataset.status !== wanted) return;
        watch.disconnect();
        done(performance.now() - begun);
    };
    const watch = new MutationObserver(look);
    watch.observe(line, { attributes: true });
    setTimeout(() => fail(Error('never ' + wanted)), 30000);
    button.click();
})"""


def watch_drag(canvas: Locator, seconds: float, strokes: int = 1) -> dict[str, Any]:
    """Paint a snake over the canvas with the mouse.

    Returns
    -------
    dict
        ``delays`` from each move to its pixel, in ms; ``rate``: frames a second while the mouse
        was moved; ``ups``: when the button was let go, in seconds since 1970.
    """
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page, mouse = canvas.page, canvas.page.mouse
    canvas.evaluate(_WATCH_POINTER)
    moves = 0
    for stroke in range(strokes):
        end = time.monotonic() + seconds / strokes
        top = 0.05 + 0.9 * stroke / strokes
        mouse.move(box["x"] + box["width"] * 0.05, box["y"] + box["height"] * top)
        mouse.down()
        while time.monotonic() < end:
            along, row = moves % 60, moves // 60 % max(1, 30 // strokes)
            across = along if row % 2 == 0 else 59 - along
            mouse.move(
                box["x"] + box["width"] * (0.05 + 0.9 * across / 60),
                box["y"] + box["height"] * (top + 0.9 * row / 30),
            )
            moves += 1
        mouse.up()
        page.wait_for_timeout(250)
    found = page.evaluate(_STOP)
    frames = found["frames"]
    steps = sorted(b - a for a, b in pairwise(frames))
    return {
        "delays": found["delays"],
        "rate": 1000 * len(steps) / sum(steps),
        "ups": found["ups"],
        "moves": moves,
    }


def watch_slider(canvas: Locator, slider: Locator, steps: int = 40) -> dict[str, Any]:
    """Move a slider step by step; ``delays`` to the repaint in ms, and messages ``sent``."""
    handles = [canvas.element_handle(), slider.element_handle(), steps]
    found: dict[str, Any] = canvas.page.evaluate(_WATCH_SLIDER, handles)
    return found


def slices_a_second(canvas: Locator, key: str, steps: int = 120) -> float:
    """Scroll by a key, one press a frame; slices that were drawn a second."""
    found = canvas.page.evaluate(_SCROLL, [canvas.element_handle(), key, steps])
    return float(found["shown"] / found["seconds"])


def seconds_to_open(page: Page, index: int) -> float:
    """Run a cell; seconds until a canvas below it shows a picture."""
    return float(page.evaluate(_OPEN, index))


def ms_to_status(line: Locator, button: Locator, wanted: str) -> float:
    """Press a button of a panel; milliseconds until its line says what is wanted."""
    handles = [line.element_handle(), button.element_handle(), wanted]
    return float(line.page.evaluate(_TURN, handles))


def middle(values: list[float]) -> float:
    """Return the median; infinity of nothing, so that nothing measured is no success."""
    return median(values) if values else float("inf")
