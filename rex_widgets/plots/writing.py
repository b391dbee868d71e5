"""Which figure belongs to an explanation, and where it goes: to a file or to the screen."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import InputError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.metrics import Analysis
from rex_widgets.plots.counterfactuals import latent_figure
from rex_widgets.plots.curves import curves_figure
from rex_widgets.plots.heat import picture_heatmap, surface_figure
from rex_widgets.plots.image import Pixels, explanation_figure, explanation_image
from rex_widgets.plots.many import groups_of, multi_figure
from rex_widgets.plots.region_counterfactuals import region_figure
from rex_widgets.plots.relax import relax_figure, relax_heatmap
from rex_widgets.plots.signal import signal_figure
from rex_widgets.plots.slices import slices_figure
from rex_widgets.plots.table import table_figure
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.whole_file import write_whole
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

KINDS_OF_PICTURE = ("explanation", "heatmap", "surface", "curves")
"""What `write` can draw."""

_PIXELS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF",
           ".webp": "WEBP", ".bmp": "BMP"}  # fmt: skip
_VECTORS = {".pdf": "pdf", ".svg": "svg", ".eps": "eps", ".ps": "ps"}
_NO_WINDOW = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def figure(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
    visual: VisualSettings | None = None,
    *,
    sets: Sequence[Sequence[int]] | None = None,
    original: Pixels | None = None,
) -> Figure:
    """Draw an explanation in the way that suits its kind.

    Pictures as `explanation_figure` or, with parts, `multi_figure`; signals and sound as
    `signal_figure`; tables as `table_figure`; volumes as `slices_figure`. An explanation of a
    representation as `relax_figure`, latent counterfactuals as `latent_figure`, those inside a
    region as `region_figure`.
    """
    if isinstance(explanation, RegionCounterfactuals):
        return region_figure(explanation, visual)
    if isinstance(explanation, Counterfactuals):
        return latent_figure(explanation, visual)
    if isinstance(explanation, RelaxExplanation):
        return relax_figure(explanation, visual)
    if explanation.kind in ("signal", "audio"):
        return signal_figure(explanation, visual)
    if explanation.kind == "table":
        return table_figure(explanation, visual)
    if explanation.kind == "volume":
        return slices_figure(explanation, visual)
    if explanation.parts:
        return multi_figure(explanation, visual, sets, original=original)
    return explanation_figure(explanation, visual, original=original)


def heatmap_figure(
    explanation: Explanation | RelaxExplanation, visual: VisualSettings | None = None
) -> Figure:
    """Draw the responsibility map, or the importance, in the way that suits its kind."""
    if isinstance(explanation, RelaxExplanation):
        return relax_heatmap(explanation, visual)
    if explanation.kind in ("signal", "audio"):
        return signal_figure(explanation, visual, show_mask=False)
    if explanation.kind == "table":
        return table_figure(explanation, visual, show_mask=False)
    if explanation.kind == "volume":
        return slices_figure(explanation, visual, show_mask=False)
    return picture_heatmap(explanation, visual)


def write(
    kind: str,
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
    path: str | Path | None = None,
    visual: VisualSettings | None = None,
    *,
    analysis: Analysis | None = None,
    sets: Sequence[Sequence[int]] | None = None,
    original: Pixels | None = None,
) -> tuple[Path, ...]:
    """Save or show what ``--output``, ``--heatmap`` or ``--surface`` asks for.

    Parameters
    ----------
    kind
        "explanation", "heatmap", "surface" or "curves".
    explanation
        What was found; for an explanation of a picture saved as pixels the file holds nothing
        but the pixels, at the model's resolution or that of ``visual.resize``; everywhere else
        it is a figure with words. An explanation of a representation is always a figure, and has
        no "surface" and no "curves"; counterfactuals have no "heatmap" either.
    path
        A file; its ending says the format. ``None`` shows a figure.
    visual
        How it is drawn.
    analysis
        Needed for "curves".
    sets
        Numbers of parts that belong together; each set gets a file of its own.
    original
        As in `explanation_image`.

    Returns
    -------
    tuple of Path
        The files written, absolute: several, numbered before the ending, where parts or sets of
        a picture are saved separately; none where something was shown.

    Raises
    ------
    InputError
        If the ending or kind is unknown, the file cannot be written, or nothing can be shown.
    """
    chosen = visual or VisualSettings()
    if kind not in KINDS_OF_PICTURE:
        raise InputError(f"{kind!r} was asked for; expected one of {', '.join(KINDS_OF_PICTURE)}.")
    if path is not None:
        _ending(Path(path))
    if isinstance(explanation, RelaxExplanation):
        return save_or_show(_relax_drawn(kind, explanation, chosen), path)
    if isinstance(explanation, Counterfactuals | RegionCounterfactuals):
        return save_or_show(_without_a_map(kind, explanation, chosen), path)
    as_pixels = path is not None and Path(path).suffix.lower() in _PIXELS
    if kind == "explanation" and explanation.kind == "image" and as_pixels:
        assert path is not None
        return _write_pixels(explanation, Path(path), chosen, sets, original)
    drawn = _drawn(kind, explanation, chosen, analysis, sets, original)
    return save_or_show(drawn, path)


def save_or_show(
    drawn: Figure | NDArray[np.uint8], path: str | Path | None = None
) -> tuple[Path, ...]:
    """Save a figure or pixels to a file, or show them.

    Parameters
    ----------
    drawn
        A figure, or uint8 ``(H, W, 3)``.
    path
        A file ending in .png, .jpg, .tif, .webp, .bmp, .pdf, .svg, .eps or .ps (pixels: the
        first five). An existing file is replaced in one step. ``None`` shows it in the notebook
        or in a window.

    Returns
    -------
    tuple of Path
        The file, absolute, or nothing.

    Raises
    ------
    InputError
        If the ending is unknown, the file cannot be written, or no window can be opened.
    """
    if path is None:
        _show(drawn if isinstance(drawn, Figure) else _figure_of(drawn))
        return ()
    target = Path(path).expanduser().absolute()
    content = figure_bytes(drawn, _ending(target)) if isinstance(drawn, Figure) else None
    if content is None:
        content = _pixel_bytes(np.asarray(drawn, np.uint8), target)
    return (write_whole(target, content, "The picture"),)


def figure_bytes(drawn: Figure, ending: str = ".png") -> bytes:
    """Return a figure as a file's content; fonts are embedded whole in PDF and PostScript."""
    import matplotlib

    buffer = io.BytesIO()
    if ending in _VECTORS:
        # Type 42 (TrueType): many journals refuse matplotlib's default, Type 3.
        with matplotlib.rc_context({"pdf.fonttype": 42, "ps.fonttype": 42}):
            drawn.savefig(buffer, format=_VECTORS[ending])
    elif ending == ".png":
        drawn.savefig(buffer, format="png")
    else:
        drawn.savefig(buffer, format="png")
        picture = Image.open(buffer).convert("RGB")
        buffer = io.BytesIO()
        picture.save(buffer, format=_PIXELS[ending], quality=95)
    return buffer.getvalue()


def _drawn(
    kind: str,
    explanation: Explanation,
    visual: VisualSettings,
    analysis: Analysis | None,
    sets: Sequence[Sequence[int]] | None,
    original: Pixels | None,
) -> Figure:
    if kind == "heatmap":
        return heatmap_figure(explanation, visual)
    if kind == "surface":
        return surface_figure(explanation, visual)
    if kind == "explanation":
        return figure(explanation, visual, sets=sets, original=original)
    if analysis is None:
        raise InputError("Curves need an analysis, and none was given; see metrics.analyse.")
    return curves_figure(analysis, visual, explanation=explanation)


def _relax_drawn(kind: str, found: RelaxExplanation, visual: VisualSettings) -> Figure:
    if kind not in ("explanation", "heatmap"):
        raise InputError(
            f"{kind!r} was asked for of an explanation of a representation; expected "
            "'explanation' (importance, uncertainty, U-RELAX) or 'heatmap' (the importance)."
        )
    return figure(found, visual) if kind == "explanation" else heatmap_figure(found, visual)


def _without_a_map(
    kind: str, found: Counterfactuals | RegionCounterfactuals, visual: VisualSettings
) -> Figure:
    if kind == "explanation":
        return figure(found, visual)
    if isinstance(found, Counterfactuals):
        of = "latent counterfactuals, which have no map"
        shown = "samples and their counterfactuals"
    else:
        of = "a counterfactual inside a region, which has no map of its own"
        shown = "before, after and change, and the samples"
    raise InputError(f"{kind!r} was asked for of {of}; expected 'explanation' ({shown}).")


def _write_pixels(
    explanation: Explanation,
    path: Path,
    visual: VisualSettings,
    sets: Sequence[Sequence[int]] | None,
    original: Pixels | None,
) -> tuple[Path, ...]:
    groups = groups_of(explanation, visual, sets)
    written: list[Path] = []
    for number, group in enumerate(groups, 1):
        name = path if len(groups) == 1 else path.with_stem(f"{path.stem}-{number}")
        pixels = explanation_image(explanation, visual, original=original, parts=group)
        written += save_or_show(pixels, name)
    return tuple(written)


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in _PIXELS and ending not in _VECTORS:
        known = ", ".join([*_PIXELS, *_VECTORS])
        raise InputError(
            f"{path.name!r} was given as a picture's name; expected one that ends in {known}."
        )
    return ending


def _pixel_bytes(pixels: NDArray[np.uint8], path: Path) -> bytes:
    ending = _ending(path)
    if ending in _VECTORS:
        return figure_bytes(_figure_of(pixels), ending)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=_PIXELS[ending], quality=95)
    return buffer.getvalue()


def _figure_of(pixels: NDArray[np.uint8]) -> Figure:
    height, width = pixels.shape[:2]
    drawn = Figure(figsize=(4.0, max(0.5, 4.0 * height / width)), layout="constrained")
    panel: Any = drawn.add_subplot()
    panel.imshow(pixels, interpolation="none")
    panel.set_axis_off()
    return drawn


def check_wanted(path: str | Path | None) -> None:
    """Refuse what `save_or_show` could not do, before the work for it begins.

    Raises
    ------
    InputError
        If the ending is unknown, or, without a path, no window can be opened.
    """
    if path is not None:
        _ending(Path(path))
    elif not _in_notebook():
        _check_window()


def _show(drawn: Figure) -> None:
    """In a notebook as a picture in its output, elsewhere in a window of matplotlib's."""
    if _in_notebook():
        from IPython.display import Image as Shown
        from IPython.display import display

        display(Shown(data=figure_bytes(drawn)))
        return
    import matplotlib.pyplot as plt

    _check_window()
    window = plt.figure()
    manager = window.canvas.manager
    assert manager is not None
    manager.canvas.figure = drawn
    drawn.set_canvas(manager.canvas)
    plt.show()


def _in_notebook() -> bool:
    import sys

    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


def _check_window() -> None:
    import matplotlib.pyplot as plt

    backend = plt.get_backend().lower()
    if backend in _NO_WINDOW:
        raise InputError(
            f"No window can be opened here (matplotlib's backend is {backend}); "
            "name a file to save the picture in."
        )
