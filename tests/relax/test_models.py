"""The encoder that the settings speak of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import SettingsError
from rex_widgets.relax.models import as_model
from rex_widgets.relax.settings import RelaxSettings

BATCH = np.random.default_rng(0).normal(size=(2, 1, 4, 5)).astype(np.float32)


def two(batch: Any) -> Any:
    return batch.mean(axis=(2, 3)), np.asarray(batch)[:, :, :2, :3]


def test_settings_choose_what_is_read() -> None:
    first = as_model(two, RelaxSettings(output=0), input_shape=(1, 4, 5))
    assert first(BATCH).shape == (2, 1)
    flat = as_model(two, RelaxSettings(output=1), input_shape=(1, 4, 5))
    assert flat(BATCH).shape == (2, 6)
    pooled = as_model(two, RelaxSettings(output=1, pool="max"), input_shape=(1, 4, 5))
    np.testing.assert_allclose(pooled(BATCH)[:, 0], BATCH[:, 0, :2, :3].max(axis=(1, 2)))


def test_an_encoder_passes_through_unless_something_else_is_said() -> None:
    made = as_encoder(two, output=1, input_shape=(1, 4, 5))
    assert isinstance(made, Encoder)
    assert as_model(made, RelaxSettings()) is made
    assert as_model(made, RelaxSettings(output=1)) is made
    assert as_model(made, RelaxSettings(output=0))(BATCH).shape == (2, 1)


@pytest.mark.parametrize(
    "option", [{"labels": ("a",)}, {"activation": "softmax"}, {"binary_threshold": 0.5}]
)
def test_what_says_something_of_classes_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="says something of classes"):
        as_model(two, RelaxSettings(output=1), **option)
    nothing = dict.fromkeys(option)
    assert as_model(two, RelaxSettings(output=1), **nothing, input_shape=(1, 4, 5))
