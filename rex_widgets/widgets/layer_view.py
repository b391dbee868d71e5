"""A picture with a colour-mapped map, an explanation mask and a brush, drawn in the browser."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets import _layer_arrays as arrays
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets.live_widget import LiveWidget

COLORMAPS = ("magma", "viridis", "inferno", "gray", "cividis")
TOOLS = ("inspect", "brush", "eraser")

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}

StrokeCallback = Callable[[NDArray[np.bool_]], object]


class LayerView(LiveWidget):
    """Show a picture, a map over it and the explanation, and let a person paint.

    Thresholding, colouring, zooming, reading values and painting happen in the browser, so they
    answer at once whatever the kernel does. The kernel hears of finished strokes only.

    Arrays travel as messages of their own and never become part of a notebook's saved state.
    All methods may be called from any thread.

    Parameters
    ----------
    picture : uint8 array (H, W, 3)
        What the person sees, 1 to 4096 pixels a side.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    threshold : float
        0 to 1, share of the map's maximum below which the map is transparent.
    opacity : float
        0 to 1, of the map.
    colormap : str
        One of ``COLORMAPS``.
    show_picture, show_map, show_mask : bool
        Which layers are seen.
    tool : str
        ``"inspect"``, ``"brush"`` or ``"eraser"``.
    brush_size : float
        Diameter in picture pixels, 1 to 200.
    zoom, pan_x, pan_y : float
        1 is the whole picture, at most 32; the pan is in picture pixels from the middle.
    width : int
        Largest width on the screen in CSS pixels, 100 to 2000.
    paintable : bool
        Whether the brush and its buttons are offered.
    adjustable : bool
        Whether the controls of how the layers look are shown below the picture.
    alt, status, error : str
        Description for screen readers, a line below the picture, an error line.

    Raises
    ------
    InputError
        If the picture has another type or shape.
    """

    _esm = bundle_text("layer-view")

    threshold = traitlets.Float(0.0, min=0.0, max=1.0).tag(**_IN_BROWSER)
    opacity = traitlets.Float(0.6, min=0.0, max=1.0).tag(**_IN_BROWSER)
    colormap = traitlets.Enum(COLORMAPS, default_value="magma").tag(**_IN_BROWSER)
    show_picture = traitlets.Bool(True).tag(**_IN_BROWSER)
    show_map = traitlets.Bool(True).tag(**_IN_BROWSER)
    show_mask = traitlets.Bool(True).tag(**_IN_BROWSER)
    tool = traitlets.Enum(TOOLS, default_value="inspect").tag(**_IN_BROWSER)
    brush_size = traitlets.Float(16.0, min=1.0, max=200.0).tag(**_IN_BROWSER)
    zoom = traitlets.Float(1.0, min=1.0, max=32.0).tag(**_IN_BROWSER)
    pan_x = traitlets.Float(0.0).tag(**_IN_BROWSER)
    pan_y = traitlets.Float(0.0).tag(**_IN_BROWSER)
    width = traitlets.Int(448, min=100, max=2000).tag(sync=True)
    paintable = traitlets.Bool(True).tag(sync=True)
    adjustable = traitlets.Bool(False).tag(sync=True)
    alt = traitlets.Unicode("The picture to explain").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(self, picture: NDArray[np.uint8], **traits: Any) -> None:
        self._lock = threading.RLock()
        self._picture = arrays.checked_picture(picture)
        self._map: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._painted: NDArray[np.bool_] = np.zeros(self._picture.shape[:2], dtype=np.bool_)
        self._strokes: list[dict[str, Any]] = []
        self._callbacks: Callbacks[[NDArray[np.bool_]]] = Callbacks()
        super().__init__(**traits)
        self.on_msg(self._receive)

    @property
    def picture(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), read-only."""
        return self._picture

    @property
    def painted(self) -> NDArray[np.bool_]:
        """Bool (H, W), a copy: every pixel that is painted now."""
        with self._lock:
            return self._painted.copy()

    @property
    def strokes(self) -> list[dict[str, Any]]:
        """The finished strokes as vectors, oldest first.

        Each is ``{"tool": "brush" or "eraser", "size": diameter, "points": [[x, y], ...]}`` in
        picture pixels, or ``{"tool": "clear"}``.
        """
        with self._lock:
            return [dict(stroke) for stroke in self._strokes]

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show another picture; a picture of another size drops map, mask and strokes.

        Raises
        ------
        InputError
            If the picture is not uint8 (H, W, 3); the old one stays.
        """
        checked = arrays.checked_picture(picture)
        with self._lock:
            if checked.shape != self._picture.shape:
                self._map = self._mask = None
                self._painted = np.zeros(checked.shape[:2], dtype=np.bool_)
                self._strokes = []
            self._picture = checked
            self._send_picture()

    def set_map(self, values: NDArray[np.floating[Any]] | None) -> None:
        """Show another map, or none.

        Parameters
        ----------
        values : float array (H, W) or None
            Finite values in the picture's shape; zero and below are drawn transparent.

        Raises
        ------
        InputError
            If type, shape or values do not fit; the map shown before stays.
        """
        checked = None if values is None else arrays.checked_map(values, self._picture.shape[:2])
        with self._lock:
            self._map = checked
            self._send_map()

    def set_mask(self, mask: NDArray[np.bool_] | None) -> None:
        """Show another explanation mask, or none.

        Parameters
        ----------
        mask : bool array (H, W) or None
            True where the picture belongs to the explanation.

        Raises
        ------
        InputError
            If type or shape do not fit; the mask shown before stays.
        """
        checked = None if mask is None else arrays.checked_mask(mask, self._picture.shape[:2])
        with self._lock:
            self._mask = checked
            self._send_mask()

    def clear_strokes(self) -> None:
        """Forget everything painted, here and in the browser. Does not call back."""
        with self._lock:
            self._painted = np.zeros(self._picture.shape[:2], dtype=np.bool_)
            self._strokes = []
            self._send_strokes()

    def on_stroke(self, callback: StrokeCallback, remove: bool = False) -> None:
        """Call back after each finished stroke, undo, redo or clear.

        Parameters
        ----------
        callback : callable
            Gets a bool array (H, W): every pixel painted so far. It may be called on any
            thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            with self._lock:
                self._send_picture()
                if self._map is not None:
                    self._send_map()
                if self._mask is not None:
                    self._send_mask()
                if self._strokes:
                    self._send_strokes()
        elif kind == "stroke":
            try:
                painted = arrays.unpacked_mask(content, buffers, self._picture.shape[:2])
                strokes = arrays.checked_strokes(content.get("strokes"))
            except InputError as problem:
                self.error = str(problem)
                return
            with self._lock:
                self._painted = painted
                self._strokes = strokes
            self.error = ""
            self._callbacks(painted.copy())

    def _send_picture(self) -> None:
        height, width = self._picture.shape[:2]
        message = {"type": "picture", "height": height, "width": width}
        self.send(message, [self._picture.tobytes()])

    def _send_map(self) -> None:
        self.send({"type": "map"}, [] if self._map is None else [self._map.tobytes()])

    def _send_mask(self) -> None:
        packed = [] if self._mask is None else [np.packbits(self._mask).tobytes()]
        self.send({"type": "mask"}, packed)

    def _send_strokes(self) -> None:
        self.send({"type": "strokes", "strokes": self._strokes})

    @traitlets.validate("pan_x", "pan_y")
    def _finite(self, proposal: Any) -> float:
        # JSON from a browser may hold NaN, which would blank the picture.
        value = float(proposal["value"])
        return value if math.isfinite(value) else 0.0
