"""Latent counterfactuals as text and as a page."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.report import explanation_png, explanation_text, page, to_html
from rex_widgets.report.latent_words import (
    MEANINGS,
    SIGNS,
    VERDICTS,
    begun,
    chance_words,
    distance_words,
    found_words,
    latent_line,
    moved_most,
    moved_words,
    question_words,
    verdict_words,
)
from rex_widgets.widgets.display_bundle import explanation_bundle
from tests.latent.examples import filled


def written(found: Counterfactuals, folder: Path, **more: Any) -> str:
    return to_html(found, folder / "page.html", **more).read_text(encoding="utf-8")


def unknown(**changes: Any) -> Counterfactuals:
    """A run that has done nothing yet."""
    known = filled()
    return filled(
        before=np.full_like(known.before, np.nan), after=np.full_like(known.after, np.nan),
        margins=np.full_like(known.margins, np.nan), changed=np.zeros_like(known.changed),
        counterfactuals=np.repeat(known.latents[:, None], 4, 1),
        distance=np.zeros_like(known.distance), target=np.full(3, -1), verified=False,
        nearest_miss=np.full(3, -1), diagnosis=("",) * 3, stage="nothing yet",
        verdict=np.full((3, 4), "unchanged"), **changes,
    )  # fmt: skip


def test_the_text_says_what_was_found() -> None:
    found = filled()
    lines = explanation_text(found).splitlines()
    assert lines[0] == "world 17: 3 samples: what gives another class"
    near = sorted(found.distance[n][found.changed[n]].min() for n in range(2))
    assert lines[1] == (
        f"Found for 2 of 3 samples; the nearest lie {near[0]:.2f} to {near[1]:.2f} away "
        "(L1, standardised)"
    )
    assert lines[2] == "Verdicts: 2 successful, 2 causal flip, 2 trivial, 6 unchanged"
    assert lines[3] == found.diagnosis[2]
    assert lines[4] == "Verified: each was decoded and classified once more."
    assert lines[5] == (
        "Method dice; pictures classified: 615 (look 3, search 600, verify 12), in 4.2 s, torch, "
        "seed 0"
    )


def test_one_sample_is_told_by_its_nearest_counterfactual() -> None:
    found = filled(samples=1)
    text = explanation_text(found)
    best = int(found.best[0])
    assert "A in Lato, which is even: what gives odd" in text
    assert "2 of 4 counterfactuals give the class asked for" in text
    assert f"the nearest lies {found.distance[0, best]:.2f} away" in text
    assert f"Nearest counterfactual: {chance_words(found, 0, best)}; moved: " in text
    assert chance_words(found, 0, best) == f"odd {100 * found.after[0, best, 1]:.1f} %"


def test_without_an_oracle_there_are_two_verdicts() -> None:
    found = filled(world=False, samples=1, classes=5)
    assert verdict_words(found) == "2 changed, 2 unchanged"
    assert question_words(found) == "sample 0, which is class 0: what gives class 1"
    assert set(SIGNS) == set(MEANINGS) == set(VERDICTS)


def test_what_moved_most_comes_first() -> None:
    found = filled(samples=1)
    steps = np.zeros(11, np.float32)
    steps[[1, 5, 7, 9]] = 0.2, -1.5, 0.75, 0.004
    moved = found.counterfactuals.copy()
    moved[0, 0], moved[0, 1] = found.latents[0] + steps, found.latents[0]
    found = filled(samples=1, counterfactuals=moved)
    assert moved_most(found, 0, 0) == ["font 3 -1.50", "rotation +0.75", "character 2 +0.20"]
    assert moved_words(found, 0, 1) == "nothing was moved"


def test_many_diagnoses_are_counted() -> None:
    none = np.zeros((9, 4), np.bool_)
    found = filled(samples=9, changed=none, diagnosis=tuple(f"Sample {n}: no." for n in range(9)))
    lines = explanation_text(found).splitlines()
    assert "Sample 5: no." in lines and "Sample 6: no." not in lines
    assert "And so for 3 more." in lines
    assert found_words(found) == "found for 0 of 9 samples" and distance_words(found) == ""


def test_one_line() -> None:
    assert latent_line(filled(source="world 3")) == (
        "world 3: 3 samples: what gives another class: found for 2 of 3 samples; "
        "2 successful, 2 causal flip, 2 trivial, 6 unchanged; verified"
    )
    assert latent_line(unknown()) == "world 17: no counterfactuals yet (nothing yet)"


def test_a_run_that_has_done_nothing_says_so(tmp_path: Path) -> None:
    found = unknown()
    assert not begun(found) and begun(filled())
    assert "No counterfactuals yet (nothing yet)." in explanation_text(found)
    text = written(found, tmp_path)
    assert "no counterfactuals yet" in text and "unchanged</b>" not in text
    assert "nan" not in text.partition("<body>")[2]


@pytest.mark.parametrize("world", [True, False])
def test_the_words_are_its_own(world: bool, tmp_path: Path) -> None:
    found = filled(world=world)
    body = written(found, tmp_path).partition("<body>")[2]
    for text in (explanation_text(found), latent_line(found), body):
        for word in ("esponsibility", "mportance", "xplanation"):
            assert word not in text.replace("num_explanations", "")


def test_the_page_shows_every_counterfactual(tmp_path: Path) -> None:
    found = filled()
    text = written(found, tmp_path)
    assert text.count('<article class="sample"') == 3 and text.count("<li data-verdict=") == 12 + 4
    shown = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    expected = [p for n in range(3) for p in (found.images[n], *found.pictures[n])]
    assert len(shown) == len(expected) == 15
    for data, pixels in zip(shown, expected, strict=True):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), pixels)
    cards = re.findall(r'<li data-verdict="([^"]*)"><figure>', text)
    assert cards == found.verdict.ravel().tolist()
    assert text.count('class="nearest"') == 2
    for row in range(3):
        for number in range(4):
            assert chance_words(found, row, number) in text
    assert f'<p class="diagnosis">{found.diagnosis[2]}</p>' in text


def test_bars_tell_the_moved_coordinates(tmp_path: Path) -> None:
    found = filled(samples=1, explanations=1)
    text = written(found, tmp_path)
    bars = re.findall(
        r'<rect class="part-(\d)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)">'
        r"<title>([^<]+) ([+-][\d.]+)</title>", text
    )  # fmt: skip
    moved = found.moved[0, 0]
    kept = np.flatnonzero(np.abs(moved) >= 0.005)
    assert [name for _, _, _, name, _ in bars] == [found.coordinates[n] for n in kept]
    heights = np.array([float(height) for _, _, height, _, _ in bars])
    assert np.allclose(heights, np.abs(moved[kept]) / np.abs(moved).max() * 18, atol=0.01)
    for (_, top, height, _, value), n in zip(bars, kept, strict=True):
        assert float(value) == pytest.approx(moved[n], abs=0.005)
        above = float(top) + float(height) <= 18.01
        assert above == (moved[n] > 0)
    parts = [int(part) for part, *_ in bars]
    assert parts == [0 if n < 3 else 1 if n < 6 else 2 for n in kept]


def test_large_pictures_become_thumbnails(tmp_path: Path) -> None:
    text = written(filled(side=300, samples=1, explanations=1), tmp_path)
    (first, _) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    assert max(Image.open(io.BytesIO(base64.b64decode(first))).size) <= 208


def test_it_asks_for_nothing_and_texts_stay_texts(tmp_path: Path) -> None:
    bad = '"></script><img src=x onerror=alert(1)>'
    known = filled()
    found = filled(
        source=bad, message=bad, labels=(bad, bad), sample_names=(bad,) * 3, choices=(bad,),
        coordinates=(bad,) * 11, diagnosis=(bad,) * 3, runtime=bad, versions={bad: bad},
        parts=((bad, 0, 5), (bad, 5, 11)), stage=bad, verdict=np.full(known.verdict.shape, bad),
    )  # fmt: skip
    found = replace(found, method=bad)
    text = written(found, tmp_path)
    assert "<img src=x" not in text and "<script" not in text
    assert "onerror" not in re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", text)
    assert "default-src 'none'" in text and "script-src" not in text
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert "&lt;b&gt;" in written(filled(), tmp_path, title="<b>")


def test_settings_that_hold_objects_are_named_shortly(tmp_path: Path) -> None:
    settings = SETTINGS["dice"](latents=np.zeros((500, 5), np.float32), generator=unknown)
    text = written(filled(settings=settings), tmp_path)
    assert "float32 array of 500 × 5" in text and "unknown" in text and " at 0x" not in text


def test_a_page_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="3 samples with 4 counterfactuals each"):
        written(filled(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_stands_for_a_panel() -> None:
    bundle = explanation_bundle(filled())
    assert bundle["text/plain"].startswith("world 17: ")
    assert Image.open(io.BytesIO(bundle["image/png"])).format == "PNG"
    many = filled(samples=6, explanations=6)
    assert len(explanation_png(many)) <= 200_000
