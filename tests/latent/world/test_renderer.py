"""The renderer draws what its attributes say, and gradients reach them."""

from __future__ import annotations

import numpy as np
import torch

from rex_widgets.latent.world.atlas import SIDE, load_atlas
from rex_widgets.latent.world.characters import CHARACTERS
from rex_widgets.latent.world.renderer import LATENTS, Renderer


def attributes(character: str = "A", font: int = 0, **changed: float) -> torch.Tensor:
    atlas = load_atlas()
    names = ("inversion", "rotation", "log_scale", "right", "down")
    rest = [changed.get(name, 0.0) for name in names]
    row = [*atlas.characters[CHARACTERS.index(character)], *atlas.fonts[font], *rest]
    return torch.tensor([row], dtype=torch.float32)


def drawn(character: str = "A", font: int = 0, **changed: float) -> np.ndarray:
    with torch.no_grad():
        picture = Renderer()(attributes(character, font, **changed))
    assert picture.shape == (1, 3, SIDE, SIDE) and attributes().shape[1] == LATENTS
    assert bool((picture[:, 0] == picture[:, 2]).all()), "grey"
    return picture[0, 0].numpy()


def middle(picture: np.ndarray) -> tuple[float, float]:
    ink = (picture + 1) / 2
    rows, columns = np.indices(ink.shape)
    return float((ink * rows).sum() / ink.sum()), float((ink * columns).sum() / ink.sum())


def test_an_embedding_draws_its_own_glyph() -> None:
    atlas = load_atlas()
    for character, font in (("A", 0), ("g", 17), ("7", 47)):
        glyph = atlas.glyphs[CHARACTERS.index(character), font] / 255
        ink = (drawn(character, font) + 1) / 2
        # its own glyph has at least 0.96 of the weight of characters, and of fonts
        assert np.abs(ink - glyph).max() < 0.1
        others = np.abs(atlas.glyphs[:, font] / 255 - ink).mean((1, 2))
        assert others.argmin() == CHARACTERS.index(character)


def test_inversion_exchanges_black_and_white() -> None:
    np.testing.assert_allclose(drawn(inversion=1.0), -drawn(), atol=1e-6)


def test_translation_moves_to_the_right_and_down() -> None:
    row, column = middle(drawn("O", 2))
    to_the_right = middle(drawn("O", 2, right=0.25))
    below = middle(drawn("O", 2, down=0.25))
    # 1 is half the picture: a quarter of that is four places
    np.testing.assert_allclose(to_the_right, (row, column + 4), atol=0.3)
    np.testing.assert_allclose(below, (row + 4, column), atol=0.3)


def test_scale_is_a_logarithm() -> None:
    small, usual = drawn("O", 2, log_scale=-np.log(2)), drawn("O", 2)
    ink = [float((picture + 1).sum()) for picture in (small, usual)]
    assert 3.5 < ink[1] / ink[0] < 4.5, "half the side, a quarter of the area"


def test_a_positive_rotation_turns_to_the_left() -> None:
    quarter = drawn("L", 2, rotation=np.pi / 2)
    np.testing.assert_allclose(quarter, np.rot90(drawn("L", 2), 1), atol=0.05)


def test_gradients_agree_with_differences() -> None:
    renderer = Renderer().double()
    point = attributes("K", 5, rotation=0.2, log_scale=0.1, right=0.05, down=-0.1).double()
    point = point + 0.05

    def summary(z: torch.Tensor) -> torch.Tensor:
        rows = torch.linspace(-1, 1, SIDE, dtype=torch.float64)
        return (renderer(z)[:, 0] * rows[:, None] * (1 + rows)).sum()

    point.requires_grad_(True)
    (gradient,) = torch.autograd.grad(summary(point), point)
    for coordinate in range(LATENTS):
        step = torch.zeros_like(point)
        step[0, coordinate] = 1e-6
        with torch.no_grad():
            slope = (summary(point + step) - summary(point - step)) / 2e-6
        assert abs(float(slope - gradient[0, coordinate])) < 1e-3 * (1 + abs(float(slope)))
