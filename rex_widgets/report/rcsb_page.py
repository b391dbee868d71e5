"""Region-constrained counterfactuals as one page: pictures, a swipe, samples, curves, facts."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable
from importlib import resources
from string import Template

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report.numbers import percent
from rex_widgets.report.rcsb_pictures import (
    curve_drawing,
    forming_strip,
    picture,
    swipe_view,
    three_pictures,
)
from rex_widgets.report.rcsb_words import (
    MISSED,
    REACHED,
    answered,
    begun,
    class_words,
    distance_words,
    failure_words,
    found_words,
    missed_words,
    question_words,
    region_words,
    second_of,
    second_words,
    spent_words,
    trust_words,
)
from rex_widgets.report.words import setting_items

_MOST_CLASSES = 6


def rcsb_page(found: RegionCounterfactuals, title: str | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    found : RegionCounterfactuals
        Finished or not. The page shows the picture with the region outlined, the best sample and
        its change; both one over the other, to be swiped; the samples, the way of the best one, the
        probabilities over the steps, and before and after.
    title : str, optional
        Heading of the page; by default it names the class asked for.

    Returns
    -------
    str
        HTML that needs neither kernel nor network. Its one script, which moves the swipe, is let in
        by its digest, so that nothing else can run.
    """
    text = html.escape
    wanted = class_words(found, found.target)
    heading = title or (f"What would make it {wanted}?" if wanted else "A change inside a region")
    script = _resource("rcsb_page.js")
    return Template(_resource("rcsb_page.html")).substitute(
        digest=_digest(script),
        title=text(heading),
        style=_resource("page.css") + _resource("rcsb_page.css"),
        lead=text(f"{found.source or 'The picture'}, {question_words(found)}"),
        badge=_badge(found),
        message=_message(found),
        pictures=three_pictures(found),
        swipe=swipe_view(found),
        curve=curve_drawing(found),
        samples=_samples(found),
        forming=forming_strip(found),
        facts=_terms(_facts(found)),
        classes=_classes(found),
        notes=_notes(found),
        details=_terms(_details(found)),
        footer=text(f"Made with rex_widgets {found.versions.get('rex_widgets', '')}".strip()),
        script=script,
    )


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _badge(found: RegionCounterfactuals) -> str:
    if not begun(found):
        return '<span class="badge" data-state="warn">no counterfactuals yet</span>'
    state = "ok" if found.reached.any() else "warn"
    return f'<span class="badge" data-state="{state}">{html.escape(found_words(found))}</span>'


def _message(found: RegionCounterfactuals) -> str:
    if not found.message:
        return ""
    plain = " plain" if found.reached.any() and not any(found.failures) else ""
    return f'<p class="message{plain}">{html.escape(found.message)}</p>'


def _samples(found: RegionCounterfactuals) -> str:
    cards = "".join(_card(found, number) for number in range(found.samples))
    told = second_words(found)
    warn = "" if found.agreed is not None and bool(found.agreed[found.best]) else " warn"
    told = " ".join(filter(None, [told, trust_words(found)]))
    second = f'<p class="second{warn}">{html.escape(told)}</p>' if told else ""
    wanted = class_words(found, found.target)
    of = f": the probability of {html.escape(wanted)}" if begun(found) else ""
    return f'<h2>Samples{of}</h2><ol class="strip">{cards}</ol>{second}'


def _card(found: RegionCounterfactuals, number: int) -> str:
    known, best = answered(found, number), number == found.best
    name = f"sample {number + 1}{' (best)' if best and known and found.samples > 1 else ''}"
    lines, told = [], f"After: {name}"
    if known:
        wanted = percent(float(found.probabilities[number, found.target]))
        sign = REACHED if found.reached[number] else MISSED
        now = class_words(found, int(found.classes[number]))
        told += f": {now}"
        lines.append(f"<b>{sign} {wanted}</b>")
        lines += [] if found.reached[number] else [f"<span>it is {html.escape(now)}</span>"]
        second = second_of(found, number)
        lines += [f"<span>second: {html.escape(second)}</span>"] if second else []
        far = distance_words(found, number)
        lines += [f"<span>{html.escape(far)}</span>"] if far else []
    shown = picture(found.after[number], name, thumbnail=not best)
    reached = str(bool(found.reached[number])).lower()
    chosen = " checked" if best else ""
    return (
        f'<li data-reached="{reached}" data-words="{html.escape(told)}"><label>{shown}'
        f'<input type="radio" name="sample"{chosen}>{name}</label>{"".join(lines)}</li>'
    )


def _classes(found: RegionCounterfactuals) -> str:
    """Return a table of the likeliest classes before and after, and of the two in question."""
    if not begun(found):
        return "<p>The classifier has not been asked yet.</p>"
    before, after = found.probabilities_before, found.probabilities[found.best]
    likely = sorted(range(len(after)), key=lambda one: -max(float(before[one]), float(after[one])))
    asked = (found.source_class, found.target)
    shown = [*asked, *(one for one in likely if one not in asked)][:_MOST_CLASSES]
    rows = "".join(
        f"<tr{' class=asked' if one in asked else ''}>"
        f'<th scope="row">{html.escape(class_words(found, one))}</th>'
        f"<td>{percent(float(before[one]))}</td><td>{percent(float(after[one]))}</td></tr>"
        for one in shown
    )
    head = '<th scope="col">Class</th><th scope="col">before</th><th scope="col">after</th>'
    return (
        f'<div class="scrolled"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _facts(found: RegionCounterfactuals) -> list[tuple[str, str]]:
    came = f", {found.region_source}" if found.region_source else ""
    facts = [("Question", question_words(found)), ("Region", f"{region_words(found)}{came}")]
    if begun(found):
        missed = missed_words(found)
        facts.append(("Reached", found_words(found)))
        facts += [("Not reached", missed.partition(": ")[2])] if missed else []
        facts += [("Second classifier", second_words(found) or "none was asked")]
        far = distance_words(found, found.best)
        facts += [("Change of the best", far)] if far else []
    facts += [("Stopped", "; ".join(failure_words(found)))] if any(found.failures) else []
    facts += [("Went on from", "; ".join(found.branches))] if found.branches else []
    inside = f"{found.seconds:.1f} s, {found.seconds_in_model:.1f} s in network and classifiers"
    return [
        *facts,
        ("Pictures classified", spent_words(found)),
        ("Time", inside),
        ("Runtime", found.runtime or "none yet"),
        ("Seed", str(found.seed)),
    ]


def _details(found: RegionCounterfactuals) -> list[tuple[str, str]]:
    return [
        ("method", found.method),
        *setting_items(found.settings),
        *((f"{name} (version)", version) for name, version in found.versions.items()),
    ]


def _notes(found: RegionCounterfactuals) -> str:
    if not found.choices:
        return ""
    rows = "".join(f"<li>{html.escape(choice)}</li>" for choice in found.choices)
    return f'<h2>What was chosen for you</h2><ul class="notes">{rows}</ul>'


def _terms(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in pairs)


def _resource(name: str) -> str:
    return resources.files("rex_widgets.report").joinpath(name).read_text(encoding="utf-8")
