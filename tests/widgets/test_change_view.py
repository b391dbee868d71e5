"""ChangeView: what it takes, what it refuses, what it tells the browser and hears."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import traitlets
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.widgets import ChangeView
from rex_widgets.widgets._change_pictures import MOST_BYTES, SMALL_SIDE
from tests.rcsb_results import coloured, digit, unknown


def _watched(found: Any, monkeypatch: pytest.MonkeyPatch) -> ChangeView:
    made = ChangeView(found)
    made.sent = []
    monkeypatch.setattr(made, "send", lambda told, buffers=(): made.sent.append((told, [*buffers])))
    made._handle_custom_msg({"type": "ready"}, [])
    return made


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> ChangeView:
    return _watched(digit(), monkeypatch)


def _pictures(sent: list[Any]) -> dict[tuple[int, int], np.ndarray[Any, Any]]:
    found: dict[tuple[int, int], np.ndarray[Any, Any]] = {}
    for told, buffers in sent:
        if told["type"] == "pictures":
            shape = (len(told["places"]), told["height"], told["width"], told["channels"])
            stacked = np.frombuffer(buffers[0], np.uint8).reshape(shape)
            found |= {tuple(p): one for p, one in zip(told["places"], stacked, strict=True)}
    return found


def _of(sent: list[Any], kind: str) -> list[Any]:
    return [(told, buffers) for told, buffers in sent if told["type"] == kind]


def test_the_story_says_what_became_of_each_sample(view: ChangeView) -> None:
    found, story = digit(), view.story
    assert story["names"] == ["3", "8"] and story["best"] == 1 and story["finished"]
    assert story["moments"] == found.forming_steps.tolist()
    assert [one["verdict"] for one in story["samples"]] == ["reached"] * 3 + ["unchanged"]
    assert story["samples"][1]["sure"] == pytest.approx(0.971)
    words = story["samples"][1]["words"]
    assert "8 97.1 % (before 0.20 %)" in words and "reached: the classifier says 8" in words
    assert "second classifier agrees" in words
    assert story["samples"][1]["pair"] == pytest.approx([found.probabilities[1, 3], 0.971])
    assert story["samples"][1]["second"] == "8" and not story["samples"][1]["doubted"]
    assert "still says 3" in story["samples"][3]["words"]


def test_another_class_than_asked_and_a_failure_are_told() -> None:
    found = digit()
    probabilities = found.probabilities.copy()
    probabilities[0] = 0.01
    probabilities[0, 5] = 0.91
    reached = np.array([False, True, True, False])
    failures = ("", "", "Sample 3 is not finite at step 7.", "")
    second = np.array([2, 8, 8, 3])
    changed = replace(
        found, probabilities=probabilities, reached=reached, failures=failures, second=second,
        flipped=np.array([True, True, True, False]),
    )  # fmt: skip
    samples = ChangeView(changed).story["samples"]
    assert [one["verdict"] for one in samples] == ["flipped", "reached", "failed", "unchanged"]
    assert (
        "not to 8: the classifier says 5; the second classifier does not: it says 2"
        in (samples[0]["words"])
    )
    assert (samples[0]["second"], samples[0]["doubted"]) == ("2", True)
    assert samples[2]["words"].endswith("Sample 3 is not finite at step 7.")


def test_small_pictures_are_sent_whole_once(view: ChangeView) -> None:
    found, pictures = digit(), _pictures(view.sent)
    moments = len(found.forming)
    assert len(pictures) == 1 + found.samples * (1 + moments)
    assert np.array_equal(pictures[-1, -1], np.rint(255 * found.before).astype(np.uint8))
    assert np.array_equal(pictures[2, -1], np.rint(255 * found.after[2]).astype(np.uint8))
    assert np.array_equal(pictures[3, 1], found.forming[1, 3])
    [(told, [bits])] = _of(view.sent, "region")
    assert (told["height"], told["width"]) == found.region.shape
    assert np.array_equal(np.unpackbits(np.frombuffer(bits, np.uint8)), found.region.ravel())
    [(_, [curve])] = _of(view.sent, "curve")
    assert np.array_equal(np.frombuffer(curve, "<f4"), found.curve.ravel())
    view.sent.clear()
    view.show(found)
    view.chosen = 3
    assert view.sent == []
    after = found.after.copy()
    after[2, 16, 8] = 1 - after[2, 16, 8]
    view.show(replace(found, after=after))
    assert list(_pictures(view.sent)) == [(2, -1)] and len(view.sent) == 1


def test_of_large_pictures_only_the_chosen_sample_is_sent_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = coloured(samples=5)
    assert found.before.size * 5 * 6 > MOST_BYTES
    view = _watched(found, monkeypatch)
    pictures = _pictures(view.sent)
    whole = {place for place, one in pictures.items() if len(one) == 256}
    assert whole == {(-1, -1), (1, -1), *((1, m) for m in range(5))}
    assert all(len(pictures[number, -1]) == SMALL_SIDE for number in (0, 2, 3, 4))
    view.sent.clear()
    view.chosen = 3
    whole = {place for place, one in _pictures(view.sent).items() if len(one) == 256}
    assert whole == {(3, -1), *((3, m) for m in range(5))}


def test_a_run_that_has_not_begun_shows_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    view = _watched(unknown(), monkeypatch)
    assert {one["verdict"] for one in view.story["samples"]} == {"waiting"}
    assert view.story["moments"] == [] and not view.story["finished"]
    assert all(one["pair"] == [] and one["second"] == "" for one in view.story["samples"])
    pictures = _pictures(view.sent)
    assert np.array_equal(pictures[-1, -1], pictures[0, -1])


def test_what_was_sent_is_forgotten_with_the_run(view: ChangeView) -> None:
    view.chosen, view.moment = 2, 1
    view.sent.clear()
    view.forget()
    assert (view.chosen, view.moment) == (-1, -1)
    assert view.sent[-1][0] == {"type": "forget"}
    view.show(digit())
    assert (-1, -1) in _pictures(view.sent)


def test_choosing_is_told_and_the_best_is_followed(view: ChangeView) -> None:
    heard: list[int] = []
    view.on_choose(heard.append)
    assert view.sample == 1
    view.chosen = 3
    assert view.sample == 3 and heard == [3]
    view.chosen = 99
    assert view.sample == 1


def test_what_is_none_is_refused(view: ChangeView) -> None:
    with pytest.raises(InputError, match="expected RegionCounterfactuals"):
        view.show(3)  # type: ignore[arg-type]
    for name, bad in (("chosen", -2), ("moment", "x"), ("shown", "other"), ("swipe", "far")):
        with pytest.raises(traitlets.TraitError):
            setattr(view, name, bad)
    view.swipe = float("nan")
    assert view.swipe == 0
    view._handle_custom_msg({"type": ["ready"]}, [])
    view._handle_custom_msg(None, [])


def test_pictures_stay_out_of_the_saved_state(view: ChangeView) -> None:
    assert not any(isinstance(value, bytes) for value in view.get_state().values())


@pytest.mark.parametrize("found", [None, unknown(), digit(), coloured()])
def test_it_leaves_a_picture_and_words(found: Any) -> None:
    view = ChangeView(found)
    data, _ = view._repr_mimebundle_()
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.width > 300 and image.height >= 40
    words = data["text/plain"]
    assert ("nothing" in words) if found is None else (found.source in words)
