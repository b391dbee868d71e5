"""Where may the picture change? Where the classifier looks.

METHODS §4 (b), after Sobieski et al. 2025: an attribution of the predicted class, summed over the
channels, its outliers cut, summed into cells, and the highest cells kept. The attributions
themselves are Captum's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.areas import by_cells, by_gradient, by_layers
from rex_widgets.bridge.areas.asked import (
    Asked,
    at_rest,
    check_class,
    check_gradient,
    ready_image,
)
from rex_widgets.bridge.areas.cells import CellGrid, checked_budget, keep_highest
from rex_widgets.bridge.areas.copied import copied
from rex_widgets.bridge.areas.found import AreaFound
from rex_widgets.bridge.areas.job import AttributionJob
from rex_widgets.bridge.areas.maps import SIGNS, ready_map
from rex_widgets.bridge.areas.registry import (
    NEEDS_LAYERS,
    NEEDS_NO_GRADIENT,
    ON_CELLS,
    checked_attribution,
)
from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.errors import InputError, ModelError, RexWidgetsError, SettingsError

if TYPE_CHECKING:
    import torch

MOST_CELLS = 4096
"""Cells that attributions which hide cells will go through."""

_METHODS: dict[str, Callable[[AttributionJob], torch.Tensor]] = {
    "integrated_gradients": by_gradient.integrated_gradients,
    "saliency": by_gradient.saliency,
    "input_x_gradient": by_gradient.input_x_gradient,
    "deconvolution": by_layers.deconvolution,
    "guided_backprop": by_layers.guided_backprop,
    "grad_cam": by_layers.grad_cam,
    "guided_grad_cam": by_layers.guided_grad_cam,
    "occlusion": by_cells.occlusion,
    "feature_ablation": by_cells.feature_ablation,
    "deep_lift": by_layers.deep_lift,
    "gradient_shap": by_gradient.gradient_shap,
    "deep_lift_shap": by_layers.deep_lift_shap,
    "kernel_shap": by_cells.kernel_shap,
    "lime": by_cells.lime,
    "shapley_sampling": by_cells.shapley_sampling,
    "lrp": by_layers.lrp,
    "random": by_cells.random,
}


def region_by_attribution(
    image: Any,
    classifier: Any,
    class_index: int,
    *,
    attribution: str = "integrated_gradients",
    cell_size: int = 16,
    area: float = 0.3,
    sign: str = "absolute_value",
    half_stride: bool = False,
    outlier: float = 0.98,
    smoothing: float = 0.0,
    noise: float = 0.05,
    noise_samples: int = 5,
    layer: str | None = None,
    evaluations: int = 1000,
    batch_size: int = 16,
    seed: int = 0,
) -> AreaFound:
    """Find the cells that a class's score depends on most.

    The classifier is asked in evaluation mode and is afterwards as it was: training flags, hooks,
    gradients and weights. Methods that look into layers work on a copy. The global random
    generators are put back; the same seed gives the same region.

    Parameters
    ----------
    image
        (C, H, W) in [0, 1], tensor or array.
    classifier
        Scores (N, K), best before the softmax, for (N, C, H, W) in [0, 1]. A torch.nn.Module, any
        differentiable function of tensors, or, for the attributions in `NEEDS_NO_GRADIENT`, any
        function at all.
    class_index
        The class that is attributed, usually the one predicted.
    attribution
        A name from `ATTRIBUTIONS`.
    cell_size
        Side of a cell in pixels. Also what occlusion and the methods on cells hide at a time.
    area
        Share of the picture that may change, in (0, 1). The region never has more.
    sign
        What of the map counts: "absolute_value", "positive", "negative" or "all".
    half_stride
        Whether cells begin every half cell, and overlap.
    outlier
        Share of the map's mass in (0, 1] below which nothing is clipped.
    smoothing
        Width of a Gaussian in pixels, laid over the map; 0 for none.
    noise
        Standard deviation of the noise tunnel, in units of [0, 1]; 0 for none. It is used by
        integrated_gradients, saliency, input_x_gradient, deconvolution and guided_backprop, and
        as GradientSHAP's own noise.
    noise_samples
        Noisy pictures in the tunnel. Integrated gradients show 50 · noise_samples pictures.
    layer
        Name of the layer for grad_cam and guided_grad_cam, as in `named_modules`; by default the
        last convolution. Others do not read it.
    evaluations
        Pictures shown by kernel_shap and lime (at least 2 · cells + 2) and by shapley_sampling
        (at least once each cell).
    batch_size
        Pictures shown at a time.
    seed
        Of all that is random.

    Returns
    -------
    AreaFound

    Raises
    ------
    InputError
        If the picture is not (C, H, W) in [0, 1], or the map comes out as zero everywhere.
    SettingsError
        If a setting is out of its range, the class is unknown, or no cell fits into the area.
    ModelError
        If the classifier fails, cannot be differentiated, or has layers that the attribution
        cannot see through.
    MemoryError
        If memory runs out; a smaller `batch_size` may do.
    """
    checked_attribution(attribution)
    _check_settings(sign, noise, noise_samples, evaluations, batch_size)
    picture = ready_image(image, classifier)
    grid = CellGrid((picture.shape[2], picture.shape[3]), cell_size, half_stride)
    budget = checked_budget(grid, area)
    _check_cost(attribution, grid)
    asked = Asked(classifier)
    with at_rest(classifier), _own_random(seed, picture.device):
        check_class(asked, picture, class_index)
        job = _job(
            asked,
            classifier,
            picture,
            class_index,
            grid,
            layer=layer or "",
            noise=noise,
            noise_samples=noise_samples,
            evaluations=evaluations,
            batch_size=batch_size,
        )
        values = _attributed(attribution, job)
    try:
        ready = ready_map(values, sign=sign, outlier=outlier, smoothing=smoothing, instead=_FLAT)
    except InputError as error:
        way = ""
        if attribution == "guided_grad_cam":
            way = " It keeps only what is positive in Grad-CAM; grad_cam keeps both signs."
        raise InputError(f"{attribution} of class {class_index}: {error}{way}") from None
    region, cells = keep_highest(ready, grid, budget)
    return AreaFound(
        region,
        ready,
        cells,
        source=f"{attribution} of class {class_index}",
        evaluations=asked.evaluations,
        notes=tuple(job.notes),
    )


_FLAT = (
    "Take another attribution (occlusion asks for answers only, whatever becomes of gradients; "
    "free_form strokes need none), or draw the region."
)


def _job(
    asked: Asked,
    classifier: Any,
    picture: torch.Tensor,
    index: int,
    grid: CellGrid,
    *,
    layer: str,
    noise: float,
    noise_samples: int,
    evaluations: int,
    batch_size: int,
) -> AttributionJob:
    import torch

    def count(pictures: int) -> None:
        asked.evaluations += pictures

    @cache
    def copy() -> Any:
        return copied(classifier, picture, count)

    features = torch.from_numpy(grid.numbered())[None, None].to(picture.device)
    return AttributionJob(
        image=picture,
        index=index,
        asked=asked,
        copy=copy,
        features=features,
        cell_size=grid.cell_size,
        layer=layer,
        noise=noise,
        noise_samples=noise_samples,
        evaluations=evaluations,
        batch_size=batch_size,
    )


def _attributed(name: str, job: AttributionJob) -> NDArray[np.float64]:
    """Run a method; return its map (H, W), summed over the channels."""
    import torch

    needs_gradient = name not in NEEDS_NO_GRADIENT
    with torch.inference_mode(False), torch.set_grad_enabled(needs_gradient):
        if name in NEEDS_LAYERS:
            job.copy()
        if needs_gradient:
            check_gradient(job.asked, job.image, job.index, name)
        try:
            with _expected_warnings():
                given = _METHODS[name](job)
        except RexWidgetsError:
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise MemoryError(str(error)) from error
            raise ModelError(
                f"{name} cannot be computed for this classifier "
                f"({type(error).__name__}: {error}). Take another attribution, for example "
                "integrated_gradients, or occlusion, which only asks for answers."
            ) from error
    total = given.detach().double().sum(dim=(0, 1)).cpu().numpy()
    return np.asarray(total, np.float64)


@contextmanager
def _own_random(seed: int, device: torch.device) -> Iterator[None]:
    """Draw from the seed, and put the global generators of torch and numpy back afterwards."""
    import torch

    devices = [device] if device.type == "cuda" else []
    # Captum's GradientSHAP draws from numpy's global generator, and offers no other.
    before = np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@contextmanager
def _expected_warnings() -> Iterator[None]:
    """Keep back what Captum says of every use: that hooks are set, and will be removed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Setting forward, backward hooks and attributes on")
        warnings.filterwarnings("ignore", r"Setting backward hooks on ReLU activations")
        yield


def _check_settings(
    sign: str, noise: float, noise_samples: int, evaluations: int, batch_size: int
) -> None:
    if sign not in SIGNS:
        raise SettingsError(f"sign is {sign!r}; give one of {', '.join(SIGNS)}.")
    if not 0 <= noise <= 1:
        raise SettingsError(
            f"noise is {noise}; give the standard deviation of the noise tunnel for a picture in "
            "[0, 1], from 0 (none) to 1."
        )
    numbers = {
        "noise_samples": noise_samples,
        "evaluations": evaluations,
        "batch_size": batch_size,
    }
    for name, number in numbers.items():
        if number < 1:
            raise SettingsError(f"{name} is {number}; give at least 1.")


def _check_cost(attribution: str, grid: CellGrid) -> None:
    rows, columns = grid.shape
    step = grid.cell_size
    if attribution == "occlusion":
        step = max(1, step // 2)
    cells = -(-rows // step) * -(-columns // step)
    if attribution in ON_CELLS and cells > MOST_CELLS:
        raise SettingsError(
            f"{attribution} hides one cell after the other, and cell_size {grid.cell_size} makes "
            f"{cells} of a picture of {rows} × {columns}; at most {MOST_CELLS} are gone through. "
            "Give a larger cell_size, or an attribution by gradients."
        )
