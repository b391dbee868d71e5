"""The demonstration: execute the first notebook and say what it found.

Run by ``make demo``; it needs a checkout and the ``demo`` extra.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "01_explain.ipynb"
REPORTS = ROOT / "reports"

SUMMARY = """
from rex_widgets.demo import summarise
summarise(run)
"""


def summarise(run: Any) -> None:
    """Print a run's class, area, evaluations and time; executed in the notebook's kernel."""
    explanation = run.result()
    target = explanation.target
    print(f"class        {target.label} ({target.index}), confidence {target.confidence:.2f}")
    print(
        f"explanation  {explanation.area:.2%} of the picture ({explanation.pixels} pixels), "
        f"{'verified' if explanation.verified else 'not verified'}"
    )
    if explanation.certificate is not None:
        print(f"             {explanation.certificate.text}")
    print(f"evaluations  {explanation.evaluations!r}")
    print(f"time         {explanation.seconds:.1f} s, with {explanation.runtime}")


def main() -> int:
    """Execute the notebook, print its findings and where the page is."""
    if not NOTEBOOK.is_file():
        print("The demonstration needs a checkout of rex_widgets, with its notebooks/ folder.")
        return 1
    import nbformat
    from nbclient import NotebookClient

    REPORTS.mkdir(exist_ok=True)
    os.environ["REX_WIDGETS_REPORTS"] = str(REPORTS)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(SUMMARY))
    print(f"executing {NOTEBOOK.relative_to(ROOT)} (a minute or so)")
    started = time.perf_counter()
    client = NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": NOTEBOOK.parent}}
    )
    client.execute()
    for output in notebook.cells[-1].outputs:
        print(output.get("text", ""), end="")
    print(f"notebook     {time.perf_counter() - started:.0f} s in all")
    print(f"report       {(REPORTS / 'explanation.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
