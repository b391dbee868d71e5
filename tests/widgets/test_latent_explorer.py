"""LatentExplorer: answers to the latest point only, its map, the world, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.widgets import LatentExplorer
from tests.widgets.bright_square import wait_until
from tests.widgets.small_space import SIDE, RightIsBright, latent_run, models


def _made(start: Any = (0.5, -0.5, 0.0), **traits: Any) -> tuple[LatentExplorer, RightIsBright]:
    generator, classifier = models()
    given = {"statistics": LatentStatistics.standard(3), "labels": ["left", "right"], **traits}
    return LatentExplorer(np.array(start), classifier, generator=generator, **given), classifier


@pytest.fixture
def explorer() -> Iterator[LatentExplorer]:
    made, _ = _made()
    yield made
    made.close()


def _mapped(explorer: LatentExplorer) -> Any:
    wait_until(
        lambda: (
            explorer.map
            and explorer.map.holds(
                tuple(explorer.point), tuple(explorer.axes), explorer.shown_class
            )
        )
    )
    return explorer.map


def test_it_answers_at_once_and_to_every_move(explorer: LatentExplorer) -> None:
    wait_until(lambda: explorer.answer)
    explorer.point = [-1.0, 2.0, 0.3]
    wait_until(lambda: explorer.answer.point == (-1.0, 2.0, 0.3))
    difference = np.tanh(2.0) - np.tanh(-1.0)
    expected = 1 / (1 + np.exp(-6 * difference))
    assert explorer.answer.probabilities == pytest.approx((1 - expected, expected), abs=1e-5)
    picture = explorer.answer.picture
    assert picture.shape == (SIDE, SIDE, 3)
    assert picture[0, 0, 0] < 40 and picture[0, -1, 0] > 220
    assert explorer.answer.title == ""


def test_the_map_is_what_the_models_say(explorer: LatentExplorer) -> None:
    explorer.axes = [0, 1]
    made = _mapped(explorer)
    along = np.tanh(np.linspace(-3, 3, 24))
    difference = along[:, None] - along[None, :]
    assert made.values == pytest.approx(1 / (1 + np.exp(-6 * difference)), abs=1e-5)
    explorer.shown_class = 0
    assert _mapped(explorer).values == pytest.approx(1 - made.values, abs=1e-5)
    explorer.axes = [1, 0]
    assert _mapped(explorer).values == pytest.approx(made.values, abs=1e-5)


def test_the_first_map_lies_along_what_tells_most(explorer: LatentExplorer) -> None:
    wait_until(lambda: explorer.map)
    # The third coordinate changes nothing.
    assert explorer.axes == [0, 1] == list(explorer.map.axes)
    made, _ = _made(axes=[2, 0])
    wait_until(lambda: made.map)
    assert made.axes == [2, 0]
    made.choose_axes()
    wait_until(lambda: made.axes == [0, 1])
    made.close()


def test_moving_inside_the_map_leaves_it(explorer: LatentExplorer) -> None:
    explorer.axes = [0, 1]
    made = _mapped(explorer)
    explorer.point = [2.0, 1.0, explorer.point[2]]
    wait_until(lambda: explorer.answer.point == tuple(explorer.point))
    assert explorer.map is made and made.holds(tuple(explorer.point), (0, 1), 1)
    assert not made.holds((2.0, 1.0, 9.0), (0, 1), 1)


def test_only_the_latest_point_is_asked_about() -> None:
    explorer, classifier = _made()
    wait_until(lambda: explorer.map)
    heard: list[tuple[float, ...]] = []
    explorer.on_answer(lambda answer: heard.append(answer.point))
    classifier.gate.clear()
    explorer.point = [0.1, 0.0, 0.0]
    calls = len(classifier.calls)
    wait_until(lambda: len(classifier.calls) > calls - 1 and classifier.calls[-1] == 1)
    for step in range(2, 60):
        explorer.point = [step / 100, 0.0, 0.0]
    classifier.gate.set()
    wait_until(lambda: explorer.answer.point == (0.59, 0.0, 0.0))
    assert len(heard) <= 3 and heard[-1] == (0.59, 0.0, 0.0)
    explorer.close()


def test_a_map_is_given_up_when_the_point_moves_on() -> None:
    explorer, classifier = _made(axes=[0, 2])
    wait_until(lambda: explorer.map)
    before = explorer.map
    classifier.calls.clear()
    classifier.gate.clear()
    explorer.axes = [1, 2]
    wait_until(lambda: classifier.calls)
    explorer.point = [0.0, 0.0, 1.0]
    classifier.gate.set()
    wait_until(lambda: explorer.answer.point == (0.0, 0.0, 1.0))
    # One part of the map had begun: 4 rows of 24.
    assert classifier.calls[:2] == [96, 1] and explorer.map is before
    explorer.close()


def test_what_the_models_raise_is_said_and_goes_away(explorer: LatentExplorer) -> None:
    wait_until(lambda: explorer.map)
    classifier = explorer._model.classifier
    good, classifier.forward = classifier.forward, lambda pictures: 1 / 0
    explorer.point = [0.7, 0.0, 0.0]
    wait_until(lambda: "ZeroDivisionError" in explorer.error)
    classifier.forward = good
    explorer.point = [0.8, 0.0, 0.0]
    wait_until(lambda: explorer.error == "")


def test_what_is_sent_and_sent_again(
    explorer: LatentExplorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: explorer.map)
    sent: list[Any] = []
    monkeypatch.setattr(explorer, "send", lambda told, buffers=(): sent.append((told, [*buffers])))
    explorer._handle_custom_msg({"type": "ready"}, [])
    (answer, (picture,)), (made, (values,)) = sent
    assert answer["type"] == "answer" and answer["point"] == explorer.point
    assert len(picture) == SIDE * SIDE * answer["channels"] == SIDE * SIDE
    assert (made["type"], made["size"], made["axes"], made["of"]) == ("map", 24, [0, 1], 1)
    assert np.array_equal(np.frombuffer(values, "<f4").reshape(24, 24), explorer.map.values)
    for other in ({}, None, "ready", {"type": "x"}):
        explorer._handle_custom_msg(other, [])
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("point", [0.0, 0.0]),
        ("point", [0.0, float("nan"), 0.0]),
        ("point", [1e9, 0.0, 0.0]),
        ("axes", [0, 0]),
        ("axes", [0, 3]),
        ("axes", [0]),
        ("shown_class", 2),
    ],
)
def test_what_makes_no_sense_is_refused(explorer: LatentExplorer, name: str, value: Any) -> None:
    before = getattr(explorer, name)
    with pytest.raises(traitlets.TraitError):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_what_cannot_be_used_is_refused() -> None:
    generator, classifier = models()
    with pytest.raises(InputError, match="4 coordinates"):
        _made(start=[0.0] * 4)
    with pytest.raises(InputError, match="NaN"):
        _made(start=[0.0, np.nan, 0.0])
    with pytest.raises(InputError, match="starts from one"):
        _made(start=np.zeros((2, 3)))
    with pytest.raises(InputError, match="start was not given"):
        LatentExplorer(None, classifier, generator=generator)
    with pytest.raises(SettingsError, match="generator was not given"):
        LatentExplorer(np.zeros(3), classifier)


def test_generic_names_and_latents_as_they_are() -> None:
    generator, classifier = models()
    training = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * 2 + 5
    start = np.array([5.0, 7.0, 3.0])
    made = LatentExplorer(start, classifier, generator=generator, latents=training)
    assert made.space["coordinates"] == ["z0", "z1", "z2"] and made.space["known"] == []
    assert made.space["labels"] == ["class 0", "class 1"]
    mean, std = training.mean(0).numpy(), training.std(0).numpy()
    assert made.point == pytest.approx(((start - mean) / std).tolist(), abs=1e-5)
    made.close()


def test_the_world_has_names() -> None:
    made = LatentExplorer(7, n_corr=6, corr_level=0.5)
    characters, fonts = made.space["known"]
    assert (len(characters["names"]), len(fonts["names"])) == (48, 48)
    assert [part[0] for part in made.space["parts"]] == ["character", "font", "continuous"]
    made.point = [*characters["places"][3], *fonts["places"][5], *made.point[6:]]
    wait_until(lambda: made.answer and made.answer.point == tuple(made.point))
    assert made.answer.title == f"{characters['names'][3]} in {fonts['names'][5]}"
    made.close()


def test_it_begins_at_a_run_s_counterfactual() -> None:
    run = latent_run()
    found = run.wait()
    made = LatentExplorer.of(run, 1, 2)
    assert made.point == pytest.approx(found.counterfactuals[1, 2].tolist())
    made.mark([("there", found.latents[0])])
    assert made.marks[0]["point"] == pytest.approx(found.latents[0].tolist())
    made.close()
    other = LatentExplorer.of(run)
    assert other.point == pytest.approx(found.latents[0].tolist())
    other.close()
    for given, said in (((2,), "sample was 2; the run has 0 to 1"), ((0, 3), "which was 3")):
        with pytest.raises(InputError, match=said):
            LatentExplorer.of(run, *given)


def test_closing_ends_the_thread() -> None:
    explorer, classifier = _made()
    wait_until(lambda: explorer.map)
    explorer.close()
    wait_until(lambda: explorer._asker._thread is None)
    calls = len(classifier.calls)
    explorer._asker.ask((0.0, 0.0, 0.0), (0, 1), 0)
    assert len(classifier.calls) == calls
    assert not any("explorer" in one.name and one is explorer for one in threading.enumerate())


def test_it_leaves_a_picture_and_words_in_the_notebooks_file() -> None:
    from rex_widgets.widgets import LatentExplorer

    explorer = LatentExplorer(17)
    try:
        data, _ = explorer._repr_mimebundle_()
        assert data["image/png"].startswith(b"\x89PNG")
        assert data["text/plain"].startswith("N in Caladea, to be moved by hand: even ")
        assert "odd" in data["text/plain"] and "%" in data["text/plain"]
    finally:
        explorer.close()


def test_the_notebooks_file_has_the_picture_of_the_point_and_of_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = latent_run()
    found = run.wait()
    made = LatentExplorer.of(run, 1, 2)
    try:
        share = 100 * found.after[1, 2].max()
        assert f"{share:.1f} %" in made.still_words()
        assert made.answer is not None and made.answer.point == tuple(made.point)
    finally:
        made.close()
    explorer, classifier = _made()
    wait_until(lambda: explorer.map)
    monkeypatch.setattr("rex_widgets.widgets.latent_explorer.STILL_SECONDS", 0.1)
    classifier.gate.clear()
    explorer.point = [1.5, 0.0, 0.0]
    assert explorer.still_words() == "A latent of 3 coordinates, to be moved by hand."
    classifier.gate.set()
    wait_until(lambda: "%" in explorer.still_words())
    explorer.close()
