"""The front end and the kernel have one geometry: equal masks, bit for bit."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import InputError
from rex_widgets.regions import checked_shapes, coco_of, feathered, flood, rasterise, top_share
from rex_widgets.regions.runs import mask_of_runs, runs_of
from tests.regions.drawing import FAR, Shape, random_shape
from tests.regions.front_end import answers, bundle


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("front_end"))


def small(random: Random) -> tuple[int, int]:
    return random.randint(1, 48), random.randint(1, 48)


def test_random_shapes_cover_the_same_pixels(driver: Path) -> None:
    random = Random(1)
    tasks = []
    for _ in range(800):
        height, width = random.choice([small(random), (300, 17), (9, 500)])
        shapes = [random_shape(random, height, width) for _ in range(random.randint(1, 4))]
        tasks.append({"task": "rasterise", "height": height, "width": width, "shapes": shapes})
    for task, found in zip(tasks, answers(driver, tasks), strict=True):
        mask = rasterise(checked_shapes(task["shapes"]), task["height"], task["width"])
        assert found["answer"] == runs_of(mask).tolist(), task


def test_large_pictures_and_extreme_coordinates(driver: Path) -> None:
    random = Random(2)
    tasks = []
    for _ in range(40):
        height, width = random.choice([(2048, 3), (5, 8192), (700, 900)])
        shapes: list[Shape] = []
        for kind in ("brush", "polygon", "ellipse", "brush"):
            count = 2 if kind == "ellipse" else random.randint(1, 5)
            points = [
                random.choice([random.randint(-FAR, FAR), FAR, -FAR, random.randint(0, 256 * 900)])
                for _ in range(2 * count)
            ]
            shape = {"kind": kind, "op": random.choice(["add", "subtract"]), "points": points}
            shapes.append(shape | ({"size": random.randint(0, 2**20)} if kind == "brush" else {}))
        tasks.append({"task": "rasterise", "height": height, "width": width, "shapes": shapes})
    for task, found in zip(tasks, answers(driver, tasks), strict=True):
        mask = rasterise(checked_shapes(task["shapes"]), task["height"], task["width"])
        assert found["answer"] == runs_of(mask).tolist(), task


class Model:
    """What a history of edits means, with a copy of everything kept for each step."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.done: list[list[Shape]] = []
        self.undone: list[list[Shape]] = []

    def carry_out(self, step: str, *given: Any) -> None:
        if step in ("undo", "redo"):
            source, target = (
                (self.done, self.undone) if step == "undo" else (self.undone, self.done)
            )
            if source:
                target.append(self.shapes)
                self.shapes = source.pop()
            return
        self.done.append(self.shapes)
        self.undone = []
        shapes = list(self.shapes)
        if step == "add":
            shapes.append(given[0])
        elif step == "replace":
            shapes[given[0]] = given[1]
        elif step == "remove":
            del shapes[given[0]]
        elif step == "setShapes":
            shapes = list(given[0])
        elif step == "move":
            shapes[given[0]] = moved(shapes[given[0]], *given[1:])
        elif step == "duplicate":
            shapes.append(moved(shapes[given[0]], *given[1:]))
        self.shapes = shapes


def moved(shape: Shape, dx: int, dy: int) -> Shape:
    if shape["kind"] == "pixels":
        x, y = shape.get("at", (0, 0))
        # half a pixel goes up, as Math.round has it
        return {**shape, "at": [x + (dx + 128) // 256, y + (dy + 128) // 256]}
    points = [min(FAR, max(-FAR, v + (dy if i % 2 else dx))) for i, v in enumerate(shape["points"])]
    return {**shape, "points": points}


def random_history(random: Random, height: int, width: int) -> tuple[list[Any], list[Any]]:
    """Steps, and for each the shapes after it and the shapes that are shown."""
    model = Model()
    steps: list[Any] = []
    states: list[Any] = []
    while len(steps) < 25:
        drawn = [i for i, shape in enumerate(model.shapes) if "op" in shape]
        choices = ["add"] * 6 + ["undo"] * 4 + ["redo"] * 2 + ["preview"] * 3
        choices += ["remove", "replace"] * bool(model.shapes)
        choices += ["move", "move", "duplicate", "preview at"] * bool(drawn)
        choices += ["setShapes"] * (random.random() < 0.1)
        step = random.choice(choices)
        shape = random_shape(random, height, width)
        index = random.randrange(len(model.shapes)) if model.shapes else 0
        if step.startswith("preview"):
            while "op" not in shape:
                shape = random_shape(random, height, width)
            shown = list(model.shapes)
            if step == "preview":
                steps.append(["preview", shape, None])
                shown.append(shape)
            else:
                place = random.choice(drawn)
                steps.append(["preview", shape, place])
                shown[place] = shape
            states.append((model.shapes, shown))
            if shape["kind"] == "brush" and step == "preview" and random.random() < 0.7:
                more = {**shape, "points": [*shape["points"], 700, 300, 2000, 900]}
                steps.append(["preview", more, None])
                states.append((model.shapes, [*model.shapes, more]))
            continue
        given: list[Any] = []
        if step == "add":
            given = [shape]
        elif step == "replace":
            given = [index, shape]
        elif step == "remove":
            given = [index]
        elif step == "setShapes":
            given = [[random_shape(random, height, width) for _ in range(3)]]
        elif step in ("move", "duplicate"):
            given = [random.choice(drawn), random.randint(-2000, 2000), random.randint(-2000, 2000)]
        # The end of nothing to undo leaves a preview alone.
        idle = (step == "undo" and not model.done) or (step == "redo" and not model.undone)
        if idle:
            continue
        model.carry_out(step, *given)
        steps.append([step, *given])
        states.append((model.shapes, model.shapes))
    return steps, states


def test_random_histories_of_edits(driver: Path) -> None:
    random = Random(3)
    tasks, expected = [], []
    for _ in range(250):
        height, width = small(random)
        steps, states = random_history(random, height, width)
        feather = random.choice([0, 1, 2, 3, 7, 20, 100])
        task = {"task": "history", "height": height, "width": width, "steps": steps}
        tasks.append({**task, "feather": feather})
        expected.append(states)
    for task, states, found in zip(tasks, expected, answers(driver, tasks), strict=True):
        height, width = task["height"], task["width"]
        answer = found["answer"]
        last = np.zeros((height, width), np.bool_)
        for (shapes, shown), state in zip(states, answer["states"], strict=True):
            assert state["shapes"] == shapes
            last = rasterise(shapes, height, width)
            assert state["mask"] == runs_of(last).tolist()
            seen = last if shown is shapes else rasterise(shown, height, width)
            assert state["shown"] == runs_of(seen).tolist()
            # Nothing changes outside the rectangles that listeners are told of.
            assert state["painted"] == state["shown"]
        soft = feathered(last, task["feather"])
        assert (soft * 65536).ravel().tolist() == answer["soft"]
        assert answer["area"] == last.sum()


def test_fills(driver: Path) -> None:
    random = Random(4)
    tasks = []
    expected = []
    for _ in range(150):
        height, width = small(random)
        channels = random.choice([1, 3, 4])
        values = np.random.default_rng(random.randrange(2**32))
        picture = values.choice([0, 3, 9, 200, 255], (height, width, channels)).astype(np.uint8)
        row, column = random.randrange(height), random.randrange(width)
        tolerance = random.choice([0, 3, 6, 56, 200, 255])
        tasks.append({
            "task": "flood", "height": height, "width": width, "channels": channels,
            "picture": picture.ravel().tolist(), "row": row, "column": column,
            "tolerance": tolerance,
        })  # fmt: skip
        expected.append(flood(picture, row, column, tolerance))
        levels = values.choice([1, 2, 5, 1000])
        found = (values.integers(-levels, levels, (height, width)) / levels).astype(np.float32)
        found[values.random((height, width)) < 0.1] = random.choice([0, -0.0, np.nan, np.inf])
        share = random.choice([0, 0.01, 0.3, 0.5, 1, random.random()])
        bits = found.view(np.uint32).ravel().tolist()
        tasks.append({"task": "share", "bits": bits, "share": share})
        expected.append(top_share(found, share))
    for task, mask, found in zip(tasks, expected, answers(driver, tasks), strict=True):
        assert found["answer"] == runs_of(mask).tolist(), task


def test_coco_run_lengths(driver: Path) -> None:
    random = Random(5)
    tasks = []
    for _ in range(100):
        height, width = small(random)
        shapes = [random_shape(random, height, width) for _ in range(3)]
        tasks.append({"task": "coco", "height": height, "width": width, "shapes": shapes})
    for task, found in zip(tasks, answers(driver, tasks), strict=True):
        mask = rasterise(task["shapes"], task["height"], task["width"])
        assert found["answer"] == {"rle": coco_of(mask), "same": True}


def test_both_take_and_refuse_the_same_shapes(driver: Path) -> None:
    box = {"kind": "box", "op": "add", "points": [0, 0, 256, 256]}
    given: list[Any] = [
        [box],
        [{**box, "extra": 1}],
        [{"kind": "pixels", "op": "add", "runs": [4], "at": None}],
        [{"kind": "grow", "by": 1024}, {"kind": "invert", "op": "add"}],
        None, {}, "box", [None], [[]], [{}], [{"kind": "star"}], [{**box, "op": "xor"}],
        [{**box, "points": [0, 0, 256]}], [{**box, "points": []}], [{**box, "points": "0000"}],
        [{**box, "points": [0, 0, 256, 0.5]}], [{**box, "points": [0, 0, 256, None]}],
        [{**box, "points": [0, 0, 2**21 + 1, 0]}], [{**box, "points": [0, 0, 0, 2**70]}],
        [{**box, "points": [[0, 0], [1, 1], [2, 2], [3, 3]]}],
        [{"kind": "polygon", "op": "add", "points": []}],
        [{"kind": "polygon", "op": "add", "points": [1, 2, 3]}],
        [{"kind": "brush", "op": "add", "points": [0, 0]}],
        [{"kind": "brush", "op": "add", "size": -1, "points": [0, 0]}],
        [{"kind": "brush", "op": "add", "size": 2**20 + 1, "points": [0, 0]}],
        [{"kind": "grow", "by": 1025}], [{"kind": "shrink"}], [{"kind": "grow", "by": 1.5}],
        [{"kind": "pixels", "op": "add", "runs": [-1, 5]}],
        [{"kind": "pixels", "op": "add", "runs": [4], "at": [1]}],
        [{"kind": "pixels", "op": "add"}],
        [{"kind": "invert"}] * 10_001,
    ]  # fmt: skip
    tasks = [{"task": "shapes", "shapes": shapes} for shapes in given]
    for shapes, found in zip(given, answers(driver, tasks), strict=True):
        try:
            expected = list(checked_shapes(shapes))
        except InputError:
            assert "refused" in found, shapes
        else:
            assert found["answer"] == expected


def test_both_refuse_runs_of_another_picture(driver: Path) -> None:
    shapes = [{"kind": "pixels", "op": "add", "runs": [3, 4]}]
    task = {"task": "rasterise", "height": 2, "width": 3, "shapes": shapes}
    assert "7 pixels" in answers(driver, [task])[0]["refused"]
    with pytest.raises(InputError, match="make up 7 pixels; expected 6"):
        rasterise(shapes, 2, 3)


def test_the_answers_are_not_all_alike() -> None:
    """The comparisons would say nothing if random shapes were mostly empty."""
    random = Random(1)
    shares = []
    for _ in range(200):
        height, width = small(random)
        shapes = [random_shape(random, height, width) for _ in range(2)]
        shares.append(rasterise(shapes, height, width).mean())
    assert sum(0 < share < 1 for share in shares) > 60
    assert mask_of_runs([1, 2], 3, "").tolist() == [False, True, True]
