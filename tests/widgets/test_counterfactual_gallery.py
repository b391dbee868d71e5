"""CounterfactualGallery: what it takes, what it refuses, what it tells the browser and hears."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import traitlets
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.widgets import CounterfactualGallery
from tests.latent.examples import COORDINATES, filled


@pytest.fixture
def gallery(monkeypatch: pytest.MonkeyPatch) -> CounterfactualGallery:
    made = CounterfactualGallery(filled())
    made.sent = []
    monkeypatch.setattr(made, "send", lambda told, buffers=(): made.sent.append((told, [*buffers])))
    return made


def _pictures(told: dict[str, Any], data: bytes) -> dict[tuple[int, int], np.ndarray[Any, Any]]:
    shape = (len(told["places"]), told["height"], told["width"], told["channels"])
    stacked = np.frombuffer(data, np.uint8).reshape(shape)
    return {tuple(place): one for place, one in zip(told["places"], stacked, strict=True)}


def test_the_table_says_what_became_of_each(gallery: CounterfactualGallery) -> None:
    found = filled()
    table = gallery.table
    assert [row["name"] for row in table["rows"]] == list(found.sample_names)
    first = table["rows"][0]
    assert (first["own"], first["asked"]) == ("even", "odd")
    assert first["sure"] == pytest.approx(0.9) and first["before"] == pytest.approx(0.1)
    assert [cell[0] for cell in first["cells"]] == list(found.verdict[0])
    assert [cell[1] for cell in first["cells"]] == pytest.approx(found.after[0, :, 1].tolist())
    assert [cell[2] for cell in first["cells"]] == pytest.approx(found.distance[0].tolist())
    assert first["best"] == found.best[0] and table["rows"][2]["note"] == found.diagnosis[2]
    assert table["coordinates"] == list(COORDINATES) and table["parts"][1] == ["font", 3, 6]
    assert dict(map(tuple, table["counts"])) == found.counts()


def test_without_an_oracle_there_is_changed_and_unchanged() -> None:
    gallery = CounterfactualGallery(filled(world=False))
    verdicts = {cell[0] for row in gallery.table["rows"] for cell in row["cells"]}
    assert verdicts == {"changed", "unchanged"} and gallery.table["rows"][0]["own"] == "class 0"


def test_pictures_and_moves_are_sent_when_asked(gallery: CounterfactualGallery) -> None:
    gallery._handle_custom_msg({"type": "ready"}, [])
    (told, (data, moved)), found = gallery.sent[0], filled()
    pictures = _pictures(told, data)
    assert len(pictures) == 3 * 5
    assert np.array_equal(pictures[1, -1], found.images[1])
    assert np.array_equal(pictures[2, 3], found.pictures[2, 3])
    assert (told["columns"], told["size"]) == (4, 11)
    assert np.array_equal(np.frombuffer(moved, "<f4").reshape(3, 4, 11), found.moved)
    for other in ({"type": "go"}, {}, "ready", None):
        gallery._handle_custom_msg(other, [])
    assert len(gallery.sent) == 1


def test_only_pictures_that_changed_are_sent_again(gallery: CounterfactualGallery) -> None:
    pictures = filled().pictures.copy()
    pictures[1, 2] = 7
    gallery.show(filled(pictures=pictures))
    told, (data, _) = gallery.sent[0]
    assert list(_pictures(told, data)) == [(1, 2)]
    # These are grey: one channel is enough.
    assert told["channels"] == 1 and set(data) == {7}


def test_what_was_not_classified_yet_has_no_picture_and_no_probability() -> None:
    after = filled().after.copy()
    after[1] = np.nan
    gallery = CounterfactualGallery(filled(after=after))
    assert [cell[1] for cell in gallery.table["rows"][1]["cells"]] == [None] * 4
    assert (1, -1) in gallery._sent and (1, 0) not in gallery._sent and (0, 0) in gallery._sent
    nothing = np.full_like(after, np.nan)
    before = np.full_like(filled().before, np.nan)
    blank = CounterfactualGallery(
        filled(after=nothing, before=before, target=np.full(3, -1, np.int64))
    )
    assert blank._sent == {} and blank.chosen == []
    assert blank.table["rows"][0]["own"] == "–" and blank.table["counts"] == []


def test_the_best_is_chosen_until_somebody_chooses(gallery: CounterfactualGallery) -> None:
    heard: list[tuple[int, int]] = []
    assert gallery.chosen == [0, int(filled().best[0])]
    gallery.on_choose(lambda *place: heard.append(place))
    later = filled(seed=5)
    assert later.best[0] != filled().best[0]
    gallery.show(later)
    assert gallery.chosen == [0, int(later.best[0])] and len(heard) == 1
    gallery.chosen = [2, -1]
    gallery.show(filled())
    assert gallery.chosen == [2, -1] and heard[-1] == (2, -1)
    gallery.chosen = []
    gallery.show(later)
    assert gallery.chosen == [] and heard[-1] == (-1, -1)
    gallery.forget()
    gallery.show(later)
    assert gallery.chosen == [0, int(later.best[0])]


def test_a_choice_that_is_no_longer_there_is_dropped(gallery: CounterfactualGallery) -> None:
    gallery.chosen = [2, 3]
    gallery.show(filled(samples=1))
    assert gallery.chosen == []


@pytest.mark.parametrize("bad", [[3, 0], [0, 4], [-1, 0], [0, -2], [0]])
def test_a_place_that_is_none_is_refused(gallery: CounterfactualGallery, bad: list[int]) -> None:
    before = list(gallery.chosen)
    with pytest.raises(traitlets.TraitError, match="was chosen"):
        gallery.chosen = bad
    assert gallery.chosen == before


def test_something_else_is_refused_and_changes_nothing(gallery: CounterfactualGallery) -> None:
    with pytest.raises(InputError, match="ndarray was given; expected Counterfactuals"):
        gallery.show(np.zeros(3))  # type: ignore[arg-type]
    assert len(gallery.table["rows"]) == 3 and gallery.sent == []


def test_pages_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    found = filled(samples=30, explanations=60, side=4)
    gallery = CounterfactualGallery(found)
    assert (len(gallery.table["rows"]), len(gallery.table["rows"][0]["cells"])) == (12, 24)
    sent: list[Any] = []
    monkeypatch.setattr(gallery, "send", lambda told, buffers=(): sent.append((told, buffers)))
    gallery.first = 24
    assert [row["name"] for row in gallery.table["rows"]] == list(found.sample_names[24:])
    gallery.first_counterfactual = 48
    told, (data, moved) = sent[-1]
    assert np.array_equal(_pictures(told, data)[5, 11], found.pictures[29, 59])
    assert np.array_equal(np.frombuffer(moved, "<f4").reshape(6, 12, 11), found.moved[24:, 48:])
    gallery.first = 10_000
    assert gallery.table["first"] == 24
    gallery.show(filled())
    assert (gallery.first, gallery.first_counterfactual) == (0, 0)


def test_large_pictures_are_made_small() -> None:
    found = filled(samples=1, explanations=1, side=300)
    gallery = CounterfactualGallery(found)
    assert gallery._sent[0, -1].shape == (108, 108, 3)


def test_it_leaves_a_picture_and_words() -> None:
    gallery = CounterfactualGallery(filled())
    data, _ = gallery._repr_mimebundle_()
    assert "3 samples with 4 counterfactuals each" in data["text/plain"]
    assert "2 successful" in data["text/plain"]
    picture = Image.open(io.BytesIO(data["image/png"]))
    assert picture.width > 400 and np.unique(np.asarray(picture)).size > 20
    assert CounterfactualGallery().still_png().startswith(b"\x89PNG")
    assert "nothing" in CounterfactualGallery().still_words()


def test_closing_drops_callbacks(gallery: CounterfactualGallery) -> None:
    heard: list[Any] = []
    gallery.on_choose(lambda *place: heard.append(place))
    gallery.close()
    gallery.chosen = [1, 1]
    assert heard == []
