"""What is shown and written once an explanation is there, for command line and magic."""

from __future__ import annotations

import io
from collections.abc import Mapping
from csv import writer
from pathlib import Path
from typing import Any

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.config import Effective
from rex_widgets.errors import InputError
from rex_widgets.results import Explanation
from rex_widgets.settings import given, options
from rex_widgets.visual_settings import VisualSettings

PICTURES = {"output": "explanation", "heatmap": "heatmap", "surface": "surface"}

CSV_COLUMNS = (
    "path",
    "class",
    "label",
    "confidence",
    "area",
    "entropy_image",
    "entropy_map",
    "spectral_entropy",
    "max_entropy",
    "insertion",
    "deletion",
    "robustness",
    "components",
    "seconds",
)


def deliver(
    run: Any, wishes: Mapping[str, str], found: Effective, *, source: Any = None
) -> tuple[Any, list[str]]:
    """Show and write what was asked for.

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
    analysis, lines
        The `Analysis` or ``None``, and sentences that say what was written.

    Raises
    ------
    RexWidgetsError
        Something cannot be shown or written.
    """
    explanation: Explanation = run.result()
    visual = found.build(VisualSettings)
    lines: list[str] = []
    analysis = None
    if "analyse" in wishes and explanation.mask.any() and explanation.target.index >= 0:
        analysis = run.analyse(**given(found.build(AnalysisSettings)))
        if wishes["analyse"]:
            lines.append(_write_analysis(Path(wishes["analyse"]), explanation, analysis))
    elif "analyse" in wishes:
        lines.append(f"Nothing was measured: there is no explanation ({explanation.stage}).")
    for key, kind in PICTURES.items():
        if key in wishes:
            lines += _picture(kind, run, wishes[key], visual, source)
    if "save" in wishes:
        from rex_widgets.files_out import save_arrays

        lines += [f"Wrote {path.name}." for path in save_arrays(explanation, wishes["save"])]
    if wishes.get("json", "-") != "-":
        from rex_widgets.files_out import json_text, write_text

        text = json_text(document_of(run, found, analysis)) + "\n"
        lines.append(f"Wrote {write_text(wishes['json'], text).name}.")
    if "html" in wishes:
        lines.append(f"Wrote {Path(run.to_html(wishes['html'])).name}.")
    if "run" in wishes:
        lines.append(f"Wrote {run.save(Path(wishes['run']).expanduser()).name}.")
    if "database" in wishes:
        from rex_widgets.store import save_run

        rows = save_run(
            Path(wishes["database"]).expanduser(),
            run,
            analysis=analysis,
            source=str(source) if isinstance(source, str | Path) else None,
            other_settings=_other_settings(found),
        )
        name = Path(wishes["database"]).name
        lines.append(f"Added {len(rows)} row{'s' if len(rows) > 1 else ''} to {name}.")
    return analysis, lines


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
        others[name] = {key: getattr(settings, key) for key in options(cls)}
    others["origins"] = {
        key: origin for cls in found.classes for key, origin in found.origins[cls].items()
    }
    return others


def _picture(kind: str, run: Any, path: str, visual: VisualSettings, source: Any) -> list[str]:
    from rex_widgets.plots import write

    explanation: Explanation = run.result()
    more: dict[str, Any] = {}
    if kind == "explanation" and explanation.kind == "image":
        more["original"] = _original(run, visual, source)
        if explanation.strategy == "multi" and len(explanation.parts) > 1:
            separated = explanation.separate_by(explanation.settings.permitted_overlap)
            more["sets"] = separated.sets[:1]
    written = write(kind, explanation, Path(path).expanduser() if path else None, visual, **more)
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
