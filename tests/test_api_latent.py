"""`start`, `explain` and `load_run` with the methods of latent counterfactuals, on the world."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import InputError, ModelError, SavedRunError, SettingsError
from rex_widgets.latent import ExplainerBase
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.latent.world import world
from rex_widgets.methods import METHODS
from tests.latent.runs import bits
from tests.latent.worlds import Ink, toy_world

__all__ = ["toy_world"]

pytestmark = pytest.mark.usefixtures("toy_world")
FEW: dict[str, Any] = {"seed": 0, "num_explanations": 3}


def explained(image: Any, model: Any = "world", method: str = "dice", **options: Any) -> Any:
    few = {**FEW, "num_iters": 8} if "num_iters" in SETTINGS[method]().arguments() else FEW
    return rw.explain(image, model, method=method, progress=False, **{**few, **options})


@pytest.mark.parametrize("method", SETTINGS)
def test_every_method_explains_a_sample_of_the_world(method: str) -> None:
    result = explained(17, method=method, generator="world")
    assert isinstance(result, Counterfactuals)
    assert METHODS[method].settings is SETTINGS[method]
    assert (result.method, result.source, result.verified) == (method, "world 17", True)
    assert result.labels == ("even", "odd")
    assert result.coordinates[0] == "character 1"
    assert result.parts[1] == ("font", 3, 6)
    assert result.images.shape == (1, 32, 32, 3)
    assert result.oracle
    np.testing.assert_allclose(result.latents, world.load_world().latents([17]), atol=1e-6)
    assert result.sample_names == tuple(world.load_world().names_of(torch.tensor(result.latents)))


def test_indices_lists_and_latents_are_the_same_samples() -> None:
    expected = explained([3, 5], method="lcf")
    known = world.load_world()
    standardised = known.latents([3, 5]).numpy()
    for given in ("3,5", "3, 5", (3, 5), np.array([3, 5]), torch.tensor([3, 5]), standardised):
        assert bits(explained(given, method="lcf")) == bits(expected)
    assert expected.source == "world 3, 5"
    assert explained(range(5), method="is").source == "world 0, 1, 2 and 2 more"
    one = explained(standardised[0], method="lcf")
    assert "latents of the world: read as standardised" in one.choices
    np.testing.assert_allclose(one.counterfactuals[0], expected.counterfactuals[0], atol=1e-4)


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (10_000, InputError, "Sample 10000 was asked for; the world has the samples 0 to 9999"),
        (-1, InputError, "Sample -1"),
        ("-1", InputError, "Sample -1"),
        ([3, 20_000], InputError, "Sample 20000"),
        ([], InputError, "0 samples were given|have shape"),
        (np.zeros(10), InputError, "have 10 coordinates; the world's have 11 .character 1,"),
        (list(range(513)), InputError, "513 samples were given"),
        (17.5, InputError, "have shape|Latents were expected"),
        ("cat.png", InputError, "There is no file 'cat.png'"),
    ],
)
def test_samples_that_the_world_does_not_have(image: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        explained(image)


def test_your_own_classifier_of_the_worlds_pictures() -> None:
    expected = explained(4, method="growing_spheres")
    own = Ink().eval()
    mine = explained(4, own, method="growing_spheres", generator="world")
    assert bits(mine) == bits(expected)
    assert mine.labels == ("class 0", "class 1")
    assert mine.oracle
    three = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, 3)).eval()
    with pytest.raises(SettingsError, match="has 3 classes"):
        explained(4, three, generator="world")
    with torch.no_grad():
        first = three(world.load_world().generator(world.load_world().latents([4]))).argmax()
    found = explained(4, three, generator="world", target=(int(first) + 1) % 3)
    assert not found.oracle
    assert set(np.unique(found.verdict)) <= {"changed", "unchanged"}


def test_the_verdicts_are_those_of_the_nearest_character() -> None:
    result = explained(list(range(12)), method="growing_spheres")
    known = world.load_world()

    def odd(latents: Any) -> Any:
        between = np.asarray(latents)[..., None, :3] - known.characters.numpy()
        return np.linalg.norm(between, axis=-1).argmin(-1) % 2

    truth, now = odd(result.latents)[:, None], odd(result.counterfactuals)
    said, says = result.own[:, None], result.after.argmax(-1)
    expected = np.full(now.shape, "unchanged", dtype="U20")
    agree = (said == truth) & (says == now)
    expected[(says != said) & agree] = "trivial"
    expected[(says != said) & ~agree] = "successful"
    expected[(says == said) & (now != truth)] = "causal flip"
    np.testing.assert_array_equal(result.verdict, expected)
    assert len(np.unique(result.verdict)) > 1


def test_the_fisher_information_of_a_world_is_computed_once() -> None:
    first = explained(17, method="dive")
    second = explained(17, method="dive")
    assert bits(first) == bits(second)
    assert first.evaluations - second.evaluations >= 2048
    released = explained(17, method="dive", release_compatible=True)
    assert released.evaluations > second.evaluations, "the release's is another one"


def test_other_correlations_are_other_worlds() -> None:
    run = rw.start(17, "world", method="lcf", num_iters=5, **FEW)
    first: Any = run.wait()
    other: Any = run.changed(n_corr=6).wait()
    np.testing.assert_allclose(
        other.decoded_latents("latents"), first.decoded_latents("latents"), atol=1e-4
    )
    assert (other.std != first.std).any()
    assert "n_corr=6" in " ".join(other.choices)


def test_a_run_on_the_world_is_saved_and_loaded(tmp_path: Path) -> None:
    for method in ("dive", "is", "growing_spheres"):
        run = rw.start([17, 18], "world", method=method, generator="world", **FEW)
        for _ in range(4):
            run.step()
        path = run.save(tmp_path / "a.run")
        again = rw.load_run(path, "world")
        assert bits(again.wait()) == bits(run.wait())  # type: ignore[arg-type]
        assert again.result().source == "world 17, 18"
    with pytest.raises(SavedRunError, match="generator was given, but the run was made with"):
        rw.load_run(path, "world", generator=Ink())


def test_importing_the_methods_needs_no_framework() -> None:
    program = (
        "import sys\n"
        "from rex_widgets.methods import METHODS\n"
        "from rex_widgets.flags.table import flags_of\n"
        "found = [method.settings.__name__ for method in METHODS.values()]\n"
        "heavy = ('torch', 'onnxruntime', 'matplotlib', 'pandas', 'sqlalchemy', 'IPython')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_an_explainer_of_ones_own_is_no_method() -> None:
    with pytest.raises(SettingsError, match=r"of your own is for .*benchmark"):
        rw.start(17, "world", method=ExplainerBase)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("model", "method", "told"),
    [
        ("world", "causal", "such as method='dice'"),
        ("world", "relax", "the method was 'relax'"),
        ("world", "rcsb", "which comes with the package for dice, dive"),
        ("digits", "dice", "such as method='rcsb'"),
    ],
)
def test_the_packages_models_are_for_methods_that_know_them(
    model: str, method: str, told: str
) -> None:
    with pytest.raises(ModelError, match=told):
        rw.start(17, model, method=method)
