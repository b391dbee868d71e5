"""The colour world: what it holds, its doors, and what they say where it was not trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge.characters import LETTERS, CharactersWorld, load_characters
from rex_widgets.bridge.characters import world as characters_world
from rex_widgets.bridge.characters.classifiers import LetterClassifier, SecondLetterClassifier
from rex_widgets.bridge.characters.letters import fonts_of_parts
from rex_widgets.bridge.characters.world import WEIGHTS, bridge_network
from rex_widgets.bridge.digits.world import DATA as DIGITS_DATA
from rex_widgets.bridge.evaluation import evaluate
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.packaged import packaged_of
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.bridge.train.writing import write_weights
from rex_widgets.errors import InputError, ModelError, SettingsError
from tests.bridge.worlds import Quarters

FEW = {"method": "rcsb", "nfe": 2, "n_inpaints": 1, "seed": 0}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CharactersWorld]:
    """The world with weights of a few batches, where a training would have left them."""
    torch.manual_seed(0)
    folder = tmp_path / "trained"
    folder.mkdir()
    modules = (bridge_network(), LetterClassifier(), SecondLetterClassifier())
    for name, module in zip(WEIGHTS, modules, strict=True):
        write_weights(folder / name, module)
    monkeypatch.setattr("rex_widgets.bridge.characters.world.DATA", folder)
    load_characters.cache_clear()
    yield load_characters()
    load_characters.cache_clear()


def test_weights_of_both_worlds_would_be_four_megabytes_at_most(world: CharactersWorld) -> None:
    of_digits = sum(file.stat().st_size for file in DIGITS_DATA.glob("*.safetensors"))
    folder = characters_world.DATA
    assert of_digits + sum(file.stat().st_size for file in folder.iterdir()) <= 4_000_000


@pytest.mark.parametrize("given", [{"model": "characters"}, {"network": "characters"}])
def test_a_world_that_was_not_trained_is_refused_with_the_command(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rex_widgets.bridge.characters.world.DATA", tmp_path)
    load_characters.cache_clear()
    model = given.pop("model", None) or torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 32), torch.nn.Flatten()
    )
    with pytest.raises(ModelError, match=r"bridge\.safetensors.*--world characters"):
        rw.start(3, model, input_shape=(3, 32, 32), **given, **FEW)


def test_what_is_held_out_is_of_every_letter_and_of_fonts_never_trained_with(
    world: CharactersWorld,
) -> None:
    assert world.characters.shape == (240, 32, 32, 3)
    assert world.characters.dtype == world.labels.dtype == np.uint8
    assert (np.bincount(world.labels) == 24).all()
    parts = fonts_of_parts()
    assert set(world.fonts) == set(parts["held out"])
    assert not set(world.fonts) & {*parts["training"], *parts["validation"]}
    for array in (world.characters, world.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_world_is_loaded_once_and_asks_for_no_gradients(world: CharactersWorld) -> None:
    assert load_characters() is world
    assert isinstance(world.network, BridgeNetwork)
    for module in (world.network, world.classifier, world.second_classifier):
        assert isinstance(module, torch.nn.Module)
        assert not module.training
        assert not any(values.requires_grad for values in module.parameters())
    known = packaged_of(world)
    assert known is not None and known.name == "characters" and known.labels == tuple(LETTERS)


def test_nothing_changes_outside_the_region_and_colours_do_inside(world: CharactersWorld) -> None:
    region = np.zeros((32, 32), np.bool_)
    region[2:30, 12:30] = True
    picture = torch.tensor(world.characters[26].astype(np.float32) / 255).permute(2, 0, 1)
    target = (int(world.classifier(picture[None]).argmax()) + 1) % 10
    found = rw.explain(
        26, "characters", region=region, target=target, progress=False, **{**FEW, "n_inpaints": 2}
    )
    before = world.characters[26].astype(np.float32) / 255
    assert found.source == "character 26"
    assert found.target_label == LETTERS[target]
    assert found.after.shape == (2, 32, 32, 3)
    assert np.array_equal(found.after[:, ~region], np.stack([before[~region]] * 2))
    assert (found.after != before).any((1, 2, 3)).all()
    assert found.second is not None


def test_an_index_is_a_letter_and_wrong_ones_are_refused(world: CharactersWorld) -> None:
    run = rw.start("7", "characters", **FEW)
    assert run.sample.source == "character 7"
    assert f"shows the letter {LETTERS[world.labels[7]]}" in run.sample.notes
    with pytest.raises(InputError, match=r"Character 240 .*characters 0 to 239"):
        rw.start(240, "characters", **FEW)
    with pytest.raises(InputError, match="Characters 3, 4 were asked for"):
        rw.start("3, 4", "characters", **FEW)
    with pytest.raises(InputError, match="target was 10; the classifier has 10 classes"):
        rw.start(3, "characters", target=10, **FEW)


def test_worlds_are_not_mixed(world: CharactersWorld) -> None:
    with pytest.raises(SettingsError, match="network was 'digits', and the model is the one of"):
        rw.start(3, "characters", network="digits", **FEW)
    with pytest.raises(SettingsError, match="second was 'characters'"):
        rw.start(3, "digits", second="characters", **FEW)
    with pytest.raises(SettingsError, match="mean was given, and the model is the one of the char"):
        rw.start(3, "characters", mean=0.5, **FEW)
    with pytest.raises(SettingsError, match="num_head_channels was given"):
        rw.start(3, "characters", num_head_channels=4, **FEW)
    with pytest.raises(ModelError, match="comes with the package for rcsb"):
        rw.start(3, "characters", method="relax")


def test_its_network_draws_for_a_classifier_of_ones_own(world: CharactersWorld) -> None:
    torch.manual_seed(0)
    own = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 32), torch.nn.Flatten()).eval()
    run = rw.start(
        5, own, network="characters", second="characters", input_shape=(3, 32, 32), **FEW
    )
    assert run.sample.source == "character 5"
    assert run.classifier.second is not None
    with pytest.raises(SettingsError, match="network='characters'"):
        rw.start(np.zeros((32, 32, 3), np.uint8), own, input_shape=(3, 32, 32), **FEW)
    assert rw.start(2, Quarters().eval(), network="digits", **FEW).sample.source == "digit 2"


def test_a_run_is_saved_and_read_again(world: CharactersWorld, tmp_path: Path) -> None:
    run = rw.start(3, "characters", **FEW)
    again = rw.load_run(run.save(tmp_path / "letter.run"), "characters")
    assert again.sample.source == "character 3"
    assert again.result().source_label == run.result().source_label


def test_a_set_is_evaluated_by_name(world: CharactersWorld) -> None:
    found = evaluate(
        world.characters[:2],
        "characters",
        targets="second",
        second="characters",
        controls=["none"],
        regions=np.tri(32, dtype=np.bool_),
        settings=RcsbSettings(nfe=2, n_inpaints=1, seed=0),
        cout_steps=0,
    )
    assert "second_reached" in str(found)
