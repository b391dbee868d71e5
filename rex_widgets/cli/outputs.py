"""What is shown and written once an explanation is there, for command line and magic."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from csv import writer
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.cli.targets import CSV_COLUMNS, check_table
from rex_widgets.config import Effective
from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.results import Explanation
from rex_widgets.settings import given, options
from rex_widgets.visual_settings import VisualSettings

PICTURES = {"output": "explanation", "heatmap": "heatmap", "surface": "surface"}


@dataclass(frozen=True)
class Delivered:
    """What was shown and written.

    Attributes
    ----------
    analysis
        The `Analysis`, or ``None``.
    lines
        Sentences that say what was written.
    problems
        What could not be shown or written, and why; the rest was.
    """

    analysis: Any
    lines: tuple[str, ...]
    problems: tuple[str, ...]


def deliver(
    run: Any, wishes: Mapping[str, str], found: Effective, *, source: Any = None
) -> Delivered:
    """Show and write what was asked for; what fails does not keep back the rest.

    Parameters
    ----------
    run
        A run that has ended, or been interrupted.
    wishes
        By name ("output", "heatmap", "surface", "analyse", "database", "json", "save", "html",
        "run"): a path, or "" to show or print. "-" for "json" is left to the caller.
    found
        Settings in force, those of pictures and measures among them.
    source
        The input as it was given, for pictures at its own resolution.

    Returns
    -------
    Delivered
    """
    explanation: Any = run.result()
    visual = found.build(VisualSettings)
    lines: list[str] = []
    problems: list[str] = []
    measured: list[Any] = [None]

    def analyse() -> list[str]:
        if not explanation.mask.any() or explanation.target.index < 0:
            return [f"Nothing was measured: there is no explanation ({explanation.stage})."]
        measured[0] = run.analyse(**given(found.build(AnalysisSettings)))
        if not wishes["analyse"]:
            return []
        return [_write_analysis(Path(wishes["analyse"]), explanation, measured[0])]

    def save() -> list[str]:
        from rex_widgets.files_out import save_arrays

        return [f"Wrote {path.name}." for path in save_arrays(explanation, wishes["save"])]

    def json() -> list[str]:
        from rex_widgets.files_out import json_text, write_text

        if wishes["json"] == "-":
            return []
        text = json_text(document_of(run, found, measured[0])) + "\n"
        return [f"Wrote {write_text(wishes['json'], text).name}."]

    def html() -> list[str]:
        return [f"Wrote {Path(run.to_html(wishes['html'])).name}."]

    def whole_run() -> list[str]:
        return [f"Wrote {run.save(Path(wishes['run']).expanduser()).name}."]

    def database() -> list[str]:
        return [_add_rows(run, wishes["database"], found, measured[0], source)]

    works: dict[str, Callable[[], list[str]]] = {
        "analyse": analyse,
        **{
            key: partial(_picture, kind, run, wishes.get(key, ""), visual, source)
            for key, kind in PICTURES.items()
        },
        "save": save,
        "json": json,
        "html": html,
        "run": whole_run,
        "database": database,
    }
    for key, work in works.items():
        if key in wishes:
            try:
                lines += work()
            except (RexWidgetsError, OSError) as problem:
                problems.append(f"--{key}: {problem}")
    return Delivered(measured[0], tuple(lines), tuple(problems))


def document_of(run: Any, found: Effective, analysis: Any = None) -> dict[str, Any]:
    """Return all numbers of a run as JSON values, every setting in force among them."""
    from rex_widgets.files_out import explanation_document

    others = _other_settings(found)
    return explanation_document(run.result(), analysis=analysis, settings=others)


def _other_settings(found: Effective) -> dict[str, dict[str, Any]]:
    """Settings that are not the method's, by heading, and where each value comes from."""
    others: dict[str, dict[str, Any]] = {}
    for cls in found.classes[1:]:
        settings: Any = found.build(cls)
        name = cls.__name__.removesuffix("Settings").lower()
        unused = found.unused.get(cls, ())
        others[name] = {key: getattr(settings, key) for key in options(cls) if key not in unused}
    others["origins"] = {
        key: origin for cls in found.classes for key, origin in found.origins[cls].items()
    }
    return others


def _add_rows(run: Any, path: str, found: Effective, analysis: Any, source: Any) -> str:
    from rex_widgets.store import save_run

    rows = save_run(
        Path(path).expanduser(),
        run,
        analysis=analysis,
        source=str(source) if isinstance(source, str | Path) else None,
        other_settings=_other_settings(found),
    )
    return f"Added {len(rows)} row{'s' if len(rows) > 1 else ''} to {Path(path).name}."


def _picture(kind: str, run: Any, path: str, visual: VisualSettings, source: Any) -> list[str]:
    from rex_widgets.plots import write

    found: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals = run.result()
    more: dict[str, Any] = {}
    if isinstance(found, Explanation) and kind == "explanation" and found.kind == "image":
        more["original"] = _original(run, visual, source)
        if found.strategy == "multi" and len(found.parts) > 1:
            more["sets"] = found.separate_by(found.settings.permitted_overlap).sets[:1]
    written = write(kind, found, Path(path).expanduser() if path else None, visual, **more)
    return [f"Wrote {file.name}." for file in written]


def _original(run: Any, visual: VisualSettings, source: Any) -> Any:
    """Return the picture at the size of its file, where that is asked for and known."""
    from rex_widgets.plots import original_picture

    if not visual.resize or source is None or not isinstance(source, str | Path | bytes):
        return None
    try:
        return original_picture(source, run.classifier.preprocessing)
    except InputError:
        return None


def _write_analysis(path: Path, explanation: Explanation, analysis: Any) -> str:
    """Write an analysis as JSON, or add it as a line to a table."""
    target = path.expanduser().absolute()
    if target.suffix.lower() == ".json":
        from rex_widgets.files_out import json_text, write_text

        document = {"source": explanation.source, **analysis.document()}
        return f"Wrote {write_text(target, json_text(document) + chr(10)).name}."
    check_table(target)
    document = analysis.document()
    values = {
        **document,
        "path": explanation.source,
        "class": explanation.target.index,
        "label": explanation.target.label,
        "confidence": explanation.confidence,
        "insertion": document["insertion"]["area"],
        "deletion": document["deletion"]["area"],
        "seconds": round(explanation.seconds, 3),
    }
    buffer = io.StringIO()
    table = writer(buffer, lineterminator="\n")
    try:
        with target.open("a", encoding="utf-8", newline="") as file:
            if file.tell() == 0:
                table.writerow(CSV_COLUMNS)
            table.writerow([values[column] for column in CSV_COLUMNS])
            # one write: several processes may add to the same table
            file.write(buffer.getvalue())
    except OSError as error:
        raise InputError(
            f"{target.name!r} cannot be written ({error.strerror}); name another file."
        ) from None
    return f"Added a line to {target.name}."
