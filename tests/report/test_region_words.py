"""A region is told wherever an explanation is: text, page, picture, facts, files, database."""

from __future__ import annotations

import dataclasses
import json
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.cli.words import told
from rex_widgets.files_out import explanation_document, save_arrays
from rex_widgets.plots.style import caption_lines
from rex_widgets.report import to_html
from rex_widgets.report.region_words import alone_words, region_words, share_words
from rex_widgets.report.words import explanation_text, setting_items, verdict
from rex_widgets.results import Explanation
from rex_widgets.store import save_explanation, to_dataframe
from rex_widgets.widgets.facts import facts_html
from tests.explanations import hand_made

REGION = np.zeros((64, 64), np.bool_)
REGION[16:48, 16:48] = True


def inside(outside: str = "hidden", **changes: Any) -> Explanation:
    """A hand-made explanation that keeps 256 of 1024 places of a region, of 4096 in all."""
    mask = np.zeros((64, 64), np.bool_)
    mask[20:36, 20:36] = True
    settings = CausalSettings(region=REGION, outside=outside)
    return hand_made(
        64, mask=mask, area=float(mask.mean()), settings=settings, verified=True, **changes
    )


def test_the_words() -> None:
    hidden, visible = inside(), inside("visible")
    assert region_words(hidden) == "inside the region (25.0 % of the image), outside hidden"
    assert region_words(visible).endswith("outside visible")
    assert share_words(hidden) == "6.2 % of the image, 25.0 % of the region"
    assert alone_words(hidden) == "alone"
    assert alone_words(visible) == "with everything outside the region"


def test_nothing_is_said_without_a_region() -> None:
    for region in (None, np.ones((64, 64), np.bool_)):
        plain = dataclasses.replace(inside(), settings=CausalSettings(region=region))
        assert plain.region is None and region_words(plain) == "" and alone_words(plain) == "alone"
        assert "region" not in explanation_text(plain) + facts_html(plain) + told(
            plain, 0, one_line=True
        )
    assert hand_made(8, settings=None).region is None


@pytest.mark.parametrize("outside", ["hidden", "visible"])
def test_it_is_told_everywhere(outside: str, tmp_path: Path) -> None:
    found = inside(outside)
    where = region_words(found)
    assert f"Looked for {where}" in explanation_text(found)
    assert where in facts_html(found) and where in told(found, 0, one_line=True)
    assert where in caption_lines(found)
    page = to_html(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count(where) >= 2
    assert ("region", "1024 of 64 × 64 places") in setting_items(found.settings)
    assert "1024 of 64 × 64 places" in told(found, 2, one_line=False)


@pytest.mark.parametrize("strategy", ["global", "contrastive", "complete"])
def test_the_verdict_says_what_was_shown(strategy: str) -> None:
    assert "alone" in verdict(inside(strategy=strategy))
    words = verdict(inside("visible", strategy=strategy))
    assert "alone" not in words and "with everything outside the region" in words
    assert ("the whole region" in words) == (strategy == "complete")


def test_files_hold_it(tmp_path: Path) -> None:
    found = inside("visible")
    document = explanation_document(found)
    assert document["region"] == {
        "places": 1024,
        "share": 0.25,
        "kept": 0.25,
        "outside": "visible",
    }
    assert json.dumps(document) and document["settings"]["outside"] == "visible"
    (path,) = save_arrays(found, tmp_path / "arrays.npz")
    with np.load(path, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["region"], REGION)


def test_a_database_holds_it(tmp_path: Path) -> None:
    save_explanation(tmp_path / "found.db", inside())
    settings = to_dataframe(tmp_path / "found.db")["settings"].iloc[0]
    region = settings["region"]
    bits = np.frombuffer(zlib.decompress(b64decode(region["bits"])), np.uint8)
    shape = tuple(region["shape"])
    assert np.array_equal(np.unpackbits(bits, count=4096).reshape(shape), REGION)
    assert settings["outside"] == "hidden"
