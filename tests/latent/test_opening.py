"""What a call names becomes models, samples and settings; what does not fit is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.latent.statistics import LatentStatistics
from tests.latent.runs import SIZE, Decoder, Judge, bits, explained, latents, started


def said(run: Any) -> str:
    return " ".join(run.result().choices)


def wrapped(change: Any) -> Any:
    """A decoder whose pictures are changed."""
    decoder = Decoder().eval()
    return lambda z: change(decoder(z))


# ------------------------------------------------------------------------------ what is taken


def test_latents_in_every_form(tmp_path: Path) -> None:
    one = latents(1)
    np.save(tmp_path / "z.npy", one)
    expected = bits(explained("lcf", one))
    forms = (one[0], one.tolist(), one[0].tolist(), torch.tensor(one), tmp_path / "z.npy")
    for given in (*forms, str(tmp_path / "z.npy"), one.astype(np.float64)):
        assert bits(explained("lcf", given)) == expected
    assert one.flags.writeable, "the caller's own array is left alone"
    one.flags.writeable = False
    assert explained("lcf", one).source == "latents"
    assert explained("lcf", latents(2)).source == "2 latents"


def test_the_range_of_the_output_is_found_out_and_said() -> None:
    signed = started("lcf")
    assert "goes from -0" in said(signed)
    assert "read as -1 to 1" in said(signed)
    unit = started("lcf", generator=wrapped(lambda x: (x + 1) / 2))
    assert "read as 0 to 1" in said(unit)
    # the classifier is given what the generator gives, and a person sees the same
    first, second = signed.wait(), unit.wait()
    np.testing.assert_array_equal(first.images, second.images)
    assert not np.allclose(first.before, second.before)
    both = started("lcf", generator=wrapped(lambda x: x.abs()), generator_output="signed").wait()
    assert both.images.min() >= 127
    assert "read as" not in " ".join(both.choices)


def test_grey_pictures_and_maps_of_latents() -> None:
    grey = explained("lcf", generator=wrapped(lambda x: x[:, :1]))
    assert grey.images.shape == (3, 2, 4, 3)
    assert (grey.images == explained("lcf").images).all()

    class Convolutional(Decoder):
        def forward(self, latents: torch.Tensor) -> torch.Tensor:
            if latents.ndim != 4:
                raise ValueError("expected 4D")
            return super().forward(latents[:, :, 0, 0])

    run = started("lcf", generator=Convolutional().eval())
    assert "takes latents as (N, 4, 1, 1)" in said(run)
    assert bits(run.wait()) == bits(explained("lcf"))


def test_probabilities_and_single_logits_are_understood() -> None:
    judge = Judge().eval()
    expected = explained("lcf", num_iters=60)
    for name, model in (
        ("gives probabilities", lambda x: judge(x).softmax(1)),
        ("one logit is that of class 1", lambda x: judge(x)[:, 1:] - judge(x)[:, :1]),
        ("one probability is that of class 1", lambda x: judge(x).softmax(1)[:, 1:]),
    ):
        run = started("lcf", None, model, num_iters=60)
        assert name in said(run)
        result = run.wait()
        np.testing.assert_allclose(result.before, expected.before, atol=1e-5)
        np.testing.assert_array_equal(result.found, expected.found)


@pytest.mark.parametrize("method", ["growing_spheres", "xgem"])
def test_a_classifier_may_overwrite_what_it_is_given(method: str) -> None:
    judge = Judge().eval()
    expected = explained(method, model=lambda x: judge(x * -0.5))
    assert bits(explained(method, model=lambda x: judge(x.mul_(-0.5)))) == bits(expected)


@pytest.mark.parametrize("part", ["generator", "classifier"])
def test_models_of_another_precision_are_named(part: str) -> None:
    double = torch.nn.Sequential(torch.nn.Linear(SIZE, SIZE)).double().eval()
    if part == "generator":
        given: dict[str, Any] = {"generator": double}
    else:
        given = {"model": torch.nn.Sequential(torch.nn.Flatten(), *double).eval()}
    with pytest.raises(ModelError, match=rf"are float64.*call {part}\.float\(\)"):
        explained("lcf", **given)


@pytest.mark.parametrize("part", ["generator", "classifier"])
def test_a_model_that_answers_at_random_is_told(part: str) -> None:
    noise = torch.nn.Sequential(torch.nn.Dropout(0.5)).eval()
    noise[0].train()
    judge = torch.nn.Sequential(noise, Judge()).eval()
    noise[0].train()
    given = {"model": judge} if part == "classifier" else {"generator": wrapped(noise)}
    assert f"{part}: answers the same question differently" in said(started("lcf", **given))
    assert "differently" not in said(started("lcf"))


def test_functions_of_arrays_do_for_methods_without_gradients() -> None:
    def decode(z: Any) -> Any:
        return np.tanh(0.4 * np.asarray(z))[:, None, None].repeat(3, 1).repeat(2, 2)

    def judge(x: Any) -> Any:
        first = 6 * np.asarray(x).mean((1, 2))[:, :1]
        return np.concatenate((first, -first), 1)

    result = explained("growing_spheres", None, judge, generator=decode)
    np.testing.assert_allclose(
        result.counterfactuals, explained("growing_spheres").counterfactuals, atol=1e-4
    )
    with pytest.raises(ModelError, match="No gradient comes through"):
        started("dice", None, judge, generator=decode)


def test_training_latents_give_the_statistics(tmp_path: Path) -> None:
    training = np.random.default_rng(0).normal(3, 2, (60, SIZE)).astype(np.float32)
    np.save(tmp_path / "train.npy", training)
    result = explained("dive", latents=training)
    np.testing.assert_allclose(result.mean, training.mean(0), rtol=1e-5)
    np.testing.assert_allclose(result.decoded_latents("latents"), latents(), atol=1e-5)
    np.testing.assert_array_equal(result.images, explained("dive").images)
    assert bits(explained("dive", latents=tmp_path / "train.npy")) == bits(result)
    statistics = LatentStatistics.of(torch.tensor(training), torch.tensor(training))
    same = explained("growing_spheres", statistics=statistics)
    assert bits(same) == bits(explained("growing_spheres", latents=training))
    assert "counts as standard normal" not in " ".join(result.choices)
    assert "counts as standard normal" in " ".join(explained("lcf").choices)


def test_names_of_classes_and_normalising() -> None:
    result = explained("lcf", labels=["cat", "dog"])
    assert result.labels == ("cat", "dog")
    assert explained("lcf").labels == ("class 0", "class 1")
    normalised = explained("lcf", mean=0.5, std=0.5)
    np.testing.assert_allclose(normalised.before, explained("lcf").before, atol=1e-5)


# ----------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.full((1, SIZE), np.nan), "latents of sample 0 hold NaN"),
        (np.array([[0.0] * SIZE, [np.inf] * SIZE]), "latents of sample 1 hold NaN or infinite"),
        (np.zeros((1, 2, SIZE)), r"shape \(1, 2, 4\); expected \(Z,\)"),
        (np.zeros((0, SIZE)), "0 samples were given"),
        (np.zeros((3, 0)), r"shape \(3, 0\)"),
        ("nothing.npy", "There is no file 'nothing.npy'"),
        (17, "only the world's samples are numbered"),
        ("17", "There is no file '17'"),
        ([["a"]], "Latents were expected"),
        ([[1, 2], [3]], "Latents were expected"),
        (None, "Latents were expected"),
        ({"a": 1}, "Latents were expected"),
    ],
)
def test_wrong_samples(image: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rw.start(image, Judge().eval(), method="dice", generator=Decoder().eval())


def test_a_file_that_holds_no_array(tmp_path: Path) -> None:
    path = tmp_path / "z.npy"
    path.write_bytes(b"no array")
    with pytest.raises(InputError, match=r"z\.npy is no \.npy file of numbers"):
        started(image=path)
    np.savez(tmp_path / "z.npz", a=latents())
    with pytest.raises(InputError, match=r"z\.npz is no \.npy file"):
        started(image=tmp_path / "z.npz")
    np.save(path, np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(InputError, match=r"is no \.npy file"):
        started(image=path)


def trained_on(model: torch.nn.Module) -> torch.nn.Module:
    """Put dropout behind a model, in training mode."""
    return torch.nn.Sequential(model, torch.nn.Dropout(0.2)).train()


def test_modules_fresh_from_their_class_are_taken_if_no_layer_differs() -> None:
    found = explained("xgem", None, Judge().train(), generator=Decoder().train())
    assert [said for said in found.choices if "training" in said] == [
        f"{name}: in training mode; no layer of it is known to differ then"
        for name in ("classifier", "generator")
    ]
    assert not any("training" in said for said in explained("xgem").choices)


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        (torch.nn.Linear(7, 5).eval(), r"latents of 4 .* Its first linear layer takes 7"),
        (torch.nn.Linear(SIZE, 48).eval(), r"gives float32 \(11, 48\) .* Reshape it"),
        (wrapped(lambda x: x[:2]), r"gives float32 \(2, 3, 2, 4\) for latents \(11, 4\)"),
        (wrapped(lambda x: x.int()), r"gives int32 \(11, 3, 2, 4\)"),
        (wrapped(lambda x: (x, x)), r"gives a tuple for latents"),
        (wrapped(lambda x: x * torch.nan), "gives NaN or infinite values"),
        (wrapped(lambda x: 255 * (x + 1)), "gives values from .*; expected 0 to 1"),
        (wrapped(lambda x: 20 * x), "gives values from -.*; expected -1 to 1"),
        (trained_on(Decoder()), r"generator is in training mode, in which 1 \(Dropout\) answers"),
    ],
)
def test_generators_that_do_not_fit(generator: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        started(generator=generator)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(7, 2)).eval(), "could not take"),
        (torch.nn.Flatten(0).eval(), r"gives float32 \(264,\) for 11 pictures"),
        (lambda x: Judge()(x)[:1], r"gives float32 \(1, 2\) for 11 pictures"),
        (lambda x: Judge()(x) * torch.nan, "classifier gives NaN"),
        (lambda x: {"logits": x}, "gives a dict"),
        (trained_on(Judge()), r"classifier is in training mode, .* Call classifier.eval\(\)"),
        (Judge, "expected a torch module, a function"),
        ("model.onnx", "expected a torch module, a function of tensors, or 'world'"),
        (3, "expected a torch module"),
    ],
)
def test_classifiers_that_do_not_fit(model: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        started("dice", None, model)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"generator": None}, SettingsError, "generator was not given; expected what makes"),
        ({"target": 2}, SettingsError, "target was 2; the classifier has the classes 0 to 1"),
        ({"statistics": LatentStatistics.standard(3)}, InputError, "4 coord.* statistics .* 3"),
        ({"latents": np.eye(3)}, InputError, "have 4 coordinates, and the statistics"),
        ({"latents": np.ones((5, SIZE))}, InputError, "Coordinate 0 is the same"),
        ({"latents": "none.npy"}, InputError, "There is no file"),
        ({"labels": ["a"]}, ModelError, "labels has 1 names, and the classifier 2"),
        ({"activation": "softmax"}, SettingsError, "activation was given; of a classifier of gen"),
        ({"mode": "tabular"}, SettingsError, "mode was given, which says how a file is read"),
        ({"std": 0}, SettingsError, "std was 0 for a channel"),
        ({"iters": 3}, SettingsError, "Unknown setting 'iters'"),
        ({"lr": 0}, SettingsError, "lr was 0; expected"),
    ],
)
def test_options_that_do_not_fit(options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        started(**options)


def test_more_than_two_classes_need_a_target() -> None:
    judge = Judge(4).eval()
    with pytest.raises(SettingsError, match=r"has 4 classes. Ask for one: target=\d"):
        started("dice", None, judge)
    own = judge(Decoder()(torch.tensor(latents(1)))).argmax(1)
    with pytest.raises(InputError, match=f"Sample 0 is of class {int(own)} already"):
        started("dice", latents(1), judge, target=int(own))
    with pytest.raises(SettingsError, match="classifier has 4 classes; the release knows two"):
        started("dice", latents(1), judge, target=(int(own) + 1) % 4, release_compatible=True)


def test_a_sample_far_down_that_gives_nan_is_named() -> None:
    given = latents(20)
    given[13] = 50

    def classify(pictures: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = Judge()(pictures)
        return torch.where(pictures.amin((1, 2, 3))[:, None] > 0.99, torch.nan, logits)

    run = started("lcf", given, classify)
    with pytest.raises(InputError, match="For sample 13 the generator or the classifier gives NaN"):
        run.wait()


@pytest.mark.parametrize(("name", "value"), [("n_corr", 6), ("corr_level", 0.5)])
def test_what_chooses_among_the_worlds_is_refused_of_another_generator(
    name: str, value: float
) -> None:
    with pytest.raises(SettingsError, match=f"{name} was {value}, which chooses among the world"):
        started("lcf", **{name: value})


def test_the_oracle_is_of_the_world_alone() -> None:
    with pytest.raises(SettingsError, match=r"method 'is' .* known of the world alone"):
        started("is")
    with pytest.raises(SettingsError, match="knows its own pictures only"):
        started("dice", None, "world")
