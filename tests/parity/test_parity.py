"""The peer's own search, recorded on a tiny case, replayed through ours: same maps, same jobs.

`record.py` says how the recording was made, and the recording which release it came from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rex_widgets.causal import tree as tree_module
from rex_widgets.causal.extract import ranked_prefix
from rex_widgets.causal.responsibility import ResponsibilityMaps, Update, update_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.tree import Tree
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Box, Mask, mask_of, mask_of_boxes
from rex_widgets.occlusion import background_of
from tests.causal.asking_help import asker_for, finish
from tests.parity.linear_model import CLASSES, SIZE, picture, probabilities
from tests.synthetic import Synthetic

FOLDER = Path(__file__).parent
SHAPE = (SIZE, SIZE)
RECORDING: dict[str, Any] = json.loads((FOLDER / "recording.json").read_text(encoding="utf-8"))
ITERATIONS: list[list[dict[str, Any]]] = RECORDING["iterations"]
TARGET: int = RECORDING["target"]["index"]
FLOAT32 = {"rtol": 2e-5, "atol": 1e-6}

every_iteration = pytest.mark.parametrize("number", range(len(ITERATIONS)))


class LinearModel(Synthetic):
    """The recorded model as our classifiers are called."""

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        return probabilities(data[None].astype(np.float32))[0].astype(np.float64)


def recorded(name: str) -> NDArray[Any]:
    with np.load(FOLDER / "recording.npz") as file:
        array: NDArray[Any] = file[name]
    return array


def recorded_maps(prefix: str) -> dict[int, NDArray[np.float32]]:
    with np.load(FOLDER / "recording.npz") as file:
        names = [name for name in file.files if name.startswith(prefix)]
    return {int(name.removeprefix(prefix)): recorded(name) for name in names}


def boxes_of(corners: list[list[int]]) -> tuple[Box, ...]:
    return tuple((r0, r1, c0, c1) for r0, r1, c0, c1 in corners)


def mask_of_mutant(group: dict[str, Any], mutant: dict[str, Any]) -> Mask:
    return mask_of_boxes(boxes_of([*group["static"], *mutant["kept"]]), SHAPE)


def updates_of(groups: list[dict[str, Any]], settings: CausalSettings) -> list[Update]:
    """What our rule makes of the peer's mutants: of a box's 14, all if any passed, else none."""
    return [
        update_of(mutant["given"], mutant["confidence"], boxes_of(mutant["kept"]), 1, settings)
        for group in groups
        if any(mutant["given"] == TARGET for mutant in group["mutants"])
        for mutant in group["mutants"]
    ]


def test_the_recording_covers_what_matters() -> None:
    groups = [group for groups in ITERATIONS for group in groups]
    mutants = [mutant for group in groups for mutant in group["mutants"]]
    assert RECORDING["peer"]["rex-xai"] == "0.4.1"
    assert {mutant["given"] for mutant in mutants} == set(range(CLASSES))
    assert any(group["static"] for group in groups), "a job of several boxes"
    assert any(not group["next_jobs"] for group in groups), "a box of which nothing passes"
    assert any(b[0] == b[1] or b[2] == b[3] for m in mutants for b in m["kept"]), "an empty child"


@every_iteration
def test_our_masking_and_decision_give_the_recorded_answers(number: int) -> None:
    classifier = LinearModel(SHAPE)
    evaluator = Evaluator(classifier, picture(), background_of(0.0, picture()))
    evaluator.target = TARGET
    for group in ITERATIONS[number]:
        for mutant in group["mutants"]:
            answer = evaluator.classify_alone(mask_of_mutant(group, mutant), "search")
            assert answer.given == mutant["given"]
            assert answer.confidence == pytest.approx(mutant["confidence"], rel=1e-5)


@every_iteration
def test_one_iterations_maps_are_the_peers(number: int) -> None:
    settings = CausalSettings()
    maps = ResponsibilityMaps(SHAPE, settings, TARGET)
    maps.add(updates_of(ITERATIONS[number], settings))
    expected = recorded_maps(f"tree_{number}_")
    assert set(maps.classes) == set(expected)
    for index, one in expected.items():
        np.testing.assert_allclose(maps.map(index), one, **FLOAT32)


@pytest.mark.parametrize("style", ["additive", "multiplicative"])
def test_merged_maps_are_the_peers(style: str) -> None:
    settings = CausalSettings(responsibility_style=style)
    maps = ResponsibilityMaps(SHAPE, settings, TARGET)
    for groups in ITERATIONS:
        updates = updates_of(groups, settings)
        if style == "additive":
            maps.add(updates)
        else:
            maps.multiply(updates)
    expected = recorded_maps(f"{style}_")
    assert set(maps.classes) == set(expected)
    for index, one in expected.items():
        np.testing.assert_allclose(maps.map(index), one, **FLOAT32)


@every_iteration
def test_a_tree_with_the_peers_cuts_asks_and_follows_what_the_peer_did(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = list(ITERATIONS[number])
    cuts = iter(groups)

    def recorded_split(box: Box, *_: Any) -> tuple[Box, ...]:
        singles = [mutant["kept"][0] for mutant in next(cuts)["mutants"][:4]]
        first, last = singles[0], singles[3]
        assert box == (first[0], last[1], first[2], last[3])
        return boxes_of(singles)

    monkeypatch.setattr(tree_module, "split", recorded_split)
    tree = Tree(number, SHAPE, CausalSettings(), 0)
    maps = ResponsibilityMaps(SHAPE, CausalSettings(), TARGET)
    while masks := tree.propose():
        level, groups = groups[: len(masks) // 14], groups[len(masks) // 14 :]
        mutants = [(group, mutant) for group in level for mutant in group["mutants"]]
        assert [mask.digest for mask in masks] == [
            mask_of_mutant(group, mutant).digest for group, mutant in mutants
        ]
        passing = tree.passing
        maps.add(tree.absorb([_entry(mutant) for _, mutant in mutants], TARGET, 0.0))
        assert tree.passing - passing == sum(mutant["passing"] for _, mutant in mutants)
        followed = [tuple(tree.boxes[i] for i in job) for job in tree._queue]
        assert followed == [boxes_of(job) for job in level[-1]["next_jobs"]]
    assert tree.finished and not groups
    assert tree.past_first_level
    for index, one in recorded_maps(f"tree_{number}_").items():
        np.testing.assert_allclose(maps.map(index), one, **FLOAT32)


def _entry(mutant: dict[str, Any]) -> Entry:
    given, confidence = mutant["given"], mutant["confidence"]
    return Entry(b"", given, (given,), (confidence,), confidence if given == TARGET else 0.0)


def test_the_peers_ranked_prefix_has_its_confidence_and_is_one_of_ours() -> None:
    prefix, chunk = recorded("prefix"), RECORDING["prefix"]["chunk_size"]
    threshold = RECORDING["prefix"]["threshold"] * RECORDING["target"]["confidence"]
    asker = asker_for(LinearModel(SHAPE), picture(), target=TARGET, confidence=threshold)
    answer = finish(asker.ask_alone(mask_of(prefix)))
    assert answer.target == pytest.approx(RECORDING["prefix"]["confidence"], rel=1e-5)
    assert asker.demand.met(answer)

    ranking = recorded(f"additive_{TARGET}")
    assert ranking[prefix].min() >= ranking[~prefix].max()
    # the peer's ranking itself: by value, ties from the last pixel to the first
    order = np.lexsort((np.arange(ranking.size), ranking.reshape(-1)))[::-1].astype(np.int64)
    found = finish(ranked_prefix(order, SHAPE, chunk, asker))
    assert found is not None
    assert abs(found.area - int(prefix.sum())) <= chunk
