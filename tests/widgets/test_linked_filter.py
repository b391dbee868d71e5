"""The filtered view of LinkedViews: what it shows, what it is told, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rex_widgets.errors import InputError
from rex_widgets.ordering import lower_quantile
from rex_widgets.widgets import Filter, LinkedViews, _linked_data
from rex_widgets.widgets._linked_filter import kept_where
from tests.relax.examples import filled
from tests.widgets.test_linked_views import PICTURE, Sent, ready

H, W = PICTURE.shape[:2]
MAP = np.linspace(0.1, 1, H * W).reshape(H, W).astype(np.float32)
BY = np.random.default_rng(0).permutation(H * W).reshape(H, W).astype(np.float32)
CHOSEN = Filter("importance", "uncertainty", "U-RELAX", quantile=0.25)
CASES = Path(__file__).resolve().parents[2] / "js" / "test" / "linked-filter-cases.json"


@pytest.fixture
def views() -> LinkedViews:
    return LinkedViews(PICTURE, {"importance": MAP, "uncertainty": BY}, filter=CHOSEN)


@pytest.fixture
def sent(views: LinkedViews, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(views, monkeypatch)


def _cases() -> list[dict[str, Any]]:
    """Values, and by quantile how many of them are at most that: for both languages."""
    rng = np.random.default_rng(7)
    found = []
    for size in (1, 2, 3, 4, 24, 101):
        for values in (
            rng.standard_normal(size).round(4),
            rng.integers(0, 4, size) / 10,  # ties
            (1 + 1e-7 * rng.integers(0, 9, size)).round(7),  # neighbours in 32 bits
        ):
            single = values.astype(np.float32)
            # 0.29 × 100 is just below 29 in 64 bits, and 29 in 32.
            shown = [
                [quantile, int((single <= lower_quantile(single, quantile)).sum())]
                for quantile in (0.0, 0.01, 0.25, 0.29, 0.5, 0.57, 0.75, 0.99, 1.0)
            ]
            found.append({"values": values.tolist(), "shown": shown})
    return found


def test_the_browser_is_tested_with_the_same_cases() -> None:
    # js/test/linked-filter.test.ts reads the file; after a change write it anew from _cases().
    assert json.loads(CASES.read_text(encoding="utf-8")) == _cases()


_FLOATS = arrays(
    np.float32,
    st.integers(1, 40),
    elements=st.floats(-100, 100, width=32),
)


@given(_FLOATS)
def test_half_is_the_median_of_the_release(values: Any) -> None:
    assert lower_quantile(values, 0.5) == torch.median(torch.from_numpy(values)).item()


@given(_FLOATS, st.floats(0, 1))
def test_the_rank_is_rounded_down(values: Any, quantile: float) -> None:
    # In 64 bits numpy's own has the same rank.
    expected = np.quantile(values.astype(np.float64), quantile, method="lower")
    assert lower_quantile(values, quantile) == expected


def test_ties_are_kept() -> None:
    by = np.array([[1, 2, 2], [2, 3, 4]], np.float32)
    values = np.array([[-1, 2, 3], [4, 5, 6]], np.float32)
    assert kept_where(values, by, 0.5).tolist() == [[-1, 2, 3], [4, 0, 0]]
    assert kept_where(values, by, 0).tolist() == [[-1, 0, 0], [0, 0, 0]]
    assert kept_where(values, by, 1).tolist() == values.tolist()
    flat = np.full((2, 3), 7, np.float32)
    assert kept_where(values, flat, 0).tolist() == values.tolist()


def test_the_view_stands_behind_its_maps_and_follows_them(views: LinkedViews) -> None:
    assert views.quantile == 0.25
    assert views.names == ("photo", "importance", "uncertainty", "U-RELAX")
    cut = np.sort(BY.ravel())[int(0.25 * (BY.size - 1))]
    assert np.array_equal(views.values("U-RELAX"), np.where(cut >= BY, MAP, 0))
    with pytest.raises(ValueError, match="read-only"):
        views.values("U-RELAX")[0, 0] = 1
    views.quantile = 1.0
    assert np.array_equal(views.values("U-RELAX"), MAP)
    views.add_map("other", MAP)
    assert views.names[3:] == ("U-RELAX", "other")
    views.add_map("importance", MAP * 2)
    assert np.array_equal(views.values("U-RELAX"), MAP * 2)
    assert views.still_words() == "<LinkedViews: photo, importance, uncertainty, U-RELAX, other>"


def test_statistics_are_of_what_is_shown(views: LinkedViews) -> None:
    kept = views.values("U-RELAX").astype(np.float64)
    found = views.statistics([0, 0, 3, 2])["U-RELAX"]
    assert found.mean == pytest.approx(kept[:2, :3].mean())
    assert found.max == pytest.approx(kept[:2, :3].max())
    assert found.share == pytest.approx(kept[:2, :3].sum() / kept.sum())


def test_the_browser_makes_the_view_itself(views: LinkedViews, sent: Sent) -> None:
    ready(views)
    importance, uncertainty, filtered = sent.last_list()["views"][1:]
    assert filtered == {
        "id": 0, "name": "U-RELAX", "kind": "map", "note": "",
        "filter": [importance["id"], uncertainty["id"]],
    }  # fmt: skip
    assert set(sent.data()) == {"photo", "importance", "uncertainty"}
    sent.messages.clear()
    views.quantile = 0.75
    assert sent.messages == []
    views.add_map("uncertainty", BY + 1)
    changed = sent.last_list()["views"]
    assert changed[3]["filter"] == [importance["id"], changed[2]["id"]]
    assert changed[2]["id"] != uncertainty["id"]


def test_it_comes_and_goes_with_its_maps() -> None:
    views = LinkedViews(PICTURE, filter=CHOSEN, quantile=0.6)
    assert views.names == ("photo",)
    assert views.quantile == 0.6
    views.add_map("uncertainty", BY)
    views.add_map("importance", MAP)
    assert views.names == ("photo", "uncertainty", "importance", "U-RELAX")
    views.remove("uncertainty")
    assert views.names == ("photo", "importance")
    with pytest.raises(InputError, match="no view 'U-RELAX'"):
        views.values("U-RELAX")
    views.add_mask("uncertainty", BY > 2)
    assert "U-RELAX" not in views.names


def test_another_filter_and_none(views: LinkedViews, sent: Sent) -> None:
    views.filter = Filter("uncertainty", "importance", "other way", quantile=0.1)
    assert views.names[-1] == "other way"
    assert views.quantile == 0.1
    assert sent.last_list()["views"][-1]["name"] == "other way"
    views.filter = None
    assert views.filter is None
    assert [v["name"] for v in sent.last_list()["views"]] == ["photo", "importance", "uncertainty"]


def test_a_signed_map_is_shown_as_differences_are() -> None:
    views = LinkedViews(PICTURE, {"uncertainty": BY}, filter=CHOSEN)
    views.add_map("importance", MAP - 0.5, signed=True)
    assert views._kept.headings()[-1]["kind"] == "difference"
    assert views.values("U-RELAX").min() < 0


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a", "a", "b"), "three that differ"),
        (("a", "b", "b"), "three that differ"),
        (("", "b", "c"), "filter's map was ''"),
        (("a", 3, "c"), "filter's by was 3"),
    ],
)
def test_names_that_cannot_be(names: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Filter(*names)


@pytest.mark.parametrize("quantile", [-0.1, 1.1, float("nan"), "half", None, True])
def test_a_quantile_that_cannot_be(quantile: Any) -> None:
    with pytest.raises(InputError, match="expected 0 to 1"):
        Filter("a", "b", "c", quantile)


def test_a_name_that_is_taken_is_refused(views: LinkedViews) -> None:
    with pytest.raises(InputError, match="'U-RELAX' is what the filter shows"):
        views.add_map("U-RELAX", MAP)
    with pytest.raises(InputError, match="'photo' already"):
        views.filter = Filter("importance", "uncertainty", "photo")
    assert views.filter == CHOSEN
    assert views.names[-1] == "U-RELAX"


def test_it_counts_as_a_view(views: LinkedViews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_linked_data, "MAX_VIEWS", 4)
    with pytest.raises(InputError, match="would be 5 views"):
        views.add_map("one more", MAP)
    views.filter = None
    views.add_map("one more", MAP)
    with pytest.raises(InputError, match="would be 5 views"):
        views.filter = CHOSEN


def test_what_a_browser_sends_for_the_quantile(views: LinkedViews) -> None:
    views.set_state({"quantile": 0.4})
    assert views.quantile == 0.4
    views.set_state({"quantile": float("nan")})
    assert views.quantile == 0.5
    with pytest.raises(traitlets.TraitError):
        views.quantile = 1.5


def test_the_page_carries_what_the_slider_needs(views: LinkedViews, tmp_path: Path) -> None:
    text = views.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"filter": [' in text
    assert '"quantile": 0.25' in text
    assert "4 views of one picture" in text


def test_the_still_picture_shows_it(views: LinkedViews) -> None:
    before = views.still_png()
    views.quantile = 1.0
    assert views.still_png() != before


def test_an_explanation_keeps_the_same_places() -> None:
    for quantile in (0.0, 0.29, 0.5, 0.57, 1.0):
        found = replace(filled(), importance=MAP + 1, uncertainty=BY)
        assert np.array_equal(found.u_relax_at(quantile), kept_where(MAP + 1, BY, quantile))
