from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.report import bundle, explanation_png, explanation_text, page, to_html
from rex_widgets.results import ClassScore, EvaluationCount, Target
from tests.explanations import hand_made

NASTY = "</script><script>alert(1)</script><!-- & \"quoted\" 'x' \u2028"


def page_data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_page_carries_the_arrays_as_they_are(tmp_path: Path) -> None:
    explanation = hand_made()
    path = to_html(explanation, tmp_path / "page.html")
    assert path == tmp_path / "page.html"
    data = page_data(path.read_text("utf-8"))
    values = np.frombuffer(base64.b64decode(data["map"]), "<f4").reshape(explanation.map.shape)
    assert (values == explanation.map).all()
    bits = np.unpackbits(np.frombuffer(base64.b64decode(data["mask"]), np.uint8))
    assert (bits[: explanation.mask.size].reshape(64, 64) == explanation.mask).all()
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["picture"]))))
    assert (picture == explanation.picture).all()
    assert base64.b64decode(data["esm"]).decode() == bundle.bundle_text("layer-view")


def test_the_page_says_all_the_facts(tmp_path: Path) -> None:
    text = to_html(hand_made(), tmp_path / "page.html").read_text("utf-8")
    for words in (
        "Why Egyptian cat?", "cat.png", "Egyptian cat (class 285)", "71.3 %", "87.6 %",
        "Verified: classified again", "irreducible in 4×4 cells", "holds with 0, mean; fails with",
        "search 1890, extract 42, verify 4", "14.2 s, 13.6 s in the model", "onnxruntime",
        "<dt>Seed</dt><dd>7</dd>", "<dt>iters</dt><dd>20</dd>", "<dt>search_limit</dt><dd>none",
        "numpy (version)", "Runtime: agrees with the module.", "tabby", "rex_widgets 0.1.0",
    ):  # fmt: skip
        assert words in text, words
    assert "$" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)


def test_the_page_asks_for_nothing_from_anywhere(tmp_path: Path) -> None:
    text = to_html(hand_made(), tmp_path / "page.html").read_text("utf-8")
    assert "default-src 'none'; script-src 'unsafe-inline' blob:;" in text
    outside = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|(src|href)=\"(?!data:)", outside)


def test_no_text_gets_out_of_its_place(tmp_path: Path) -> None:
    explanation = hand_made(
        target=Target(1, NASTY, 0.5),
        top=(ClassScore(1, NASTY, 0.5),),
        message=NASTY,
        source=NASTY,
        runtime=NASTY,
        choices=(NASTY,),
        settings={NASTY: NASTY},
        versions={NASTY: NASTY},
        occlusions={NASTY: True},
        evaluations=EvaluationCount.of({NASTY: 3}),
    )
    plain = to_html(hand_made(message="m"), tmp_path / "plain.html").read_text("utf-8")
    text = to_html(explanation, tmp_path / "nasty.html", title=NASTY).read_text("utf-8")
    for tag in ("<script", "</script", "<!--"):
        assert text.count(tag) == plain.count(tag)
    assert "alert(1)&lt;/script&gt;" in text
    assert NASTY in page_data(text)["traits"]["alt"]


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": None},
        {"mask": np.zeros((64, 64), bool), "area": 0.0, "confidence": float("nan")},
        {"map": np.zeros((64, 64), np.float32)},
        {"target": Target(-1, "", 0.0), "top": (), "stage": "nothing yet", "certificate": None},
        {"verified": False, "stage": "none found", "message": "No part gives the class."},
        {"occlusions": {}, "settings": None, "choices": (), "versions": {}, "runtime": ""},
    ],
)
def test_what_is_not_finished_is_shown_too(tmp_path: Path, changes: dict[str, Any]) -> None:
    explanation = hand_made(**changes)
    text = to_html(explanation, tmp_path / "page.html").read_text("utf-8")
    assert page_data(text)["width"] == 64
    assert Image.open(io.BytesIO(explanation_png(explanation))).width == 136
    assert 3 <= len(explanation_text(explanation).splitlines()) <= 6


def test_a_file_is_replaced_whole_and_nothing_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    to_html(hand_made(), str(target), title="New")
    assert "<title>New</title>" in target.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["missing/page.html", "folder"])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"cannot be written to .*{name}"):
        to_html(hand_made(), tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_page_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 10_000)
    with pytest.raises(InputError, match=r"64 × 64 pixels.*smaller version of the image"):
        to_html(hand_made(), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_the_picture_dims_the_rest_and_shows_the_map() -> None:
    explanation = hand_made()
    image = np.asarray(Image.open(io.BytesIO(explanation_png(explanation))).convert("RGB"))
    assert image.shape == (64, 64 * 2 + 8, 3)
    left, right, picture = image[:, :64], image[:, 72:], explanation.picture
    assert picture is not None
    assert (left[explanation.mask] == picture[explanation.mask]).all()
    assert left[0, 63].max() < picture[0, 63].max() / 2
    assert (right[explanation.map == 0] == picture[explanation.map == 0]).all()
    assert (right[explanation.mask] != picture[explanation.mask]).any(axis=1).all()


def test_the_picture_stays_small() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 500, 3), dtype=np.uint8)
    explanation = hand_made(
        picture=noise, map=np.zeros((700, 500), np.float32), mask=np.zeros((700, 500), bool)
    )
    data = explanation_png(explanation)
    assert len(data) <= 200_000
    assert Image.open(io.BytesIO(data)).width > 200


def test_the_text_is_plain_and_short() -> None:
    assert explanation_text(hand_made(message="A\nlong   word.")).splitlines() == [
        "Egyptian cat (class 285) in cat.png: 87.6 % on the whole image",
        f"Explanation: {hand_made().area * 100:.1f} % of the image; alone it gives 71.3 %",
        "Verified: classified again, alone, it gives the class. Irreducible in 4×4 cells: removing "
        "any one of them loses the answer; the budget ended before finer cells.",
        "Where hidden parts become 0, the mean or a blur, it holds with 0, mean; fails with blur",
        "Evaluations: 1\u202f936 (search 1890, extract 42, verify 4), in 14.2 s, "
        "onnxruntime, seed 7",
        "A long word.",
    ]


def test_a_missing_bundle_says_how_to_build_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "_STATIC", tmp_path)
    with pytest.raises(RexWidgetsError, match=r"layer-view\.js is missing.*npm run build"):
        bundle.bundle_text("layer-view")


def test_little_confidence_is_said_with_what_to_do() -> None:
    asked = SimpleNamespace(minimum_confidence_threshold=0.0, mask_value=0.0)
    weak = hand_made(confidence=0.02, settings=asked)
    assert "a threshold of 0.5 asks for" in explanation_text(weak)
    assert "a threshold of 0.5" not in explanation_text(hand_made(settings=asked))
    told = SimpleNamespace(minimum_confidence_threshold=0.01, mask_value=0.0)
    assert "a threshold of 0.5" not in explanation_text(hand_made(confidence=0.02, settings=told))
    assert "a threshold of 0.5" not in explanation_text(hand_made(confidence=0.02, verified=False))


def test_the_run_s_own_occlusion_is_named() -> None:
    for value, words in (("spectral", "became spectral"), (0.25, "became 0.25"), (0.0, "")):
        settings = SimpleNamespace(minimum_confidence_threshold=0.5, mask_value=value)
        text = explanation_text(hand_made(settings=settings))
        assert ("Hidden parts became" in text) == bool(words) and words in text
