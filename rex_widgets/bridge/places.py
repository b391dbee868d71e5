"""Where a picture may change: drawn or found, checked, and exchanged for a control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from rex_widgets.bridge.reading import original_size
from rex_widgets.errors import InputError, ModelError
from rex_widgets.model_calls import halved, note_of_memory
from rex_widgets.regions.asked import region_read

if TYPE_CHECKING:
    from rex_widgets.bridge.areas import AreaFound
    from rex_widgets.bridge.models import RcsbModel
    from rex_widgets.bridge.network import BridgeNetwork
    from rex_widgets.bridge.settings import RcsbSettings
    from rex_widgets.input_settings import InputSettings

Mask = NDArray[np.bool_]

_MOST_BYTES = 2**28


@dataclass(frozen=True, eq=False)
class Place:
    """The region of a run.

    Parameters
    ----------
    region
        Bool ``(H, W)``, True where the picture may change.
    source
        Where it came from, in words.
    map
        What it was found by, float32 ``(H, W)``, or ``None``.
    evaluations
        Pictures that the classifier was asked about for it.
    notes
        What a person should know.
    """

    region: Mask
    source: str
    map: NDArray[np.float32] | None = None
    evaluations: int = 0
    notes: tuple[str, ...] = ()


def drawn_region(
    region: Any,
    size: tuple[int, int],
    image: Any,
    network: BridgeNetwork,
    for_input: InputSettings,
) -> tuple[Mask, tuple[str, ...]]:
    """Read a region that a person gave, of the network's size or of the picture's own.

    Returns
    -------
    region, notes
        Bool ``(H, W)``, read-only, and what was done to it.

    Raises
    ------
    InputError
        It is no mask, has another shape, is empty, or is the whole picture.
    """
    notes: tuple[str, ...] = ()
    try:
        mask = region_read(region, size)
    except InputError:
        was = _own_size(image, network, for_input)
        if was is None or was == size:
            raise
        try:
            mask = region_read(region, was)
        except InputError as error:
            raise InputError(
                f"{error} The picture's own size, {was[0]} × {was[1]}, or the network's, "
                f"{size[0]} × {size[1]}, will do."
            ) from None
        mask = _resized(mask.astype(np.float32), size) >= 0.5
        notes = (f"region: resized with the picture from {was[0]} × {was[1]}",)
    return checked_region(mask), notes


def checked_region(mask: Mask) -> Mask:
    """Return a region that cannot be written to any more.

    Raises
    ------
    InputError
        It is empty, or the whole picture.
    """
    if not mask.any():
        raise InputError(
            f"The region is empty: none of its {mask.size} pixels is set, so that nothing may "
            "change. Draw a region, or leave region out to have one found."
        )
    if mask.all():
        raise InputError(
            "The region is the whole picture, so that nothing of it would be kept. Leave at least "
            "a part outside, or leave region out to have one found (area says how large)."
        )
    found = np.array(mask, np.bool_)
    found.flags.writeable = False
    return found


def find_place(
    data: NDArray[np.float32], model: RcsbModel, source: int, settings: RcsbSettings, seed: int
) -> Place:
    """Return the region that settings ask for, controls included.

    Parameters
    ----------
    data
        The picture, ``(C, H, W)`` in [0, 1].
    model
        Asked by attributions.
    source
        The class that the picture has: attributions are of it.
    settings
        ``region``, ``area_from`` and so on, and ``control``.
    seed
        Of all that is random.

    Raises
    ------
    InputError, ModelError, SettingsError
        No such region can be found.
    """
    size = (int(data.shape[1]), int(data.shape[2]))
    if settings.region is not None:
        place = Place(checked_region(region_read(settings.region, size)), "drawn")
    else:
        place = _found(data, model, source, settings, seed)
    if settings.control == "none":
        return place
    from rex_widgets.bridge.areas.controls import inverse, random_like

    if settings.control == "inverse":
        mask, words = inverse(place.region), f"the inverse of: {place.source}"
    else:
        cells = None if settings.source in ("drawn", "free_form") else settings.cells(size)
        mask = random_like(place.region, seed, cell_size=cells)
        words = f"random, of the same area as: {place.source}"
    return Place(checked_region(mask), words, place.map, place.evaluations, place.notes)


def map_read(path: Path) -> NDArray[np.float32]:
    """Read a map of importance from a .npy file.

    Raises
    ------
    InputError
        There is no such file, it is too large, or no array ``(H, W)`` of finite numbers.
    """
    path = path.expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no file {str(path)!r}; expected a map: an array (H, W), an explanation with "
            "a map, or the path of a .npy file."
        )
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path.name} is larger than {_MOST_BYTES >> 20} MB.")
    try:
        found = np.asarray(np.load(path, allow_pickle=False), np.float32)
    except (ValueError, OSError, EOFError, TypeError) as error:
        raise InputError(
            f"{path.name} is no .npy file of numbers ({type(error).__name__})."
        ) from None
    if found.ndim != 2 or not found.size or not np.isfinite(found).all():
        raise InputError(
            f"The map in {path.name} has the shape {found.shape}; expected finite numbers (H, W)."
        )
    found.flags.writeable = False
    return found


def _found(
    data: NDArray[np.float32], model: RcsbModel, source: int, settings: RcsbSettings, seed: int
) -> Place:
    size = (int(data.shape[1]), int(data.shape[2]))
    cells = settings.cells(size)
    if settings.source == "free_form":
        from rex_widgets.bridge.areas.strokes import free_form

        return Place(checked_region(free_form(size, settings.area, seed)), "free-form strokes")
    if settings.source == "map":
        return _of_map(settings, size, cells)
    if settings.source == "text":
        from rex_widgets.bridge.areas.text import region_of_text

        area = region_of_text(
            data,
            settings.prompt or "",
            area=settings.area,
            use_binary_masks=settings.use_binary_masks,
            detector=settings.detector,
            segmenter=settings.segmenter,
        )
        return _of_area(area, f"the text {settings.prompt!r}")
    return _attributed(data, model, source, settings, seed, cells)


def _of_map(settings: RcsbSettings, size: tuple[int, int], cells: int) -> Place:
    from rex_widgets.bridge.areas import region_of_map

    values = map_read(Path(settings.map)) if isinstance(settings.map, str) else settings.map
    notes: tuple[str, ...] = ()
    if values.shape != size:
        was = f"{values.shape[0]} × {values.shape[1]}"
        notes = (f"map: resized from {was} to {size[0]} × {size[1]}",)
        values = _resized(values, size)
    area = region_of_map(
        values, cell_size=cells, area=settings.area, half_stride=settings.half_stride
    )
    place = _of_area(area, "a given map")
    return Place(place.region, place.source, place.map, 0, (*notes, *place.notes))


def _attributed(
    data: NDArray[np.float32],
    model: RcsbModel,
    source: int,
    settings: RcsbSettings,
    seed: int,
    cells: int,
) -> Place:
    from rex_widgets.bridge.areas import NEEDS_NO_GRADIENT, region_by_attribution

    attribution, why, asked = _chosen_attribution(data, model, source, settings)
    if attribution not in NEEDS_NO_GRADIENT and not model.judge.through_torch:
        able = ", ".join(NEEDS_NO_GRADIENT)
        raise ModelError(
            f"The region was to be found by {attribution}, which needs a gradient, and "
            f"the classifier {model.name!r} runs as {model.runtime}, which gives answers only. "
            f"Draw a region, or give another attribution: {able}."
        )
    layer = settings.layer
    if layer is not None and not layer.startswith("module."):
        layer = f"module.{layer}"
    find = partial(
        region_by_attribution,
        torch.tensor(data),
        model.judge.module,
        source,
        attribution=attribution,
        cell_size=cells,
        area=settings.area,
        sign=settings.sign,
        half_stride=settings.half_stride,
        outlier=settings.outlier,
        smoothing=settings.smoothing,
        noise=settings.noise,
        noise_samples=settings.noise_samples,
        layer=layer,
        seed=seed,
    )
    area, said = _within_memory(find, settings.batch_size)
    words = f"{attribution.replace('_', ' ')} of {model.label(source)!r}"
    place = _of_area(area, "random cells" if attribution == "random" else words)
    notes = (*place.notes, *said)
    if why:
        note = f"attribution: {attribution}, which needs answers only, as no gradient comes ({why})"
        notes = (*notes, note)
    return replace(place, evaluations=place.evaluations + asked, notes=notes)


def _within_memory(
    find: Callable[..., AreaFound], batch_size: int
) -> tuple[AreaFound, tuple[str, ...]]:
    """Find a region, with smaller batches where memory runs out."""
    notes: tuple[str, ...] = ()
    size = batch_size
    while True:
        try:
            return find(batch_size=size), notes
        except MemoryError as error:
            taken, size = size, halved(size, None, error)
        notes = (note_of_memory(taken, size, "picture"),)


def _chosen_attribution(
    data: NDArray[np.float32], model: RcsbModel, source: int, settings: RcsbSettings
) -> tuple[str, str, int]:
    """Return an attribution that works, why it is not the usual one, and pictures asked about."""
    from rex_widgets.bridge.areas.registry import BY_ANSWERS, BY_DEFAULT

    if settings.attribution is not None:
        return settings.attribution, "", 0
    # guidance by gradient does not begin where none comes
    if settings.guidance == "gradient":
        return BY_DEFAULT, "", 0
    why = model.judge.why_flat(torch.tensor(data[None]), source)
    return BY_ANSWERS if why else BY_DEFAULT, why, int(model.judge.through_torch)


def _of_area(area: AreaFound, words: str) -> Place:
    return Place(checked_region(area.region), words, area.map, area.evaluations, area.notes)


def _own_size(
    image: Any, network: BridgeNetwork, for_input: InputSettings
) -> tuple[int, int] | None:
    try:
        return original_size(image, network, for_input)
    except InputError:  # an index of the digits
        return None


def _resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    found = functional.interpolate(
        torch.tensor(values)[None, None],
        size,
        mode="bilinear",
        align_corners=False,
        antialias=True,
    )
    return np.asarray(found[0, 0].numpy(), np.float32)
