"""An explanation as one small PNG, for places where no widget is alive."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.results import Explanation

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 200_000
_MAX_SIDE = 448
_GAP = 8
_DOTS_PER_INCH = 100
_OUTLINE = (255, 211, 77)
PART_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00", "#444444",
)  # fmt: skip
"""Colours that colour-blind people can tell apart: M. Okabe and K. Ito, Color universal design
(2008); their yellow, faint on white, is a dark mustard here."""
_OPACITY = 0.6
_OPAQUE_FROM = 0.7  # share of the map's range
# 16 equidistant colours of the colour map magma, from its first to its last.
_MAGMA = (
    "0000040b092420114b3b0f7057157e721f818c2981a8327d"
    "c43c75de4968f1605dfa7f5efe9f6dfebf84fddea0fcfdbf"
)


def explanation_png(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
) -> bytes:
    """Draw an explanation as a small picture.

    A photograph is shown with the rest dimmed, and beside it with the map over it; several parts
    are outlined in different colours. Rows, signals, sounds and volumes are drawn as
    `rex_widgets.plots.figure` does, and so are importance, uncertainty and U-RELAX of a
    representation, latent counterfactuals, and those inside a region.

    Parameters
    ----------
    explanation : Explanation, RelaxExplanation, Counterfactuals or RegionCounterfactuals
        Any result; without a picture, a grey one takes its place.

    Returns
    -------
    bytes
        A PNG of at most 200 kB. Larger ones get 256 colours, then fewer pixels.
    """
    from PIL import Image

    if isinstance(explanation, Explanation) and explanation.kind == "image":
        picture = shown_picture(explanation)
        left = with_rest_dimmed(picture, explanation)
        right = _with_map(picture, explanation.map)
        image = _side_by_side(Image.fromarray(left), Image.fromarray(right))
        data = _png(image)
    else:
        data = figure_png(explanation, _DOTS_PER_INCH)
        image = Image.open(io.BytesIO(data)).convert("RGB")
    while len(data) > MAX_BYTES:
        data = _png(image.quantize(256))
        image = image.resize((max(1, image.width * 4 // 5), max(1, image.height * 4 // 5)))
    return data


def shown_picture(explanation: Explanation | RelaxExplanation) -> NDArray[np.uint8]:
    """Return the explained picture, uint8 (H, W, 3); grey where there is none."""
    if explanation.picture is not None:
        return explanation.picture
    return np.full((*explanation.map.shape, 3), 128, dtype=np.uint8)


def figure_png(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
    dots_per_inch: int,
) -> bytes:
    """Return the figure that suits the explanation's kind, as PNG."""
    from rex_widgets.plots import figure, figure_bytes
    from rex_widgets.visual_settings import VisualSettings

    return figure_bytes(figure(explanation, VisualSettings(dpi=dots_per_inch)))


def with_rest_dimmed(picture: NDArray[np.uint8], explanation: Explanation) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) with all dimmed that the explanation's masks (H, W) leave out."""
    masks = [part.mask for part in explanation.parts] or [explanation.mask]
    union = np.logical_or.reduce(masks)
    if not union.any():
        return picture
    out = np.where(union[..., None], picture, picture * 0.32).astype(np.uint8)
    for number, mask in enumerate(masks):
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        several = len(masks) > 1
        out[_border(mask)] = tuple(bytes.fromhex(colour[1:])) if several else _OUTLINE
    return out


def _border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels just outside the mask: the line hides nothing of the explanation."""
    grown = np.pad(mask, 1)
    near = grown[:-2, 1:-1] | grown[2:, 1:-1] | grown[1:-1, :-2] | grown[1:-1, 2:]
    return near & ~mask


def _with_map(picture: NDArray[np.uint8], values: NDArray[np.float32]) -> NDArray[np.uint8]:
    top = float(values.max()) if values.size else 0.0
    if not top > 0:
        return picture
    stops = np.frombuffer(bytes.fromhex(_MAGMA), dtype=np.uint8).reshape(-1, 3)
    low = max(float(values.min()), 0.0)
    floor = low if low < top else 0.0
    share = np.clip((values - floor) / (top - floor), 0, 1)
    at = share * (len(stops) - 1)
    colours = np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], -1)
    # Weak values fade out, as in the interactive view: they must not darken the photograph.
    alpha = (np.clip(share / _OPAQUE_FROM, 0, 1) * _OPACITY)[..., None]
    return (picture * (1 - alpha) + colours * alpha).round().astype(np.uint8)


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    from PIL import Image

    scale = min(1.0, _MAX_SIDE / max(left.size))
    size = (max(1, round(left.width * scale)), max(1, round(left.height * scale)))
    canvas = Image.new("RGB", (size[0] * 2 + _GAP, size[1]), "white")
    canvas.paste(left.resize(size), (0, 0))
    canvas.paste(right.resize(size), (size[0] + _GAP, 0))
    return canvas


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
