"""The pictures and drawings of the page of region-constrained counterfactuals."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report.numbers import percent
from rex_widgets.report.rcsb_words import begun, class_words, region_words
from rex_widgets.report.region_edges import edges_of

_SMALL, _LARGE, _THUMBNAIL = 64, 768, 264
"""Sides in pixels: shown with square pixels up to the first, never sent larger than the others."""

_WIDE, _HIGH, _LEFT, _FOOT, _TOP, _RIGHT = 520, 230, 42, 36, 8, 8


def picture(
    pixels: NDArray[np.float32], alt: str, *, thumbnail: bool = False, place: str = ""
) -> str:
    """Return a picture (H, W, C) in [0, 1] as an image element; PNG unless a thumbnail will do."""
    levels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return _element(_bare(levels), alt, thumbnail, place)


def three_pictures(found: RegionCounterfactuals) -> str:
    """Return figures: before with the region outlined, the best sample, and its change."""
    own = class_words(found, found.source_class)
    before = _with_outline(picture(found.before, "before"), found)
    words = "Before"
    if own:
        words += f": {own} at {percent(float(found.probabilities_before[found.source_class]))}"
    told = f"outlined: what may change, {region_words(found)}" if found.region.any() else ""
    parts = [_figure(before, words, told)]
    words, told, reached = "After: not known yet", "", False
    if begun(found):
        now = int(found.classes[found.best])
        sure = percent(float(found.probabilities[found.best, now]))
        words = f"After: {class_words(found, now)} at {sure}"
        told = f"sample {found.best + 1}, the best of {found.samples}" if found.samples > 1 else ""
        reached = bool(found.reached[found.best])
    after = f'<div class="picture">{picture(found.image, "after")}</div>'
    parts.append(_figure(after, words, told, reached))
    return "".join([*parts, _change(found)])


def swipe_view(found: RegionCounterfactuals) -> str:
    """Return before and after one over the other, with a slider that moves the border."""
    after = picture(found.image, "after", place=" after")
    words = f"After: sample {found.best + 1}" if found.samples > 1 else "After"
    return (
        f'<div class="swipe">{picture(found.before, "before")}{after}<i></i></div>'
        # at its right end the picture before covers all
        '<label for="swipe">After <input type="range" id="swipe" min="0" max="100" value="50" '
        'aria-label="Border between before and after"> Before</label>'
        f'<output id="told" for="swipe">{html.escape(words)}</output>'
    )


def forming_strip(found: RegionCounterfactuals) -> str:
    """Return how the best sample formed, as a section; empty while nothing is known of it."""
    if not len(found.forming):
        return ""
    rows = []
    for moment, step in zip(found.forming, found.forming_steps.tolist(), strict=True):
        words = f"step {step + 1}"
        rows.append(f"<li>{_element(_bare(moment[found.best]), words, True)}{words}</li>")
    return (
        '<section class="wide" aria-label="How the best sample formed"><h2>How the best sample '
        f'formed</h2><ol class="forming">{"".join(rows)}</ol></section>'
    )


def curve_drawing(found: RegionCounterfactuals) -> str:
    """Return both probabilities over the steps: thick of the best sample, faint of the others."""
    if not np.isfinite(found.curve).any():
        return "<p>No step is done yet.</p>"
    steps = found.curve.shape[1]
    inner, tall = _WIDE - _LEFT - _RIGHT, _HIGH - _TOP - _FOOT
    x = _LEFT + inner * (np.arange(steps) / max(1, steps - 1))
    drawn = []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + tall * (1 - share)
        drawn.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDE - _RIGHT}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:g}</text>'
        )
    for number in sorted(range(found.samples), key=lambda one: one == found.best):
        for column, name in ((0, "old"), (1, "new")):
            values = found.curve[number, :, column]
            known = np.isfinite(values)
            ends = zip(x[known], _TOP + tall * (1 - values[known]), strict=True)
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in ends)
            best = " best" if number == found.best else ""
            drawn.append(f'<polyline class="{name}{best}" points="{points}"/>')
    low = _HIGH - _FOOT + 16
    drawn.append(
        f'<text x="{_LEFT}" y="{low}">1</text>'
        f'<text x="{_WIDE - _RIGHT}" y="{low}" text-anchor="end">{steps}</text>'
        f'<text x="{_LEFT + inner / 2}" y="{low + 14}" text-anchor="middle">Steps done</text>'
    )
    names = [html.escape(class_words(found, one)) for one in (found.target, found.source_class)]
    label = f"Probability of {names[0]} and of {names[1]} over {steps} steps"
    return (
        f'<svg class="curve" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{label}">'
        f'{"".join(drawn)}</svg><ul class="keys"><li><i></i>{names[0]}, asked for</li>'
        f'<li><i class="old"></i>{names[1]}, given before</li></ul>'
    )


def _change(found: RegionCounterfactuals) -> str:
    import matplotlib

    change = found.difference[found.best]
    signed = change.shape[2] == 1
    far = change[..., 0] if signed else np.abs(change).mean(2)
    limit = float(np.abs(far).max()) or 1.0
    share = far / limit * 0.5 + 0.5 if signed else far / limit
    colours = matplotlib.colormaps["RdBu_r" if signed else "magma"](share)[..., :3]
    shown = picture(colours.astype(np.float32), "change")
    low = f"-{limit:.2g} darker" if signed else "0"
    high = f"+{limit:.2g} brighter" if signed else f"{limit:.2g}"
    kind = "signed" if signed else "far"
    told = "" if signed else "mean distance over the colours"
    return _figure(
        f'<div class="picture">{shown}</div>', "Change", told,
        below=f'<span class="scale">{low}<i class="{kind}"></i>{high}</span>',
    )  # fmt: skip


def _figure(shown: str, words: str, told: str, reached: bool = False, below: str = "") -> str:
    style = ' class="reached"' if reached else ""
    caption = f"<b>{html.escape(words)}</b>{html.escape(told)}{below}"
    return f"<figure{style}>{shown}<figcaption>{caption}</figcaption></figure>"


def _with_outline(shown: str, found: RegionCounterfactuals) -> str:
    height, width = found.region.shape
    # the first pixel's middle is 0, 0 there, and its corner is here
    ends = edges_of(found.region) + 0.5
    path = "".join(f"M{a:g} {b:g}L{c:g} {d:g}" for (a, b), (c, d) in ends.tolist())
    lines = f'<path class="under" d="{path}"/><path d="{path}"/>' if path else ""
    return (
        f'<div class="picture">{shown}<svg viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{lines}</svg></div>'
    )


def _bare(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave out the axis of a single channel: Pillow takes grey as (H, W)."""
    return levels[..., 0] if levels.shape[2] == 1 else levels


def _element(levels: NDArray[np.uint8], alt: str, thumbnail: bool, place: str = "") -> str:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(levels))
    small = max(image.size) <= _SMALL
    buffer = io.BytesIO()
    options: dict[str, Any] = {"format": "PNG", "optimize": True}
    if not small:
        image.thumbnail((_THUMBNAIL, _THUMBNAIL) if thumbnail else (_LARGE, _LARGE))
        options = {"format": "JPEG", "quality": 92} if thumbnail else options
    image.save(buffer, **options)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    look = f"{'small' if small else 'large'}{place}"
    kind = str(options["format"]).lower()
    return f'<img class="{look}" alt="{html.escape(alt)}" src="data:image/{kind};base64,{data}">'
