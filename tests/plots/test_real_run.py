"""A photograph and a pretrained model, from the run to the files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rex_widgets as rw
from rex_widgets import plots
from rex_widgets.visual_settings import VisualSettings

CAT = Path(__file__).resolve().parents[2] / "notebooks" / "cat.png"


@pytest.mark.slow
def test_a_photograph_from_the_run_to_the_files(tmp_path: Path) -> None:
    from rex_widgets.classifiers.demo import efficientnet_lite0

    run = rw.start(CAT, efficientnet_lite0(), iters=2, minimise_budget=200, seed=0)
    for _ in run:
        pass
    explanation = run.result()
    original = plots.original_picture(CAT, run.classifier.preprocessing)
    with Image.open(CAT) as picture:
        size = picture.size
    (path,) = plots.write(
        "explanation", explanation, tmp_path / "large.png", VisualSettings(resize=True, raw=True),
        original=original,
    )  # fmt: skip
    with Image.open(path) as picture:
        assert picture.size == size
        shown = np.asarray(picture).any(axis=2).mean()
    assert shown == pytest.approx(explanation.area, abs=0.02)
    analysis = run.analyse(insertion_step=2000, robustness_backgrounds=5)
    assert analysis.deletion.confidences[0] == pytest.approx(
        explanation.target.confidence, abs=1e-3
    )
    json.dumps(analysis.document(), allow_nan=False)
    for kind in ("heatmap", "surface", "curves"):
        plots.write(kind, explanation, tmp_path / f"{kind}.png", analysis=analysis)
    assert len(list(tmp_path.iterdir())) == 4
