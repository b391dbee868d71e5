"""Region-constrained counterfactuals as text and as a page."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import InputError
from rex_widgets.report import explanation_png, explanation_text, page, to_html
from rex_widgets.report.rcsb_words import (
    begun,
    best_words,
    distance_words,
    found_words,
    missed_words,
    question_words,
    rcsb_line,
    second_words,
    trust_words,
)
from rex_widgets.widgets.display_bundle import explanation_bundle
from tests.rcsb_results import coloured, digit, unknown


def written(found: RegionCounterfactuals, folder: Path, **more: Any) -> str:
    return to_html(found, folder / "page.html", **more).read_text(encoding="utf-8")


def pictures_in(text: str) -> list[Any]:
    found = re.findall(r'src="data:image/\w+;base64,([^"]+)"', text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_the_text_says_what_was_found() -> None:
    lines = explanation_text(digit()).splitlines()
    assert lines[0] == "digit 17, which is 3: what in 18.8 % of the picture would make it 8"
    assert lines[1] == "3 of 4 samples give 8."
    assert lines[2] == ("Best is sample 2: 8 at 97.1 % (before 0.20 %), 3 at 2.1 % (before 98.2 %)")
    assert lines[3].startswith("Its change: L1 0.0") and "SSIM 0.867" in lines[3]
    assert lines[4] == "Not reached: sample 4 is 3 (8 at 31.2 %)."
    assert lines[5] == "The second classifier agrees: it says 8 for all 3, too."
    assert lines[6].endswith("where you do not see 8 yourself, do not trust the change.")
    assert lines[7] == (
        "Method rcsb; pictures classified: 54 (look 1, sampling 48, result 5), in 6.1 s, torch, "
        "seed 0"
    )


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ((8, 8, 8, 3), "agrees: it says 8 for all 3, too."),
        ((8, 3, 8, 8), "agrees in part: it says 8 for 2 of these 3."),
        ((3, 3, 9, 8), "does not agree: it says 8 for none of these 3. The change may deceive"),
    ],
)
def test_whether_the_second_classifier_agrees_is_said_plainly(
    second: tuple[int, ...], told: str
) -> None:
    words = second_words(digit(second=np.array(second)))
    assert words.startswith(f"The second classifier {told}")


def test_the_second_classifier_of_one_of_two_and_of_none() -> None:
    one = np.array([False, True, False, False])
    assert "agrees: it says 8, too." in second_words(digit(reached=one))
    told = second_words(digit(reached=one, second=np.array([8, 3, 8, 8])))
    assert "does not agree: it says 3. The change may deceive" in told
    two = np.array([True, True, False, False])
    assert "it says 8 for both, too" in second_words(digit(reached=two))
    none = second_words(digit(reached=np.zeros(4, np.bool_)))
    assert none == "The second classifier says 8 for 3 of the samples."
    assert second_words(digit(second=None)) == ""
    assert second_words(unknown()) == "", "it was not asked yet"
    other = second_words(digit(second_before=9))
    assert other.endswith("Of the picture itself it says 9.")


def test_how_far_a_change_may_be_believed_is_said() -> None:
    assert trust_words(digit()).startswith("The second classifier is another model, which had no")
    alone = trust_words(digit(second=None))
    assert alone.startswith("No second classifier was asked, and a change can deceive a single one")
    for told in (trust_words(digit()), alone):
        assert told.endswith("where you do not see 8 yourself, do not trust the change.")
    none = trust_words(digit(reached=np.zeros(4, np.bool_)))
    assert "may hold the classifier to 3. Try a larger or another region" in none
    blind = digit(reached=np.zeros(4, np.bool_), settings=SimpleNamespace(guidance="best_of"))
    assert "more candidates" in trust_words(blind) and "scale" not in trust_words(blind)
    assert trust_words(unknown()) == trust_words(digit(stage="sampling")) == ""


def test_what_was_not_reached_is_told_and_counted() -> None:
    none = digit(samples=9, reached=np.zeros(9, np.bool_))
    told = missed_words(none)
    assert "sample 4 is" in told and "sample 5 is" not in told and told.endswith("and 5 more.")
    assert found_words(none) == "none of 9 samples gives 8"
    assert missed_words(digit(samples=1)) == ""
    assert found_words(digit(samples=1)) == "the sample gives 8"
    missed = digit(samples=1, reached=np.zeros(1, np.bool_))
    assert found_words(missed) == "the sample does not give 8"
    one = digit(reached=np.array([True, False, False, False]))
    assert found_words(one) == "1 of 4 samples gives 8"


def test_what_stopped_a_sample_is_told() -> None:
    found = digit(failures=("", "not finite at step 7", "", ""))
    text = explanation_text(found)
    assert "3 of 4 samples give 8. Sample 2: not finite at step 7." in text.splitlines()
    curve = found.curve.copy()
    curve[1, -1] = np.nan
    text = explanation_text(replace(found, curve=curve))
    assert "3 of 4 samples give 8. Sample 2 stopped: not finite at step 7." in text.splitlines()
    told = explanation_text(replace(found, message="It says so itself."))
    assert "It says so itself." in told.splitlines() and "stopped" not in told


def test_distances_are_told_as_far_as_they_are_known() -> None:
    assert "LPIPS" not in distance_words(digit(), 0)
    assert "LPIPS 0.250" in distance_words(digit(lpips=np.full(4, 0.25, np.float32)), 0)
    assert distance_words(unknown(), 0) == ""


def test_one_line() -> None:
    found = digit(source="digit 3")
    assert rcsb_line(found) == (
        f"digit 3, {question_words(found)}: 3 of 4 samples give 8; best is {best_words(found)}"
    )
    assert rcsb_line(unknown()) == "digit 17: no counterfactuals yet (nothing yet)"


def test_a_run_that_has_done_nothing_says_so(tmp_path: Path) -> None:
    found = unknown()
    assert not begun(found) and begun(digit())
    assert "No counterfactuals yet (nothing yet)." in explanation_text(found)
    body = written(found, tmp_path).partition("<body>")[2]
    assert "no counterfactuals yet" in body and "No step is done yet." in body
    assert "nan" not in re.sub(r"base64,[^\"]+", "", body) and "How the best" not in body


def test_the_page_shows_before_after_change_and_every_sample(tmp_path: Path) -> None:
    found = digit()
    text = written(found, tmp_path)
    shown = pictures_in(text)
    levels = [np.rint(255 * one[..., 0]).astype(np.uint8) for one in (found.before, *found.after)]
    before, *samples = levels
    forming = [moment[1, ..., 0] for moment in found.forming]
    expected = [before, samples[1], None, before, samples[1], *samples, *forming]
    assert len(shown) == len(expected) == 14
    for pixels, wanted in zip(shown, expected, strict=True):
        assert wanted is None or np.array_equal(pixels, wanted)
    change = shown[2].astype(int)
    assert (change[~found.region] == change[0, 0]).all(), "one colour where nothing changed"
    brighter = found.difference[1, ..., 0] > 0.5
    assert (change[brighter, 0] > change[brighter, 2]).all(), "red is brighter"
    assert re.findall(r'<li data-reached="(\w+)"', text) == ["true"] * 3 + ["false"]
    assert text.count('type="radio"') == 4 and text.count(" checked") == 1
    assert 'data-words="After: sample 4: 3"' in text
    assert "The second classifier agrees: it says 8 for all 3, too." in text
    assert "do not trust the change" in text
    ends = re.search(r'<label for="swipe">(\w+) <input[^>]+> (\w+)</label>', text)
    assert ends is not None and ends.groups() == ("After", "Before"), "at its end it shows before"
    assert "sample 4 is 3 (8 at 31.2 %)." in text


def test_large_pictures_stay_sharp_where_they_are_compared(tmp_path: Path) -> None:
    found = coloured()
    text = written(found, tmp_path)
    assert text.count("data:image/png") == 6 and text.count("data:image/jpeg") == 2 + 5
    assert pictures_in(text)[0].shape == (256, 256, 3)
    assert 'class="small' not in text and 'class="large after"' in text


def test_the_curve_has_both_classes_of_every_sample(tmp_path: Path) -> None:
    found = digit()
    text = written(found, tmp_path)
    lines = re.findall(r'<polyline class="(\w+)( best)?" points="([^"]+)"/>', text)
    assert [(name, bool(best)) for name, best, _ in lines].count(("new", True)) == 1
    assert len(lines) == 8 and lines[-1][:2] == ("new", " best"), "drawn over the others"
    ends = np.array([list(map(float, one.split(","))) for one in lines[-1][2].split()])
    assert (np.diff(ends[:, 0]) > 0).all()
    heights = (ends[:, 1] - ends[0, 1]) / (ends[-1, 1] - ends[0, 1])
    values = found.curve[1, :, 1]
    assert np.allclose(heights, (values - values[0]) / (values[-1] - values[0]), atol=2e-3)
    curve = found.curve.copy()
    curve[:, 5:] = np.nan
    half = written(digit(curve=curve), tmp_path)
    points = re.findall(r'points="([^"]+)"', half)
    assert {len(one.split()) for one in points} == {5} and "nan" not in "".join(points)


def test_the_table_begins_with_the_two_classes(tmp_path: Path) -> None:
    text = written(digit(), tmp_path)
    rows = re.findall(
        r'<tr( class=asked)?><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', text
    )
    assert rows[0] == (" class=asked", "3", "98.2 %", "2.1 %")
    assert rows[1] == (" class=asked", "8", "0.20 %", "97.1 %") and len(rows) == 6


def test_only_the_pages_own_script_may_run(tmp_path: Path) -> None:
    text = written(digit(), tmp_path)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}';" in policy, "the browser compares this very text"
    assert not re.search(r'(?:src|href)="(?!data:)', text)


def test_texts_stay_texts(tmp_path: Path) -> None:
    bad = '"></script><img src=x onerror=alert(1)>'
    found = digit(
        source=bad, message=bad, labels=(bad,) * 10, choices=(bad,), runtime=bad,
        versions={bad: bad}, stage=bad, failures=(bad,) * 4, branches=(bad,), region_source=bad,
    )  # fmt: skip
    found = replace(found, method=bad)
    text = written(found, tmp_path)
    assert "<img src=x" not in text and text.count("<script") == 1
    assert "onerror" not in re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", text)
    assert "&lt;b&gt;" in written(digit(), tmp_path, title="<b>")


def test_the_words_are_its_own(tmp_path: Path) -> None:
    found = digit(settings=RcsbSettings(target=8, region=np.ones((2, 2), np.bool_), seed=0))
    body = written(found, tmp_path).partition("<body>")[2]
    assert "4 of 2 × 2 places" in body, "settings are told"
    for text in (explanation_text(found), rcsb_line(found), body):
        for word in ("esponsibility", "mportance", "xplanation"):
            assert word not in text


def test_a_page_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match=r"4 samples of 32 × 32 pixels.*n_inpaints"):
        written(digit(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_stands_for_a_panel() -> None:
    bundle = explanation_bundle(digit())
    assert bundle["text/plain"].startswith("digit 17, which is 3: ")
    assert Image.open(io.BytesIO(bundle["image/png"])).format == "PNG"
    assert len(explanation_png(coloured(samples=8))) <= 200_000


def test_a_sample_without_an_answer_hides_nothing_of_the_others(tmp_path: Path) -> None:
    found = digit()
    given, hits = found.probabilities.copy(), found.reached.copy()
    given[3], hits[3] = np.nan, False
    odd = replace(found, probabilities=given, reached=hits)
    assert begun(odd) and missed_words(odd) == ""
    text = explanation_text(odd)
    assert "Best is sample 2: 8 at 97.1 %" in text and "unknown" not in text
    page = written(odd, tmp_path)
    assert "The classifier has not been asked yet" not in page and "unknown" not in page
    assert 'data-words="After: sample 4"' in page and "it is </span>" not in page
    assert explanation_png(odd)
