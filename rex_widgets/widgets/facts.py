"""What the panel says of an explanation, as escaped HTML."""

from __future__ import annotations

import traceback
from html import escape

from rex_widgets.axes import THINGS
from rex_widgets.errors import RexWidgetsError
from rex_widgets.report.region_words import alone_words, region_words, share_words
from rex_widgets.report.words import class_name, hint, percent
from rex_widgets.results import Explanation, Result
from rex_widgets.widgets.part_choice import separate_sets

_NOTHING = ("ready", "nothing yet", "none found", "meaningless")
STYLE = """<style>
.rw-facts { font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1f2328); overflow-wrap: anywhere; }
.rw-facts .rw-list { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; }
.rw-facts .rw-name { color: var(--jp-ui-font-color2, #59636e); }
.rw-facts p { margin: 6px 0 0; padding: 4px 8px; border-left: 3px solid
  var(--jp-warn-color1, #9a5b00); background: var(--jp-layout-color2, #f3f4f6); }
.rw-facts .rw-problem { border-color: var(--jp-error-color1, #c62828); }
.rw-facts summary { cursor: pointer; color: var(--jp-ui-font-color2, #59636e); }
.rw-facts ul { margin: 4px 0 0; padding-left: 20px; }
.rw-facts pre { max-height: 240px; overflow: auto; margin: 4px 0 0; padding: 6px;
  font-size: 12px; background: var(--jp-layout-color2, #f3f4f6); color: inherit; }
.rw-facts textarea { width: 100%; box-sizing: border-box; resize: vertical; padding: 5px 7px;
  font: 12px/1.4 var(--jp-code-font-family, monospace); border-radius: 4px;
  border: 1px solid var(--jp-border-color1, #c6ccd3); color: inherit;
  background: var(--jp-layout-color2, #f3f4f6); }
.rw-facts label { color: var(--jp-ui-font-color2, #59636e); }
</style>"""


def facts_html(explanation: Explanation) -> str:
    """Return the facts of an explanation as a list of names and values."""
    target, rows, thing = explanation.target, [], THINGS[explanation.kind]
    if target.index < 0:
        rows.append(("Class", "the model has not been asked yet"))
    else:
        rows.append(
            ("Class", f"{class_name(target)}, {percent(target.confidence)} on the whole {thing}")
        )
    if has_mask(explanation):
        rows.append(
            (
                "Explanation",
                f"{share_words(explanation, thing)}; {alone_words(explanation)} it gives "
                f"{percent(explanation.confidence)}",
            )
        )
    where = region_words(explanation)
    if where:
        rows.append(("Region", where))
    if explanation.parts:
        rows.append(("Parts", _part_words(explanation)))
    if explanation.certificate is not None:
        rows.append(("Size", explanation.certificate.text))
    if explanation.occlusions:
        rows.append(("Trust", _occlusion_words(explanation)))
    # No <dl>: notebooks have styles of their own for those, which break the columns.
    body = "".join(
        f"<div class='rw-name'>{escape(name)}</div><div>{escape(words)}</div>"
        for name, words in rows
    )
    said = [explanation.message, hint(explanation)]
    note = "".join(f"<p role='status'>{escape(words)}</p>" for words in said if words)
    return f"{STYLE}<div class='rw-facts'><div class='rw-list'>{body}</div>{note}</div>"


def has_mask(explanation: Explanation) -> bool:
    """Whether the mask is an explanation, and not all or nothing for want of one."""
    return explanation.stage not in _NOTHING and bool(explanation.mask.any())


def badge(explanation: Explanation) -> tuple[str, str]:
    """Return colour and words of the badge: what has been shown of the explanation."""
    if explanation.verified:
        return "ok", "verified"
    if explanation.stage in ("none found", "meaningless"):
        return "warn", "no explanation" if explanation.stage == "none found" else "meaningless"
    if has_mask(explanation):
        return "warn", "not verified"
    return "none", ""


def choices_html(explanation: Result) -> str:
    """Return what was chosen for the person, collapsed."""
    lines = [*explanation.choices]
    if explanation.runtime:
        lines.append(f"Evaluated by {explanation.runtime}.")
    lines.append(f"Seed {explanation.seed}.")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (
        f"{STYLE}<div class='rw-facts'><details><summary>What was chosen</summary>"
        f"<ul>{items}</ul></details></div>"
    )


def problem_html(problem: BaseException) -> str:
    """Return what a person should know of an exception, its traceback collapsed."""
    if isinstance(problem, RexWidgetsError):
        return note_html(str(problem))
    text = "".join(traceback.format_exception(problem))
    words = " ".join(str(problem).split())[:500]
    head = f"{type(problem).__name__}: {words}" if words else type(problem).__name__
    return (
        f"{STYLE}<div class='rw-facts' role='alert'><p class='rw-problem'>The model raised "
        f"{escape(head)}. What was found before is kept.</p>"
        f"<details><summary>Traceback</summary><pre tabindex='0'>{escape(text)}</pre></details>"
        "</div>"
    )


def note_html(words: str) -> str:
    """Return a sentence that stands out; empty for an empty one."""
    return (
        f"{STYLE}<div class='rw-facts'><p role='status'>{escape(words)}</p></div>" if words else ""
    )


def code_html(line: str) -> str:
    """Return a line of code to be copied; reachable and selectable with the keyboard."""
    return (
        f"{STYLE}<div class='rw-facts'><label>Copy as code"
        f"<textarea readonly rows='2' spellcheck='false' title='The line that gives this result "
        f"again: select all of it and copy'>{escape(line)}</textarea></label></div>"
    )


def _part_words(explanation: Explanation) -> str:
    """Say what the single masks are: how many there are, or what each of a few is."""
    parts = explanation.parts
    if explanation.strategy == "multi":
        count = len(parts)
        found = f"{count} explanation{'s' if count != 1 else ''} found"
        sets = separate_sets(explanation)
        return f"{found}, at most {len(sets[0])} of them apart from each other" if sets else found
    words = []
    for part in parts:
        said = f"{part.name}: {percent(part.area)}, alone {percent(part.confidence)}"
        if part.without is not None:
            said += f", without it the model answers {class_name(part.without)}"
        words.append(said)
    return "; ".join(words)


def _occlusion_words(explanation: Explanation) -> str:
    kept = [name for name, holds in explanation.occlusions.items() if holds]
    lost = [name for name, holds in explanation.occlusions.items() if not holds]
    if not kept:
        return f"loses the class under other occlusions: {', '.join(lost)}"
    return f"keeps the class under: {', '.join(kept)}" + (
        f"; not {', '.join(lost)}" if lost else ""
    )
