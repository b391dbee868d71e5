"""An explanation of a representation as text and as a page."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import InputError
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.report import explanation_text, page, to_html
from rex_widgets.report.relax_page import VIEW_TRAITS
from rex_widgets.report.relax_words import (
    accuracy_words,
    error_words,
    is_resolved,
    kept_words,
    measure_words,
    relax_line,
)
from tests.relax.examples import SPACES, filled


def written(found: RelaxExplanation, folder: Path, **more: Any) -> str:
    return to_html(found, folder / "page.html", **more).read_text(encoding="utf-8")


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def array_of(packed: dict[str, Any], dtype: str) -> np.ndarray[Any, Any]:
    data = base64.b64decode(packed["data"])
    return np.frombuffer(zlib.decompress(data) if packed["deflated"] else data, dtype)


def test_the_text_says_what_was_found() -> None:
    found = filled(neighbours=2)
    lines = explanation_text(found).splitlines()
    low, high = found.importance.min(), found.importance.max()
    assert lines[0] == "cat.png: similar to itself, by cosine similarity"
    assert lines[1] == (
        f"Importance {low:.3g} to {high:.3g}, standard error 5 % of the "
        "differences between places, 0.49 % of the importance itself"
    )
    assert "U-RELAX keeps the 96 pixels whose uncertainty is at most its median" in lines[2]
    assert "512 masks; the map is known as well as was asked for" in lines
    assert "Representation: the output, 32 numbers, as it is" in lines
    assert "Nearest in the gallery: photo 0.png 0.950, photo 1.png 0.850" in lines
    assert lines[-1] == "Evaluations: 513 (look 1, masks 512), in 3.5 s, onnxruntime, seed 0"


@pytest.mark.parametrize("kind", SPACES)
def test_the_words_are_relaxs_own(kind: str, tmp_path: Path) -> None:
    found = filled(kind, neighbours=1)
    body = written(found, tmp_path).partition("<body>")[2].partition("<script")[0]
    for text in (explanation_text(found), relax_line(found), body):
        assert "esponsibility" not in text and "xplanation" not in text
        assert "smallest part" not in text and "mportance" in text


def test_a_run_without_masks_says_so() -> None:
    zeros = np.zeros((4, 4), np.float32)
    found = filled(
        space=(4, 4), importance=zeros, uncertainty=zeros, masks=0, stage="nothing yet",
        relative_error=float("nan"), contrast_error=float("nan"), runtime="", embedding_text="",
        statistics={}, stopped_by="",
    )  # fmt: skip
    assert "No masks yet (nothing yet)." in explanation_text(found)
    assert "no runtime yet" in explanation_text(found)
    assert relax_line(found) == "cat.png: no masks yet (nothing yet)"
    assert error_words(found) == "standard error not known yet"


def test_single_facts() -> None:
    assert kept_words(filled(settings=RelaxSettings(uncertainty_threshold=0.25))).startswith("48 ")
    assert "its 25 % quantile" in kept_words(
        filled(settings=RelaxSettings(uncertainty_threshold=0.25))
    )

    def own(h: Any, masked: Any) -> Any:
        return masked[:, 0]

    assert measure_words(filled(settings=RelaxSettings(similarity_measure=own))) == "own"
    assert measure_words(filled(settings=RelaxSettings(similarity_measure="dot"))) == (
        "scalar product"
    )
    unsure = {"contrast_error": 0.91}
    assert error_words(filled(**unsure)) == "standard error 91 % of the differences between places"
    assert accuracy_words(filled(), "15 %") == (
        "standard error 5 % of the differences between places (asked for: at most 15 %), "
        "0.49 % of the importance itself"
    )
    unknown = filled(contrast_error=float("nan"))
    assert accuracy_words(unknown) == "standard error 0.49 % of the importance"
    assert is_resolved(filled()) and not is_resolved(filled(**unsure))
    assert not is_resolved(filled(stopped_by="num_batches"))


def test_the_page_carries_linked_views_of_the_maps(tmp_path: Path) -> None:
    found = filled(settings=RelaxSettings(uncertainty_threshold=0.3))
    data = data_of(written(found, tmp_path))
    listed, *sent = data["messages"]
    views = {view["name"]: view for view in listed["content"]["views"]}
    assert list(views) == ["cat.png", "importance", "uncertainty", "U-RELAX"]
    size = (listed["content"]["height"], listed["content"]["width"])
    assert size == found.importance.shape
    ids = [views[name]["id"] for name in ("importance", "uncertainty")]
    assert views["U-RELAX"]["filter"] == ids and data["traits"]["quantile"] == 0.3
    by_id = {message["content"]["id"]: message["buffers"][0] for message in sent}
    assert np.array_equal(array_of(by_id[ids[0]], "<f4"), found.importance.ravel())
    assert np.array_equal(array_of(by_id[ids[1]], "<f4"), found.uncertainty.ravel())
    assert found.picture is not None
    assert np.array_equal(array_of(by_id[views["cat.png"]["id"]], "u1"), found.picture.ravel())


def test_the_page_is_what_the_widget_would_send(tmp_path: Path) -> None:
    """The page's traits and messages are those of `LinkedViews` itself."""
    from rex_widgets.widgets._linked_filter import Filter
    from rex_widgets.widgets._page_traits import page_traits
    from rex_widgets.widgets.linked_views import LinkedViews

    found = filled()
    views = LinkedViews(
        found.picture, name="cat.png", filter=Filter("importance", "uncertainty", "U-RELAX"),
        first="importance", second="uncertainty", width=VIEW_TRAITS["width"],
    )  # fmt: skip
    views.add_map("importance", found.importance).add_map("uncertainty", found.uncertainty)
    told = data_of(views.to_html(tmp_path / "widget.html").read_text(encoding="utf-8"))
    mine = data_of(written(found, tmp_path))
    assert mine["traits"] == page_traits(views) == told["traits"]
    names = [view["name"] for view in told["messages"][0]["content"]["views"]]
    assert sorted(names) == sorted(v["name"] for v in mine["messages"][0]["content"]["views"])
    theirs = {view["name"]: view for view in told["messages"][0]["content"]["views"]}
    for view in mine["messages"][0]["content"]["views"]:
        assert view.keys() == theirs[view["name"]].keys()
        assert view["kind"] == theirs[view["name"]]["kind"]
    views.close()


@pytest.mark.parametrize(
    ("shift", "kind", "least"), [(-2.0, "map", 0.0), (-0.75, "difference", None), (0.0, "map", 0.1)]
)
def test_maps_that_are_not_above_zero_are_seen(
    shift: float, kind: str, least: float | None, tmp_path: Path
) -> None:
    found = filled(importance=filled().importance + np.float32(shift))
    data = data_of(written(found, tmp_path))
    view = next(v for v in data["messages"][0]["content"]["views"] if v["name"] == "importance")
    values = array_of(data["messages"][2]["buffers"][0], "<f4")
    assert view["kind"] == kind
    assert ("above its least" in view["note"]) == (least == 0.0)
    if least is not None:
        assert values.min() == pytest.approx(least, abs=0.6) and values.min() >= 0


@pytest.mark.parametrize("kind", ["signal", "table", "audio", "volume"])
def test_other_kinds_have_a_figure_and_no_script(kind: str, tmp_path: Path) -> None:
    text = written(filled(kind), tmp_path)
    assert "<script" not in text and 'src="data:image/png;base64,' in text
    assert "default-src 'none'" in text


def test_it_asks_for_nothing_and_texts_stay_texts(tmp_path: Path) -> None:
    bad = "</script><img src=x onerror=alert(1)>"
    found = filled(
        neighbours=1, source=bad, asked=bad, message=bad, embedding_text=bad, choices=(bad,),
        runtime=bad, versions={bad: bad}, stopped_by=bad,
    )  # fmt: skip
    neighbour = found.neighbours[0]
    object.__setattr__(neighbour, "name", bad)
    text = written(found, tmp_path)
    assert "<img src=x" not in text and text.count("</script>") == 2
    assert text.count("&lt;img src=x") > 8
    assert "default-src 'none'" in text and "connect-src" not in text
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert "&lt;b&gt;" in written(filled(), tmp_path, title="<b>")


def test_the_gallery_shows_pairs(tmp_path: Path) -> None:
    text = written(filled(neighbours=3), tmp_path)
    gallery = text.partition('<section class="gallery">')[2].partition("</section>")[0]
    assert gallery.count("<li>") == 3 and gallery.count("<img") == 6
    assert "similarity 0.950<br>importance " in gallery
    assert 'alt="what makes it similar to photo 2.png"' in gallery
    signal = written(filled("signal", neighbours=3), tmp_path)
    assert signal.partition('<section class="gallery">')[2].count("<img") == 3
    assert 'class="gallery"' not in written(filled(), tmp_path)


def test_settings_that_hold_arrays_are_named_shortly(tmp_path: Path) -> None:
    settings = RelaxSettings(
        like=np.zeros((3, 12, 16), np.float32), gallery=[np.zeros((12, 16, 3), np.uint8)] * 2
    )
    text = written(filled(settings=settings), tmp_path)
    assert "float32 array of 3 × 12 × 16" in text and "2 given" in text
    assert "[[[" not in text


def test_a_page_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match=r"12 × 16 pixels"):
        written(filled(), tmp_path)
    assert not list(tmp_path.iterdir())
