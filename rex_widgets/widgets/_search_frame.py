"""One picture of the search: what is drawn on an ipycanvas for one moment of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from ipycanvas import Canvas
from ipycanvas.canvas import _CanvasManager
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.causal.trace import SearchTrace, Split
from rex_widgets.causal.tree import VISIBLE_OF
from rex_widgets.widgets._search_stage import Stage

PASSES, FAILS, SPLIT = "#56b4e9", "#e69f00", "#ffffff"
"""Okabe and Ito's sky blue and orange, which colour-blind people can tell apart; besides, what
fails is dashed and hatched."""
_SHADE, _INK = "rgba(10, 12, 16, 0.55)", "#0a0c10"
_WINDOW = 1024
"""Splits before the shown one among which those of its tree are looked for."""
_MOST_BOXES = 240
_HATCH = 9.0
_KEEPS = {parts: np.array(kept, np.int64) for parts, kept in VISIBLE_OF.items()}
"""By the number of children, (children, mutants): which mutants keep each child."""


class Drawing:
    """A canvas for a stage, with the picture waiting beside it in the browser.

    The two have a command queue of their own: ipycanvas's ``hold_canvas`` uses one that all
    canvases of a process share, into which another thread's drawing would mix.

    Parameters
    ----------
    stage
        What is shown.

    Attributes
    ----------
    canvas
        The widget.
    pictures
        How often the picture has been sent.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._manager = _CanvasManager(caching=True)
        height, width = stage.picture.shape[:2]
        self.pictures = 0
        self._back = Canvas(width=width, height=height, _canvas_manager=self._manager)
        self.canvas = Canvas(
            width=stage.width,
            height=stage.height,
            layout=Layout(max_width="100%", height="auto", object_fit="contain"),
            _canvas_manager=self._manager,
        )

    def send_picture(self) -> None:
        """Give the browser the picture; once is enough until a page is loaded anew."""
        self.pictures += 1
        opaque = np.full((*self._stage.picture.shape[:2], 1), 255, np.uint8)
        # with an alpha channel ipycanvas takes PNG, else a lossy format
        self._back.put_image_data(np.concatenate([self._stage.picture, opaque], axis=2))
        self._manager.flush()

    def forget(self) -> None:
        """Leave out what was begun to be drawn."""
        self._manager._commands_cache, self._manager._buffers_cache = [], []

    def forget_callbacks(self) -> None:
        """Hear of nothing any more."""
        for callbacks in ("_mouse_down_callbacks", "_touch_start_callbacks"):
            getattr(self.canvas, callbacks).callbacks.clear()
        for canvas in (self.canvas, self._back):
            canvas._client_ready_callbacks.callbacks.clear()

    def on_client_ready(self, callback: Any) -> None:
        """Call back whenever a page has made one of the two canvases, which is then empty."""
        self.canvas.on_client_ready(callback)
        self._back.on_client_ready(callback)

    def close(self) -> None:
        """Take everything out of the browser."""
        self.forget_callbacks()
        for canvas in (self.canvas, self._back):
            canvas.layout.close()
            canvas.close()
        self._manager.close()

    def draw(self, trace: SearchTrace | None, position: int, mutant: int | None) -> None:
        """Draw the moment after ``position`` splits, in one message.

        Parameters
        ----------
        trace
            Of the run.
        position
            Splits that are done; 0 draws the bare picture.
        mutant
            Which mutant of the last split is lit up, if any.
        """
        canvas, stage = self.canvas, self._stage
        canvas.image_smoothing_enabled = max(stage.picture.shape[:2]) >= 64
        canvas.draw_image(self._back, 0, 0, stage.width, stage.height)
        canvas.fill_style = _SHADE
        canvas.fill_rect(0, 0, stage.width, stage.height)
        if trace is not None and 0 < position <= len(trace):
            split = trace[position - 1]
            if mutant is not None:
                self._light_up(split, mutant)
            self._draw_tree(trace, position, split.tree)
            self._draw_split(split, mutant)
        self._manager.flush()

    def _light_up(self, split: Split, mutant: int) -> None:
        canvas = self.canvas
        with _saved(canvas):
            canvas.begin_path()
            for rect in self._stage.rects(np.array(split.kept(mutant))).tolist():
                canvas.rect(*rect)
            canvas.clip()
            canvas.draw_image(self._back, 0, 0, self._stage.width, self._stage.height)

    def _draw_tree(self, trace: SearchTrace, position: int, tree: int) -> None:
        """Outline the parts that the tree has made before."""
        rows = trace.rows(max(0, position - 1 - _WINDOW), position - 1)
        rows = rows[rows["tree"] == tree][-_MOST_BOXES // 4 :]
        if not len(rows):
            return
        exists = np.arange(rows["children"].shape[1]) < rows["parts"][:, None]
        passed = passing_parts(rows["passed"], rows["parts"])[exists] > 0
        boxes = rows["children"][exists]
        self.canvas.global_alpha = 0.75
        self._outlines(boxes[~passed], FAILS, 1.0, (3, 3))
        self._outlines(boxes[passed], PASSES, 1.0)
        self.canvas.global_alpha = 1.0

    def _draw_split(self, split: Split, mutant: int | None) -> None:
        canvas, stage = self.canvas, self._stage
        children = np.array(split.children)
        if split.beside:
            self._outlines(np.array(split.beside), SPLIT, 1.0, (1, 3))
        if mutant is None:
            keeps = _KEEPS[len(children)]
            counts = keeps @ np.array(split.passed, np.int64)
            for child, count in zip(children, counts.tolist(), strict=True):
                if count:
                    canvas.global_alpha = 0.12 + 0.4 * count / keeps[0].sum()
                    canvas.fill_style = PASSES
                    canvas.fill_rects(*stage.rects(child).T)
                    canvas.global_alpha = 1.0
            self._hatch(stage.rects(children[counts == 0]))
            self._outlines(children[counts == 0], FAILS, 2.0, (6, 4))
            self._outlines(children[counts > 0], PASSES, 2.0)
            self._outlines(np.array([split.box]), _INK, 5.0)
            self._outlines(np.array([split.box]), SPLIT, 2.5)
            self._write_counts(children, counts)
            return
        self._outlines(np.array([split.box]), SPLIT, 1.0, (1, 3))
        kept = np.array(split.kept(mutant))
        passed = split.passed[mutant]
        self._outlines(kept, _INK, 5.0)
        self._outlines(kept, PASSES if passed else FAILS, 2.5, () if passed else (6, 4))
        if not passed:
            self._hatch(stage.rects(kept))

    def _outlines(
        self, boxes: NDArray[Any], colour: str, width: float, dash: tuple[int, ...] = ()
    ) -> None:
        if not len(boxes):
            return
        rects = self._stage.rects(boxes)
        # the middle of the line lies inside, so that no line is cut off at the canvas's rim
        inset = min(width, 3.0) / 2
        rects += (inset, inset, -2 * inset, -2 * inset)
        rects[:, 2:] = np.maximum(rects[:, 2:], 1.0)
        self.canvas.stroke_style, self.canvas.line_width = colour, width
        self.canvas.set_line_dash(list(dash))
        self.canvas.stroke_rects(*np.ascontiguousarray(rects.T))
        self.canvas.set_line_dash([])

    def _hatch(self, rects: NDArray[np.float64]) -> None:
        lines = hatching(rects, _HATCH)
        if len(lines):
            self.canvas.stroke_style, self.canvas.line_width = FAILS, 1.0
            self.canvas.global_alpha = 0.55
            self.canvas.stroke_line_segments(lines)
            self.canvas.global_alpha = 1.0

    def _write_counts(self, children: NDArray[Any], counts: NDArray[Any]) -> None:
        """Say in every part how many of the mutants that keep it have passed."""
        canvas = self.canvas
        canvas.font, canvas.text_align, canvas.text_baseline = (
            "600 12px system-ui, sans-serif", "center", "middle",
        )  # fmt: skip
        whole = int(_KEEPS[len(children)][0].sum())
        for child, count in zip(children, counts.tolist(), strict=True):
            for left, top, width, height in self._stage.rects(child).tolist():
                if width < 32 or height < 18:
                    continue
                x, y = left + width / 2, top + height / 2
                canvas.fill_style = "rgba(10, 12, 16, 0.72)"
                canvas.fill_rect(x - 15, y - 8, 30, 16)
                canvas.fill_style = "#ffffff"
                canvas.fill_text(f"{count}/{whole}", x, y + 0.5, 28)


@contextmanager
def _saved(canvas: Canvas) -> Iterator[None]:
    canvas.save()
    yield
    canvas.restore()


def passing_parts(passed: NDArray[Any], parts: NDArray[Any]) -> NDArray[np.int64]:
    """How many of the mutants that keep a child have passed.

    Parameters
    ----------
    passed
        ``(N,)``: of each split the passing mutants, bit i for mutant i.
    parts
        ``(N,)``: how many children each split has.

    Returns
    -------
    ndarray
        ``(N, 4)``, each 0 to 7; 0 for children that do not exist.
    """
    counts = np.zeros((len(passed), max(_KEEPS)), np.int64)
    for number, keeps in _KEEPS.items():
        rows = np.flatnonzero(parts == number)
        bits = passed[rows].astype(np.int64)[:, None] >> np.arange(keeps.shape[1]) & 1
        counts[rows, :number] = bits @ keeps.T
    return counts


def hatching(rects: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Diagonal lines inside rectangles.

    Parameters
    ----------
    rects
        ``(N, 4)``: left, top, width, height.
    step
        Distance of the lines along an axis.

    Returns
    -------
    ndarray
        ``(lines, 2, 2)``: the x and y of both ends, all within the rectangles; x + y is a
        multiple of ``step`` on each, so that neighbours fit together.
    """
    lines = []
    for left, top, width, height in np.asarray(rects, np.float64).tolist():
        first = np.ceil((left + top) / step) * step
        sums = np.arange(first, left + top + width + height, step)
        start_x = np.minimum(left + width, sums - top)
        end_x = np.maximum(left, sums - top - height)
        ends = [[start_x, sums - start_x], [end_x, sums - end_x]]
        lines.append(np.array(ends).transpose(2, 0, 1))
    return np.concatenate(lines) if lines else np.zeros((0, 2, 2))
