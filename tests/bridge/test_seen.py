"""Maps of classifiers that cut a picture's centre out."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rex_widgets as rw
from rex_widgets.bridge.seen import is_of_crop, over_whole
from rex_widgets.classifiers import Preprocessing, as_classifier
from rex_widgets.errors import InputError
from rex_widgets.inputs import load_sample
from tests.bridge.worlds import Quarters, ToyNetwork


@given(
    size=st.tuples(st.integers(6, 90), st.integers(6, 90)),
    crop=st.sampled_from([0.5, 0.8, 0.875, 224 / 232]),
    side=st.tuples(st.integers(4, 24), st.integers(4, 24)),
)
def test_it_undoes_how_pictures_are_cut(
    size: tuple[int, int], crop: float, side: tuple[int, int]
) -> None:
    # A picture of the laid map's size is cut to the map again.
    wanted = Preprocessing(size=side, channels=1, crop=crop)
    values = np.random.default_rng(0).integers(1, 256, side).astype(np.float32)
    whole = over_whole(values, wanted, size)
    again = load_sample(whole.astype(np.uint8), wanted).data[0] * 255
    np.testing.assert_allclose(again, values, atol=0.01)
    assert whole.sum() == values.sum() and not whole.flags.writeable


def test_which_maps_are_of_a_centre() -> None:
    cutting, whole = Preprocessing(size=(8, 8), crop=0.5), Preprocessing(size=(8, 8))
    values = np.ones((8, 8), np.float32)
    assert is_of_crop(values, cutting, (20, 30))
    assert not is_of_crop(values, whole, (20, 30))
    assert not is_of_crop(values, cutting, (8, 8))
    assert not is_of_crop(np.ones((9, 8), np.float32), cutting, (20, 30))


def test_a_causal_explanation_of_a_centre_says_where() -> None:
    model = as_classifier(
        Quarters(channels=3).eval(), input_shape=(3, 16, 16), crop=0.5, labels=list("abcd")
    )
    # Four times as wide as high: the classifier sees 8 of 16 rows, and 8 of 64 columns.
    picture = np.full((16, 64, 3), 40, np.uint8)
    picture[4:8, 28:32] = 230
    given = {"method": "rcsb", "network": ToyNetwork((32, 32), 3), "nfe": 2, "n_inpaints": 1}
    causal = SimpleNamespace(map=np.zeros((16, 16)), mask=None)
    causal.map[:8, :8] = 1
    run = rw.start(picture, model, map=causal, cell_size=2, area=0.016, seed=0, **given)
    found = run.wait()
    assert any("of the centre that the classifier cuts out" in one for one in found.choices)
    # The network's picture is 32 × 32: rows are doubled, columns halved; four cells fit.
    rows, columns = np.nonzero(found.region)
    assert rows.min() == 8 and rows.max() == 15
    assert columns.min() == 14 and columns.max() == 15
    with pytest.raises(InputError, match="as the centre that the classifier cuts out"):
        run.changed(map=np.ones((16, 16)))
