"""Every notebook runs from top to bottom, and leaves something to look at."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_reads_well_without_widgets(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the demo extra")
    monkeypatch.setenv("REX_WIDGETS_REPORTS", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    bundles = [output["data"] for output in outputs if "data" in output]
    panels = [b for b in bundles if "application/vnd.jupyter.widget-view+json" in b]
    assert all("image/png" in bundle and "text/plain" in bundle for bundle in panels)
    assert any("image/png" in bundle for bundle in bundles)
    if path.stem == "01_explain":
        assert panels
        page = tmp_path / "explanation.html"
        assert "Egyptian cat" in page.read_text(encoding="utf-8")
    if path.stem == "02_rex_tutorial":
        printed = "".join(output.get("text", "") for output in outputs)
        assert "FOUND_CLASS: 285" in printed
        assert "verified: True" in printed
        table = next(b["text/plain"] for b in reversed(bundles) if "text/html" in b)
        assert "Strategy.Global" in table
        assert "Strategy.MultiSpotlight" in table
    if path.stem == "03_regions_and_views":
        printed = "".join(output.get("text", "") for output in outputs)
        assert "50% of the picture" in printed and "inside the region: True" in printed
    if path.stem == "04_volumes":
        printed = "".join(output.get("text", "") for output in outputs)
        assert "lesion, " in printed and "verified: True" in printed
        assert "The region alone gives 'healthy'" in printed
    if path.stem == "02_data_kinds":
        printed = "".join(output.get("text", "") for output in outputs)
        assert "the second substance: 16" in printed and "verified: True" in printed
        assert "It keeps debt" in "".join(b["text/plain"] for b in bundles if "text/plain" in b)


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS][:1] == ["01_explain"]
