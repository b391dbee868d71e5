from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.errors import InputError
from rex_widgets.plots.counterfactual_figure import counterfactual_figure, counterfactual_mosaic


def plain(*values: float, channels: int = 3) -> np.ndarray:
    """Pictures of 4 × 4 pixels of one brightness each."""
    return np.stack([np.full((channels, 4, 4), value, np.float32) for value in values])


def test_every_counterfactual_is_below_its_sample() -> None:
    mosaic = counterfactual_mosaic(plain(-1, -0.5), plain(0, 0.5, 0.2), np.array([1, 0, 1]))
    assert mosaic.shape == (3 * 6, 2 * 6, 3)
    corners = mosaic[[1, 7, 13]][:, [1, 7], 0]
    np.testing.assert_allclose(corners, [[0, 0.25], [0.75, 0.5], [1, 0.6]], atol=1e-6)
    assert (mosaic[12:, :6] == 1).all()
    np.testing.assert_allclose(mosaic[5:7], 0.7)


def test_grey_pictures_and_values_out_of_range() -> None:
    mosaic = counterfactual_mosaic(plain(-3, channels=1), plain(3, channels=1), np.array([0]))
    assert mosaic.shape == (12, 6, 3)
    assert (mosaic[1, 1:-1] == 0).all()
    assert (mosaic[-2, 1:-1] == 1).all()


def test_a_panel_for_every_batch() -> None:
    batch = plain(-1, 0), plain(1), np.array([1])
    figure = counterfactual_figure([batch, batch, batch])
    assert len(figure.axes) == 3
    assert figure.axes[0].images[0].get_array().shape == (12, 12, 3)


def test_nothing_to_draw() -> None:
    with pytest.raises(InputError, match="no samples"):
        counterfactual_figure([])
    with pytest.raises(InputError, match="no samples"):
        counterfactual_figure([(np.zeros((0, 3, 4, 4)), np.zeros((0, 3, 4, 4)), np.zeros(0, int))])
