"""A classifier as a torch module of pictures: the same probabilities, and their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.classifiers import Preprocessing, as_classifier
from rex_widgets.classifiers.differentiable import PictureClassifier, prepared_pictures
from rex_widgets.errors import ModelError


class Linear(torch.nn.Module):
    def __init__(self, outputs: int = 3, channels: int = 3, after: Any = None) -> None:
        super().__init__()
        self.flat = torch.nn.Flatten()
        self.rows = torch.nn.Linear(channels * 64, outputs)
        self.after = after or torch.nn.Identity()
        random = torch.Generator().manual_seed(1)
        with torch.no_grad():
            self.rows.weight.copy_(torch.randn(self.rows.weight.shape, generator=random) * 0.3)

    def forward(self, batch: torch.Tensor) -> Any:
        found: torch.Tensor = self.after(self.rows(self.flat(batch)))
        return found


PICTURES = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (Linear(), {}),
        (Linear(), {"mean": (0.1, 0.2, 0.3), "std": (0.5, 0.6, 0.7), "channel_order": "BGR"}),
        (Linear(after=torch.nn.Softmax(1)), {"scale": 1.0}),
        (Linear(), {"activation": "sigmoid"}),
        (Linear(after=torch.nn.Sigmoid()), {"activation": "none"}),
        (Linear(1), {}),
        (Linear(1, after=torch.nn.Sigmoid()), {}),
        (Linear(channels=4), {"input_shape": (4, 8, 8)}),
    ],
)
def test_it_gives_the_classifiers_own_probabilities(model: Any, options: dict[str, Any]) -> None:
    made = as_classifier(model.eval(), **{"input_shape": (3, 8, 8), **options})
    module = PictureClassifier(made)
    with torch.no_grad():
        found = module.log_probabilities(PICTURES).exp().numpy()
    wanted = made.preprocessing
    planes = PICTURES.permute(0, 2, 3, 1).numpy() * 255
    if wanted.channels == 4:
        planes = np.concatenate([planes, np.full_like(planes[..., :1], 255)], -1)
    batch = np.stack([wanted.normalise(one) for one in planes.astype(np.float32)])
    np.testing.assert_allclose(found, made(batch), atol=2e-5)
    np.testing.assert_array_equal(found.argmax(1), made.decide(made(batch)))


def test_its_slopes_are_those_of_finite_differences() -> None:
    made = as_classifier(Linear().double().eval(), input_shape=(3, 8, 8), mean=0.4, std=0.3)
    module = PictureClassifier(made)
    point = PICTURES[:1].double().requires_grad_(True)
    (slope,) = torch.autograd.grad(module.log_probabilities(point)[0, 1], point)
    for place in ((0, 0, 3, 4), (0, 2, 7, 0)):
        with torch.no_grad():
            low, high = PICTURES[:1].double(), PICTURES[:1].double()
            low[place] -= 1e-5
            high[place] += 1e-5
            rise = module.log_probabilities(high)[0, 1] - module.log_probabilities(low)[0, 1]
        assert float(slope[place]) == pytest.approx(float(rise) / 2e-5, rel=1e-4)


def test_pictures_are_brought_to_the_classifiers_size_and_colours() -> None:
    grey = prepared_pictures(PICTURES, Preprocessing(size=(4, 4), channels=1))
    assert grey.shape == (4, 1, 4, 4)
    luma = (PICTURES * torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]).sum(1)
    np.testing.assert_allclose(grey.mean((1, 2, 3)), luma.mean((1, 2)), rtol=3e-2)
    colour = prepared_pictures(grey, Preprocessing(size=None, channels=3))
    assert (colour[:, 0] == colour[:, 2]).all()
    cropped = prepared_pictures(PICTURES, Preprocessing(size=(4, 4), crop=0.5))
    torch.testing.assert_close(cropped, PICTURES[:, :, 2:6, 2:6])
    with pytest.raises(ModelError, match="of the kind table"):
        prepared_pictures(PICTURES, Preprocessing(size=(4,), channels=1, kind="table"))


def test_other_classifiers_are_asked_without_slopes() -> None:
    weights = np.arange(192, dtype=np.float32).reshape(192, 1) / 1e4

    def function(batch: Any) -> Any:
        light = batch.reshape(len(batch), -1) @ weights
        return np.concatenate([light, 1 - light], 1)

    made = as_classifier(function, input_shape=(3, 8, 8), activation="softmax")
    module = PictureClassifier(made)
    assert not module.through_torch and module.module is None
    found = module.log_probabilities(PICTURES.requires_grad_(True))
    PICTURES.requires_grad_(False)
    assert not found.requires_grad
    np.testing.assert_allclose(found.exp().numpy(), made(PICTURES.numpy()), atol=1e-6)
