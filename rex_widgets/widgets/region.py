"""Named regions drawn on a picture, in the browser."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.regions import Region, as_mask, mask_bytes, read_mask, write_mask
from rex_widgets.report import stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.report.words import percent
from rex_widgets.widgets import _layer_arrays as arrays
from rex_widgets.widgets import _region_state as state
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._region_picture import checked_picture
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.live_widget import LiveWidget

__all__ = ["OPS", "TOOLS", "Region", "RegionCanvas"]

TOOLS = ("select", "pan", "brush", "eraser", "box", "ellipse", "lasso", "polygon", "flood")
OPS = ("add", "subtract", "intersect")
MAX_MAPS = 64

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}
_FORMATS = {
    "png": (".png", "image/png"),
    "npz": (".npz", "application/zip"),
    "coco": (".json", "application/json"),
}

RegionCallback = Callable[[Region], object]


class RegionCanvas(StillPicture, LiveWidget):
    """Draw regions on a picture: brush, box, ellipse, lasso, polygon, fills, files.

    Drawing, undo and zoom happen in the browser and never wait for the kernel, which hears of
    each finished edit once: the shapes as vectors in 1/256 pixel and the pixels that changed.
    The kernel's regions come back after a reload of the page.

    All methods may be called from any thread.

    Parameters
    ----------
    picture : uint8 array (H, W, 3) or (H, W)
        What is drawn on, 1 to 4096 pixels a side.
    mask : optional
        What the first region holds at the beginning: anything that `mask` can be set to.
    names : sequence of str
        Names of the regions, at least one; the first is active.
    maps : mapping of str to float array (H, W), optional
        Maps to fill from, as given to `link_map`.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    tool : str
        One of ``TOOLS``.
    op : str
        How a new shape is combined: one of ``OPS``.
    brush_size : float
        Diameter in picture pixels, 1 to 512.
    tolerance : int
        Of the fill by colour, 0 to 255: how far each channel may be from the clicked pixel's.
    opacity : float
        0 to 1, of a region's inside.
    zoom, pan_x, pan_y : float
        1 is the whole picture, at most 32; the pan is in picture pixels from the middle.
    width : int
        Largest width on the screen in CSS pixels, 200 to 2000.
    alt, status, error : str
        Description for screen readers, a line below the picture, an error line.

    Raises
    ------
    InputError
        If picture, mask, names or maps do not fit.
    """

    _esm = bundle_text("region")

    tool = traitlets.Enum(TOOLS, default_value="brush").tag(**_IN_BROWSER)
    op = traitlets.Enum(OPS, default_value="add").tag(**_IN_BROWSER)
    brush_size = traitlets.Float(16.0, min=1.0, max=512.0).tag(**_IN_BROWSER)
    tolerance = traitlets.Int(24, min=0, max=255).tag(**_IN_BROWSER)
    opacity = traitlets.Float(0.4, min=0.0, max=1.0).tag(**_IN_BROWSER)
    zoom = traitlets.Float(1.0, min=1.0, max=32.0).tag(**_IN_BROWSER)
    pan_x = traitlets.Float(0.0).tag(**_IN_BROWSER)
    pan_y = traitlets.Float(0.0).tag(**_IN_BROWSER)
    width = traitlets.Int(640, min=200, max=2000).tag(sync=True)
    alt = traitlets.Unicode("The picture to draw regions on").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        picture: NDArray[np.uint8],
        *,
        mask: Any = None,
        names: Sequence[str] = ("region",),
        maps: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        self._lock = threading.RLock()
        self._picture = checked_picture(picture)
        self._regions: dict[str, Region] = {}
        for name in (names,) if isinstance(names, str) else names:
            region = state.fresh_region(name, self._regions, self._shape)
            self._regions[region.name] = region
        if not self._regions:
            raise InputError("A picture has at least one region; give at least one name.")
        self._active = next(iter(self._regions))
        if mask is not None:
            region = self._regions[self._active]
            self._regions[self._active] = region.with_mask(as_mask(mask, self._shape))
        self._maps: dict[str, NDArray[np.float32]] = {}
        self._epoch = 0
        self._callbacks: Callbacks[[Region]] = Callbacks()
        super().__init__(**traits)
        self.on_msg(self._receive)
        for name, values in (maps or {}).items():
            self.link_map(name, values)

    @classmethod
    def of(cls, sample: Sample, **options: Any) -> RegionCanvas:
        """Return a canvas for what a person sees of a sample; options as for the class."""
        return cls(sample.picture, **{"alt": f"{sample.source}, to draw regions on"} | options)

    @property
    def picture(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), read-only."""
        return self._picture

    @property
    def regions(self) -> dict[str, Region]:
        """Every region by its name, in order; a copy."""
        with self._lock:
            return dict(self._regions)

    @property
    def active(self) -> str:
        """Name of the active region; set it to choose another."""
        return self._active

    @active.setter
    def active(self, name: str) -> None:
        with self._lock:
            self._active = self._known(name).name
            self._push()

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Bool (H, W), read-only: the active region.

        May be set, to a bool array, a file's path, a COCO RLE or whatever else
        `rex_widgets.regions.as_mask` takes; it becomes one shape, which undo takes back.
        A mask of another shape raises `InputError` and changes nothing.
        """
        with self._lock:
            return self._regions[self._active].mask

    @mask.setter
    def mask(self, given: Any) -> None:
        mask = as_mask(given, self._shape)
        with self._lock:
            self._change(self._regions[self._active].with_mask(mask))

    @property
    def soft_mask(self) -> NDArray[np.float32]:
        """float32 (H, W), 0 to 1, read-only: the active region with its feathered border."""
        with self._lock:
            region = self._regions[self._active]
        return region.soft_mask

    @property
    def feather(self) -> int:
        """Width of the active region's soft border to either side, 0 to 1024 pixels."""
        with self._lock:
            return self._regions[self._active].feather

    @feather.setter
    def feather(self, pixels: int) -> None:
        if isinstance(pixels, bool) or not isinstance(pixels, (int, np.integer)):
            raise InputError(f"A feather is a whole number of pixels, not {pixels!r:.40}.")
        if not 0 <= pixels <= state.MAX_FEATHER:
            raise InputError(f"A feather is 0 to {state.MAX_FEATHER} pixels, not {pixels}.")
        with self._lock:
            self._change(replace(self._regions[self._active], feather=int(pixels)), shapes=False)

    @property
    def shapes(self) -> list[dict[str, Any]]:
        """The active region's shapes, oldest first, in 1/256 pixel; a copy."""
        with self._lock:
            return [dict(shape) for shape in self._regions[self._active].shapes]

    def add_region(self, name: str, mask: Any = None) -> None:
        """Add a region, empty or with a mask, and make it active.

        Raises
        ------
        InputError
            If there is one of that name, or the mask does not fit.
        """
        with self._lock:
            region = state.fresh_region(name, self._regions, self._shape)
            if mask is not None:
                region = region.with_mask(as_mask(mask, self._shape))
            self._active = region.name
            self._change(region)

    def remove_region(self, name: str) -> None:
        """Remove a region; the last one stays.

        Raises
        ------
        InputError
            If there is none of that name, or it is the only one.
        """
        with self._lock:
            known = self._known(name)
            if len(self._regions) == 1:
                raise InputError(f"{name!r} is the only region; add another one first.")
            del self._regions[known.name]
            if self._active == known.name:
                self._active = next(iter(self._regions))
            self._push()

    def rename_region(self, name: str, to: str) -> None:
        """Give a region another name.

        Raises
        ------
        InputError
            If there is no region ``name``, or already one called ``to``.
        """
        with self._lock:
            known = self._known(name)
            new = state.checked_name(to)
            if new in self._regions and new != known.name:
                raise InputError(f"There already is a region {new!r}; choose another name.")
            renamed = replace(known, name=new)
            self._regions = {
                renamed.name if n == known.name else n: renamed if n == known.name else r
                for n, r in self._regions.items()
            }
            if self._active == known.name:
                self._active = new
            self._push(new)

    def link_map(self, name: str, values: Any) -> None:
        """Offer a map to fill from ("the top 30 % of it"), or take it away.

        Parameters
        ----------
        name : str
            How it is called in the widget, 1 to 64 characters.
        values : float array (H, W), None, or an object with such an array as ``.map``
            Finite values in the picture's shape. None takes the map away.

        Raises
        ------
        InputError
            If name, type, shape or values do not fit; the maps linked before stay.
        """
        key = state.checked_name(name)
        given = getattr(values, "map", values)
        checked = None if given is None else arrays.checked_map(given, self._shape)
        with self._lock:
            if checked is None:
                self._maps.pop(key, None)
            elif key not in self._maps and len(self._maps) >= MAX_MAPS:
                raise InputError(f"At most {MAX_MAPS} maps can be linked; take one away first.")
            else:
                self._maps[key] = checked
            self._send_map(key)

    def save(self, path: str | Path) -> Path:
        """Write the active region's mask to a file and return its path.

        Parameters
        ----------
        path
            Its ending says the format: ``.png``, ``.npz``, or ``.json`` for COCO RLE.
        """
        return write_mask(path, self.mask)

    def load(self, path: str | Path) -> None:
        """Take the active region from a file (PNG, NPZ, NPY, COCO RLE), as an undoable step.

        Raises
        ------
        InputError
            If the file cannot be read or its mask has another shape; nothing changes then.
        """
        self.mask = read_mask(path, self._shape)

    def clear(self) -> None:
        """Empty the active region, as an undoable step."""
        self.mask = np.zeros(self._shape, dtype=np.bool_)

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show another picture; one of another size drops maps and what was drawn.

        Raises
        ------
        InputError
            If the picture does not fit; the old one stays.
        """
        checked = checked_picture(picture)
        with self._lock:
            if checked.shape != self._picture.shape:
                self._maps.clear()
                empty = np.zeros(checked.shape[:2], dtype=np.bool_)
                self._regions = {n: r.with_mask(empty) for n, r in self._regions.items()}
            self._picture = checked
            self._epoch += 1
            self._send_all()

    def on_region(self, callback: RegionCallback, remove: bool = False) -> None:
        """Call back after each finished edit in the browser, undo and redo included.

        Parameters
        ----------
        callback : callable
            Gets a `Region` for each one that has changed, or the one that became active. It may
            be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the widget out of every page, and forget the callbacks."""
        self._callbacks = Callbacks()
        super().close()

    @property
    def _shape(self) -> tuple[int, int]:
        height, width = self._picture.shape[:2]
        return height, width

    def _known(self, name: Any) -> Region:
        if not isinstance(name, str) or name not in self._regions:
            raise InputError(
                f"There is no region {name!r}; there are {', '.join(map(repr, self._regions))}."
            )
        return self._regions[name]

    def _change(self, region: Region, shapes: bool = True) -> None:
        self._regions[region.name] = region
        self._push(*([region.name] if shapes else []))

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        shares = (f"{name} {percent(region.mask.mean())}" for name, region in self.regions.items())
        return f"<RegionCanvas: {', '.join(shares)}>"

    def still_png(self) -> bytes:
        """Return what is shown as a PNG, for where no widget is alive."""
        picture = self._picture
        for region in self.regions.values():
            red, green, blue = bytes.fromhex(region.colour[1:])
            picture = stills.tinted(picture, region.mask, (red, green, blue))
        return stills.sheet_png([("", picture)])

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            with self._lock:
                self._send_all()
            return
        answers = {"edit": self._edit, "load": self._load, "save": self._save}
        if not isinstance(kind, str) or kind not in answers:
            return
        try:
            answers[kind](content, buffers or [])
        except InputError as problem:
            self.error = str(problem)
            self.send({"type": "answered"})
        else:
            self.error = ""

    def _edit(self, content: dict[str, Any], buffers: Any) -> None:
        with self._lock:
            if content.get("epoch") != self._epoch:
                # Drawn before the browser knew of a change made here: what is here counts.
                self._push(*self._regions)
                return
            before, was_active = self._regions, self._active
            try:
                self._regions, self._active = state.edited(content, buffers, before, self._shape)
            except InputError:
                self._push(*self._regions)
                raise
            changed = [r for n, r in self._regions.items() if before.get(n) is not r]
            if not changed and (self._active != was_active or len(before) != len(self._regions)):
                changed = [self._regions[self._active]]
        for region in changed:
            self._callbacks(region)

    def _load(self, content: dict[str, Any], buffers: Any) -> None:
        mask = read_mask(bytes(buffers[0]) if buffers else b"", self._shape)
        with self._lock:
            region = self._known(content.get("region")).with_mask(mask)
            self._change(region)
        self.send({"type": "answered"})
        self._callbacks(region)

    def _save(self, content: dict[str, Any], _buffers: Any) -> None:
        wanted = str(content.get("format"))
        if wanted not in _FORMATS:
            raise InputError(f"A mask is saved as {', '.join(_FORMATS)}, not {wanted!r:.40}.")
        with self._lock:
            region = self._known(content.get("region"))
        ending, mime = _FORMATS[wanted]
        stem = re.sub(r"[^\w-]+", "-", region.name).strip("-") or "region"
        data = mask_bytes(region.mask, wanted)
        self.send({"type": "file", "name": stem + ending, "mime": mime}, [data])

    def _send_all(self) -> None:
        height, width = self._shape
        message = {"type": "picture", "height": height, "width": width}
        self.send(message, [self._picture.tobytes()])
        for name in self._maps:
            self._send_map(name)
        self._send_regions(self._regions, undoable=False)

    def _send_map(self, name: str) -> None:
        values = self._maps.get(name)
        self.send({"type": "map", "name": name}, [] if values is None else [values.tobytes()])

    def _push(self, *changed: str) -> None:
        """Tell the browser of a change made here; the shapes only of these regions."""
        self._epoch += 1
        self._send_regions(changed, undoable=True)

    def _send_regions(self, with_shapes: Any, *, undoable: bool) -> None:
        entries: list[dict[str, Any]] = []
        for name, region in self._regions.items():
            entry = {"name": name, "feather": region.feather, "colour": region.colour}
            if name in with_shapes:
                entry["shapes"] = list(region.shapes)
            entries.append(entry)
        document = {"regions": entries, "active": self._active}
        message = {"type": "regions", "epoch": self._epoch, "undoable": undoable}
        self.send(message | {"document": document})

    @traitlets.validate("pan_x", "pan_y")
    def _finite(self, proposal: Any) -> float:
        # JSON from a browser may hold NaN, which would blank the picture.
        value = float(proposal["value"])
        return value if math.isfinite(value) else 0.0
