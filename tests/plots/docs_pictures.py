"""Draw the figures of docs/pictures.md anew: ``python -m tests.plots.docs_pictures``.

Every figure is of a real run, of a model that comes with a package or is a few lines here; the
page shows these very functions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import rex_widgets as rw
from rex_widgets import plots
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def photograph() -> tuple[Any, Any]:
    from skimage.data import chelsea

    from rex_widgets.classifiers.demo import efficientnet_lite0

    return chelsea(), efficientnet_lite0()


@cache
def cat() -> rw.Run:
    image, model = photograph()
    run = rw.start(image, model, threshold=0.5, seed=0)
    for _ in run:
        pass
    return run


@cache
def spotlights() -> Explanation:
    image, model = photograph()
    options = {"strategy": "multi", "spotlights": 6, "threshold": 0.5, "seed": 0}
    return rw.explain(image, model, progress=False, **options)


def explanation_figure() -> Figure:
    return plots.explanation_figure(cat().result())


def overlays_figure() -> Figure:
    visual = VisualSettings(colour=255, alpha=0.3, grid=(7, 7), mark_segments=True, info=False)
    return plots.explanation_figure(cat().result(), visual)


def heatmap_figure() -> Figure:
    return plots.heatmap_figure(cat().result())


def surface_figure() -> Figure:
    return plots.surface_figure(cat().result())


def curves_figure() -> Figure:
    analysis = cat().analyse(insertion_step=448)
    return plots.curves_figure(analysis, explanation=cat().result())


def composite_figure() -> Figure:
    return plots.multi_figure(spotlights())


def separate_figure() -> Figure:
    return plots.multi_figure(spotlights(), VisualSettings(multi_style="separate"))


def spectrum_figure() -> Figure:
    place = np.linspace(650, 4000, 500)
    peaks = ((1050, 60, 0.5), (1740, 25, 1.0), (2930, 70, 0.7), (3400, 160, 0.45))
    line = sum(h * np.exp(-((place - c) ** 2) / (2 * w**2)) for c, w, h in peaks)

    def ester(spectra: NDArray[np.float32]) -> NDArray[np.float64]:
        """Two bands have to be there: C=O and C–H."""
        carbonyl = spectra[:, (place > 1700) & (place < 1780)].mean(axis=1)
        hydrogen = spectra[:, (place > 2850) & (place < 3000)].mean(axis=1)
        share = 1 / (1 + np.exp(-14 * (np.minimum(carbonyl, hydrogen) - 0.3)))
        return np.stack([1 - share, share], axis=1)

    explanation = rw.explain(
        np.asarray(line, np.float32),
        ester,
        mode="spectral",
        input_shape=(500,),
        labels=["no ester", "ester"],
        axis_name="wavenumber",
        axis_unit="1/cm",
        axis_positions=place,
        seed=0,
        progress=False,
    )
    return plots.figure(explanation)


def table_figure() -> Figure:
    from sklearn.datasets import load_wine
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    wine = load_wine()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.data, wine.target)
    others = wine.data[wine.target != 0].mean(axis=0)
    explanation = rw.explain(
        wine.data[0].astype(np.float32),
        model,
        mode="tabular",
        feature_names=wine.feature_names,
        labels=["Barolo", "Grignolino", "Barbera"],
        mask_value=others[None].astype(np.float32),  # a hidden feature is that of other wines
        seed=0,
        progress=False,
    )
    return plots.figure(explanation)


def volume_figure() -> Figure:
    import nibabel
    from nilearn.datasets import load_mni152_template
    from scipy.ndimage import uniform_filter

    head = load_mni152_template(resolution=4)
    voxels = np.asarray(head.dataobj, np.float32) / head.dataobj.max()
    grids = np.indices(voxels.shape)
    centre = np.array([33, 22, 28]).reshape(3, 1, 1, 1)
    voxels[((grids - centre) ** 2).sum(axis=0) < 3.2**2] = 1.6

    def lesion(volumes: NDArray[np.float32]) -> NDArray[np.float64]:
        """Is there a place of 3×3×3 voxels that is brighter than any tissue?"""
        brightest = np.array([uniform_filter(one, 3).max() for one in volumes])
        share = 1 / (1 + np.exp(-12 * (brightest - 1.2)))
        return np.stack([1 - share, share], axis=1)

    path = IMAGES / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(voxels, head.affine), path)
    try:
        explanation = rw.explain(
            path,
            lesion,
            mode="voxel",
            input_shape=voxels.shape,
            labels=["healthy", "lesion"],
            seed=0,
            progress=False,
        )
    finally:
        path.unlink()
    return plots.figure(explanation)


def world_figure() -> Figure:
    from rex_widgets.latent import load_world

    world = load_world()
    pictures = world.generator(world.latents(list(range(60)))).numpy()[:, 0]
    rows = pictures.reshape(4, 15, 32, 32).transpose(0, 2, 1, 3).reshape(4 * 32, 15 * 32)
    figure = Figure(figsize=(rows.shape[1] / 60, rows.shape[0] / 60))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.imshow(rows, cmap="gray", vmin=-1, vmax=1)
    axes.set_axis_off()
    return figure


def rcsb_figure() -> Figure:
    return plots.figure(rw.explain(17, "digits", method="rcsb", target=3, seed=0, progress=False))


FIGURES: dict[str, Callable[[], Figure]] = {
    "explanation": explanation_figure,
    "overlays": overlays_figure,
    "heatmap": heatmap_figure,
    "surface": surface_figure,
    "curves": curves_figure,
    "composite": composite_figure,
    "separate": separate_figure,
    "spectrum": spectrum_figure,
    "table": table_figure,
    "volume": volume_figure,
    "world": world_figure,
    "rcsb": rcsb_figure,
}


def main(names: list[str]) -> None:
    """Draw the figures named, or all."""
    for name in names or FIGURES:
        started = time.perf_counter()
        path = IMAGES / f"figure-{name}.png"
        plots.save_or_show(FIGURES[name](), path)
        print(
            f"{path.name}: {path.stat().st_size // 1000} kB, {time.perf_counter() - started:.0f} s"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
