"""Latent counterfactuals as one page: samples with their counterfactuals, verdicts, facts."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from importlib import resources
from string import Template

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.report.latent_words import (
    MEANINGS,
    SIGNS,
    STILL,
    begun,
    chance_words,
    class_words,
    distance_words,
    found_words,
    moved_most,
    ordered_counts,
    own_words,
    question_words,
    spent_words,
    verdict_words,
    verified_words,
)
from rex_widgets.report.words import setting_items

_BARS_WIDE, _BARS_HIGH = 94, 36
_COLOURS = 4
_SMALL, _THUMBNAIL = 64, 208


def latent_page(found: Counterfactuals, title: str | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    found : Counterfactuals
        Finished or not. Every sample has a row: its picture, and beside it its counterfactuals with
        the verdict, what the classifier says, the distance, and bars of what was moved.
    title : str, optional
        Heading of the page; by default it names the samples.

    Returns
    -------
    str
        HTML that needs neither kernel nor network, nor scripts.
    """
    text = html.escape
    heading = title or f"Counterfactuals of {found.source or 'the samples'}"
    return Template(_resource("latent_page.html")).substitute(
        title=text(heading),
        style=_resource("page.css") + _resource("latent_page.css"),
        lead=text(question_words(found)),
        badge=_badge(found),
        message=f'<p class="message">{text(found.message)}</p>' if found.message else "",
        legend=_legend(found),
        samples="\n".join(_sample(found, row) for row in range(found.samples)),
        facts=_terms(_facts(found)),
        notes=_notes(found),
        details=_terms(_details(found)),
        footer=text(f"Made with rex_widgets {found.versions.get('rex_widgets', '')}".strip()),
    )


def _badge(found: Counterfactuals) -> str:
    if not begun(found):
        return '<span class="badge" data-state="warn">no counterfactuals yet</span>'
    state = "ok" if found.found.all() and found.verified else "warn"
    words = found_words(found) + ("" if found.verified else ", not verified")
    return f'<span class="badge" data-state="{state}">{html.escape(words)}</span>'


def _legend(found: Counterfactuals) -> str:
    rows = []
    if begun(found):
        rows += [
            f'<li data-verdict="{html.escape(name)}"><b>{SIGNS.get(name, "")} '
            f"{html.escape(name)}</b> <span>{html.escape(MEANINGS.get(name, ''))}</span></li>"
            for name, _ in ordered_counts(found)
        ]
    if len(found.parts) > 1:
        rows += [
            f'<li><i class="part-{number % _COLOURS}"></i>{html.escape(name)}</li>'
            for number, (name, _, _) in enumerate(found.parts)
        ]
    rows.append(
        "<li><span>Bars: how far each latent coordinate was moved, to one scale up to "
        f"±{_limit(found):.2g} standard deviations</span></li>"
    )
    return f'<ul class="legend">{"".join(rows)}</ul>'


def _sample(found: Counterfactuals, row: int) -> str:
    name, told = html.escape(found.sample_names[row]), html.escape(own_words(found, row))
    asked = class_words(found, int(found.target[row]))
    wanted = f"<span>asked for: {html.escape(asked)}</span>" if asked else ""
    cards = "".join(_card(found, row, number) for number in range(found.explanations))
    why = found.diagnosis[row]
    diagnosis = f'<p class="diagnosis">{html.escape(why)}</p>' if why else ""
    return (
        f'<article class="sample" aria-label="{name}"><figure>{_image(found.images[row], name)}'
        f"<figcaption><strong>{name}</strong>{told}{wanted}</figcaption></figure>"
        f'<div><ol class="several">{cards}</ol>{diagnosis}</div></article>'
    )


def _card(found: Counterfactuals, row: int, number: int) -> str:
    known = begun(found)
    verdict = str(found.verdict[row, number]) if known else ""
    name = html.escape(verdict)
    nearest = int(found.nearest[row]) == number
    far = f"{'nearest' if nearest else 'distance'} {float(found.distance[row, number]):.2f}"
    alt = html.escape(
        f"counterfactual {number + 1} of {found.sample_names[row]}: {verdict or 'not known yet'}"
    )
    style = ' class="nearest"' if nearest else ""
    told = html.escape(chance_words(found, row, number))
    moved = "".join(map(_moved, moved_most(found, row, number)))
    return (
        f'<li data-verdict="{name}"><figure>{_image(found.pictures[row, number], alt)}'
        f"{_bars(found, row, number)}<figcaption><b>{SIGNS.get(verdict, '')} {name}</b>{told}"
        f"<span{style}>{far}</span>{moved}</figcaption></figure></li>"
    )


def _moved(words: str) -> str:
    name, _, value = words.rpartition(" ")
    return f'<span class="moved"><em>{html.escape(name)}</em>{html.escape(value)}</span>'


def _bars(found: Counterfactuals, row: int, number: int) -> str:
    """Return the moved coordinates as bars, each with its name and value as a tip."""
    moved = found.moved[row, number]
    wide, middle = _BARS_WIDE / len(moved), _BARS_HIGH / 2
    parts = [0] * len(moved)
    for number_of, (_, first, behind) in enumerate(found.parts):
        parts[first:behind] = [number_of % _COLOURS] * (behind - first)
    drawn = []
    for place in np.flatnonzero(np.abs(moved) >= STILL).tolist():
        value = float(moved[place])
        tall = abs(value) / _limit(found) * middle
        top = middle - tall if value > 0 else middle
        tip = html.escape(f"{found.coordinates[place]} {value:+.2f}")
        drawn.append(
            f'<rect class="part-{parts[place]}" x="{place * wide:.2f}" y="{top:.2f}" '
            f'width="{0.8 * wide:.2f}" height="{tall:.2f}"><title>{tip}</title></rect>'
        )
    return (
        f'<svg class="bars-of" viewBox="0 0 {_BARS_WIDE} {_BARS_HIGH}" aria-hidden="true">'
        f'<line x1="0" y1="{middle}" x2="{_BARS_WIDE}" y2="{middle}"/>{"".join(drawn)}</svg>'
    )


def _limit(found: Counterfactuals) -> float:
    most = float(np.abs(found.moved).max(initial=0))
    return most if most > STILL else 1.0


def _image(pixels: NDArray[np.uint8], alt: str) -> str:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    buffer = io.BytesIO()
    if max(image.size) <= _SMALL:
        image.save(buffer, format="PNG", optimize=True)
        kind = "png"
    else:
        image.thumbnail((_THUMBNAIL, _THUMBNAIL))
        image.save(buffer, format="JPEG", quality=88)
        kind = "jpeg"
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{alt}" src="data:image/{kind};base64,{data}">'


def _facts(found: Counterfactuals) -> list[tuple[str, str]]:
    facts = [("Question", question_words(found))]
    if begun(found):
        near = distance_words(found)
        facts += [("Found", found_words(found)), ("Verdicts", verdict_words(found))]
        facts += [("Distance", f"{near} (L1, in standard deviations)")] if near else []
        facts.append(("Check", verified_words(found)))
    inside = f"{found.seconds:.1f} s, {found.seconds_in_model:.1f} s in generator and classifier"
    facts += [
        ("Latent space", f"{len(found.coordinates)} coordinates, standardised"),
        ("Pictures classified", spent_words(found)),
        ("Time", inside),
        ("Runtime", found.runtime or "none yet"),
        ("Seed", str(found.seed)),
    ]
    return facts


def _details(found: Counterfactuals) -> list[tuple[str, str]]:
    return [
        ("method", found.method),
        *setting_items(found.settings),
        *((f"{name} (version)", version) for name, version in found.versions.items()),
    ]


def _notes(found: Counterfactuals) -> str:
    if not found.choices:
        return ""
    rows = "".join(f"<li>{html.escape(choice)}</li>" for choice in found.choices)
    return f'<h2>What was chosen for you</h2><ul class="notes">{rows}</ul>'


def _terms(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in pairs)


def _resource(name: str) -> str:
    return resources.files("rex_widgets.report").joinpath(name).read_text(encoding="utf-8")
