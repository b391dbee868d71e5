"""A volume in three linked slices, with a map, an explanation and a 3D brush, in the browser."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs.sample import Sample
from rex_widgets.report.bundle import bundle_text
from rex_widgets.results import Explanation
from rex_widgets.widgets import _volume_arrays as arrays
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._page_traits import page_traits
from rex_widgets.widgets._still import StillPicture, slices_png
from rex_widgets.widgets._volume_messages import Message, VolumeLayers
from rex_widgets.widgets._volume_orientation import Orientation, orientation_of
from rex_widgets.widgets.live_widget import LiveWidget

COLORMAPS = ("magma", "viridis", "inferno", "gray", "cividis")
CONVENTIONS = ("radiological", "neurological")
PLANES = ("axial", "coronal", "sagittal")
TOOLS = ("crosshair", "window", "brush", "eraser")
BRUSHES = ("ball", "slice")

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}

StrokeCallback = Callable[[NDArray[np.bool_]], object]


class VolumeView(StillPicture, LiveWidget):
    """Show a volume in axial, coronal and sagittal slices that share one crosshair.

    Scrolling, window and level, thresholding, playing, projecting and painting happen in the
    browser, so they answer at once whatever the kernel does. The kernel hears of finished
    strokes only. All methods may be called from any thread.

    Sides are taken from the affine (or from axes named "right", "anterior", …) and lettered
    L R A P S I; where nothing is known of the orientation, no side is lettered and the planes
    are named by their axes. For oblique affines the letters name the nearest direction, and the
    view says by how much the scan is tilted. "radiological" shows the patient's left on the
    right of the screen, "neurological" on the left; sagittal slices always look to the left of
    the screen.

    Parameters
    ----------
    volume : array (D1, D2, D3) or (channels, D1, D2, D3)
        Finite numbers, 1 to 512 voxels a side, at most 67 million a channel, at most 8 channels.
    axes : Axes, optional
        What the three axes mean: affine, or names and spacing. Unknown by default.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    crosshair : list of 3 ints
        Voxel that all three slices go through, in the volume's own axes.
    window, level : float
        Width and middle of the range of values that is drawn from black to white.
    convention : str
        ``"radiological"`` or ``"neurological"``.
    channel : int
        Which channel is shown, from 0.
    threshold : float
        0 to 1, share of the map's maximum below which the map is transparent.
    opacity : float
        0 to 1, of the map.
    colormap : str
        One of ``COLORMAPS``.
    show_map, show_mask, show_crosshair : bool
        Which layers are seen.
    projection : bool
        Show the largest value along each line of sight, of the volume and of the map, in the
        place of slices.
    tool : str
        ``"crosshair"``, ``"window"``, ``"brush"`` or ``"eraser"``.
    brush_size : float
        Diameter in millimetres (in voxels where their size is unknown), 0.1 to 500.
    brush_shape : str
        ``"ball"`` through all slices or ``"slice"`` for the slice that is painted on alone.
    plane : str
        The plane that playing and the keyboard's scrolling go through, one of ``PLANES``. Where
        the orientation is unknown, "axial" is the slice across the third axis, "coronal" across
        the second, "sagittal" across the first.
    playing : bool
        Play through the slices of ``plane``.
    speed : float
        Slices a second while playing, 1 to 60.
    zoom : float
        1 is the whole volume, at most 16.
    centre : list of 3 floats
        Voxel position in the middle of the panels when zoomed; empty for the volume's middle.
    width : int
        Largest width on the screen in CSS pixels, 240 to 2000.
    paintable : bool
        Whether the brush and its buttons are offered.
    alt, status, error : str
        Description for screen readers, a line below the slices, an error line.

    Raises
    ------
    InputError
        If the volume or the axes cannot be shown.
    """

    _esm = bundle_text("volume-view")

    crosshair = traitlets.List(traitlets.Int()).tag(**_IN_BROWSER)
    window = traitlets.Float(0.0).tag(**_IN_BROWSER)
    level = traitlets.Float(0.0).tag(**_IN_BROWSER)
    convention = traitlets.Enum(CONVENTIONS, default_value="radiological").tag(**_IN_BROWSER)
    channel = traitlets.Int(0, min=0, max=arrays.MAX_CHANNELS - 1).tag(**_IN_BROWSER)
    threshold = traitlets.Float(0.0, min=0.0, max=1.0).tag(**_IN_BROWSER)
    opacity = traitlets.Float(0.6, min=0.0, max=1.0).tag(**_IN_BROWSER)
    colormap = traitlets.Enum(COLORMAPS, default_value="magma").tag(**_IN_BROWSER)
    show_map = traitlets.Bool(True).tag(**_IN_BROWSER)
    show_mask = traitlets.Bool(True).tag(**_IN_BROWSER)
    show_crosshair = traitlets.Bool(True).tag(**_IN_BROWSER)
    projection = traitlets.Bool(False).tag(**_IN_BROWSER)
    tool = traitlets.Enum(TOOLS, default_value="crosshair").tag(**_IN_BROWSER)
    brush_size = traitlets.Float(10.0, min=0.1, max=500.0).tag(**_IN_BROWSER)
    brush_shape = traitlets.Enum(BRUSHES, default_value="ball").tag(**_IN_BROWSER)
    plane = traitlets.Enum(PLANES, default_value="axial").tag(**_IN_BROWSER)
    playing = traitlets.Bool(False).tag(**_IN_BROWSER)
    speed = traitlets.Float(12.0, min=1.0, max=60.0).tag(**_IN_BROWSER)
    zoom = traitlets.Float(1.0, min=1.0, max=16.0).tag(**_IN_BROWSER)
    centre = traitlets.List(traitlets.Float()).tag(**_IN_BROWSER)
    width = traitlets.Int(640, min=240, max=2000).tag(sync=True)
    paintable = traitlets.Bool(True).tag(sync=True)
    alt = traitlets.Unicode("The volume to explain").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(self, volume: Any, *, axes: Axes | None = None, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._layers = VolumeLayers(arrays.checked_volume(volume), orientation_of(axes))
        self._region = np.zeros(self.shape, np.bool_)
        self._base: NDArray[np.bool_] | None = None
        self._strokes: list[dict[str, Any]] = []
        self._callbacks: Callbacks[[NDArray[np.bool_]]] = Callbacks()
        super().__init__(**(self._starting_traits() | traits))
        self.on_msg(self._receive)

    @classmethod
    def of(cls, source: Sample | Explanation, **traits: Any) -> VolumeView:
        """Show a sample, or an explanation with its map, its mask and the crosshair at the top.

        Raises
        ------
        InputError
            If it is no volume.
        """
        if not isinstance(source, (Sample, Explanation)):
            raise InputError(
                f"VolumeView.of takes a Sample or an Explanation, not {type(source).__name__}. "
                "For an array write VolumeView(array)."
            )
        values = source.values
        if values is None and isinstance(source, Sample):
            values = source.data
        if source.kind != "volume" or values is None:
            raise InputError(
                f"VolumeView shows volumes; this is one of kind {source.kind!r}"
                + (" without its values." if source.kind == "volume" else ".")
            )
        view = cls(values, axes=source.axes, **traits)
        if isinstance(source, Explanation):
            view.set_map(source.map)
            view.set_mask(source.mask)
            if "crosshair" not in traits and source.map.max() > 0:
                view.jump_to_maximum()
        return view

    @property
    def volume(self) -> NDArray[Any]:
        """(channels, D1, D2, D3), read-only."""
        return self._layers.volume

    @property
    def shape(self) -> arrays.Shape:
        """(D1, D2, D3)."""
        return self._layers.shape

    @property
    def orientation(self) -> Orientation:
        """Where the voxel axes point in the body, and how long the voxels are."""
        return self._layers.orientation

    @property
    def region(self) -> NDArray[np.bool_]:
        """Bool (D1, D2, D3): what is painted now; a copy. Set it to start from a region."""
        with self._lock:
            return self._region.copy()

    @region.setter
    def region(self, region: NDArray[np.bool_] | None) -> None:
        if region is None:
            self.clear_strokes()
            return
        checked = arrays.checked_mask(region, self.shape, "region")
        with self._lock:
            self._base = checked
            self._region = checked.copy()
            self._strokes = []
            self._tell(self._layers.strokes(self._strokes, self._base))

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The same as `region`, so that the view itself can be given as a region."""
        return self.region

    @mask.setter
    def mask(self, region: NDArray[np.bool_] | None) -> None:
        self.region = region

    @property
    def painted(self) -> NDArray[np.bool_]:
        """Bool (D1, D2, D3), a copy: every voxel that is painted now."""
        return self.region

    @property
    def strokes(self) -> list[dict[str, Any]]:
        """The finished strokes as vectors, oldest first.

        Each is ``{"tool": "brush" or "eraser", "shape": "ball" or "slice", "axis": the axis
        across a slice, "size": diameter as in `brush_size`, "points": [[i, j, k], …]}`` with
        voxel positions (a whole number is the middle of a voxel), or ``{"tool": "clear"}``.
        """
        with self._lock:
            return [dict(stroke) for stroke in self._strokes]

    def set_volume(self, volume: Any, *, axes: Axes | None = None) -> None:
        """Show another volume; one of another shape drops map, mask and what is painted.

        Raises
        ------
        InputError
            If the volume or the axes cannot be shown; the old ones stay.
        """
        checked, orientation = arrays.checked_volume(volume), orientation_of(axes)
        with self._lock:
            same = checked.shape[1:] == self.shape
            before = self._layers
            self._layers = VolumeLayers(checked, orientation)
            if same:
                self._layers.keep(before)
            else:
                self._region = np.zeros(self.shape, np.bool_)
                self._base, self._strokes = None, []
            start = self._starting_traits()
            if same:
                del start["crosshair"], start["brush_size"]
            self.set_trait("channel", 0)
            for name, value in start.items():
                self.set_trait(name, value)
            self._tell(self._layers.message())
            if same and self._region.any():
                # Strokes are in millimetres: with other voxel sizes they would cover other voxels.
                self._base, self._strokes = self._region.copy(), []
                self._tell(self._layers.strokes(self._strokes, self._base))

    def set_map(self, values: NDArray[np.floating[Any]] | None) -> None:
        """Show another map, or none.

        Parameters
        ----------
        values : float array (D1, D2, D3) or None
            Finite values in the volume's shape; zero and below are drawn transparent.

        Raises
        ------
        InputError
            If type, shape or values do not fit; the map shown before stays.
        """
        checked = None if values is None else arrays.checked_map(values, self.shape)
        with self._lock:
            self._tell(self._layers.set_map(checked))

    def set_mask(self, mask: NDArray[np.bool_] | None) -> None:
        """Outline another explanation, or none.

        Parameters
        ----------
        mask : bool array (D1, D2, D3) or None
            True where a voxel belongs to the explanation.

        Raises
        ------
        InputError
            If type or shape do not fit; the mask shown before stays.
        """
        checked = None if mask is None else arrays.checked_mask(mask, self.shape)
        with self._lock:
            self._tell(self._layers.set_mask(checked))

    def jump_to_maximum(self) -> None:
        """Move the crosshair to the map's highest voxel; the first of several. None: no move."""
        with self._lock:
            place = self._layers.top
        if place is not None:
            self.crosshair = list(place)

    def clear_strokes(self) -> None:
        """Forget everything painted, here and in the browser. Does not call back."""
        with self._lock:
            self._base, self._strokes = None, []
            self._region = np.zeros(self.shape, np.bool_)
            self._tell(self._layers.strokes(self._strokes, None))

    def on_stroke(self, callback: StrokeCallback, remove: bool = False) -> None:
        """Call back after each finished stroke, undo, redo or clear.

        Parameters
        ----------
        callback : callable
            Gets a bool array (D1, D2, D3): every voxel painted so far. It may be called on any
            thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def to_html(self, path: str | os.PathLike[str], *, title: str = "Volume") -> Path:
        """Write the view as a self-contained interactive page that needs no kernel.

        Raises
        ------
        InputError
            If the page would be larger than 15 MB, or the file cannot be written.
        """
        from rex_widgets.report.widget_page import write_widget_page

        with self._lock:
            messages = self._all_messages()
            traits = page_traits(self, playing=False)
        return write_widget_page(
            path,
            title=title,
            esm="volume-view",
            traits=traits,
            messages=messages,
        )

    def _starting_traits(self) -> dict[str, Any]:
        first = self._layers.packed[0]
        spacing = self.orientation.spacing
        return {
            "crosshair": [side // 2 for side in self.shape],
            "window": (first.p99 - first.p1) or 1.0,
            "level": (first.p1 + first.p99) / 2,
            "brush_size": min(500.0, max(0.1, round(6 * max(spacing), 1))),
            "zoom": 1.0,
            "centre": [],
        }

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        size = " × ".join(map(str, self.shape))
        return f"<VolumeView: {size} voxels, slices through {tuple(self.crosshair)}>"

    def still_png(self) -> bytes:
        """Return what is shown as a PNG, for where no widget is alive."""
        with self._lock:
            layers, place = self._layers, tuple(self.crosshair)
            volume = layers.volume[self.channel]
        return slices_png(
            volume, layers.orientation, place, layers.map, layers.mask, self.convention
        )

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            with self._lock:
                for message in self._all_messages():
                    self._tell(message)
        elif kind == "stroke":
            try:
                region = arrays.unpacked_region(content, buffers, self.shape)
                strokes = arrays.checked_strokes(content.get("strokes"))
            except InputError as problem:
                self.error = str(problem)
                return
            with self._lock:
                self._region = region
                self._strokes = strokes
            self.error = ""
            self._callbacks(region.copy())

    def _all_messages(self) -> list[Message]:
        messages = self._layers.messages()
        if self._strokes or self._base is not None:
            messages.append(self._layers.strokes(self._strokes, self._base))
        return messages

    def _tell(self, message: Message) -> None:
        self.send(message[0], message[1])

    @traitlets.validate("crosshair")
    def _inside(self, proposal: Any) -> list[int]:
        return arrays.clamped_place(proposal["value"], self.shape)

    @traitlets.validate("centre")
    def _near(self, proposal: Any) -> list[float]:
        value = proposal["value"]
        good = len(value) == 3 and all(math.isfinite(v) for v in value)
        return [float(v) for v in value] if good else []

    @traitlets.validate("channel")
    def _existing(self, proposal: Any) -> int:
        return min(int(proposal["value"]), len(self.volume) - 1)

    @traitlets.validate("window", "level")
    def _finite(self, proposal: Any) -> float:
        # JSON from a browser may hold NaN, which would turn every slice black.
        value, name = float(proposal["value"]), proposal["trait"].name
        good = math.isfinite(value) and (name == "level" or value > 0)
        return value if good else float(getattr(self, name))
