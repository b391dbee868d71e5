"""Which masks, and how many, for a map of an encoder: samplers and the control variate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import Draw
from rex_widgets.relax.estimate import Estimate, estimate
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.sums import Sums
from tests.benchmarks.bench import Bench
from tests.benchmarks.pictures import SIZE
from tests.benchmarks.relax_encoder import PooledFeatures, error, read, shape_error
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "RELAX: samplers and the control variate"
PICTURES = ("chelsea", "coffee", "camera", "motorcycle")
SIZES = (256, 512, 1024, 2048)
MASKS = {"iid": 2048, "sobol": 2048, "orthogonal": 2048, "antithetic": 1024, "stratified": 1024}
SEEDS = 3
BATCH = 64
GEOMETRY = partial(MaskGeometry, (SIZE, SIZE), 7, "pixels")
DEFAULT = ("sobol", True)
"""What the library does when it is not told."""

METHOD = """\
EfficientNet-Lite0 without its head (1280 pooled features) through ONNX Runtime, cosine similarity,
7 × 7 cells, probability 0.5, 8 replicates. Errors are the root mean square of the difference from a
reference map as a share of the reference's root mean square: of the importance map, of the same
minus its mean (what a heat map shows), and of the uncertainty. The reference of a run is made of
all other runs on the same photograph, of all samplers and seeds, with the control variate and
weighed by their own estimated errors; so no mask counts on both sides. Every figure is the median
over photographs and seeds. "Times iid" is how many independent masks without the control variate
would have the same mean squared error over the seeds, over the masks taken (their squared error
falls with their number); the median over photographs. "Said" is the estimated standard error over
the actual one, root mean squares over photographs, seeds and places."""

MEASURES: dict[str, Callable[[Estimate, Estimate], float]] = {
    "map %": lambda one, other: error(one.importance, other.importance),
    "minus mean %": lambda one, other: shape_error(one.importance, other.importance),
    "uncertainty %": lambda one, other: error(one.uncertainty, other.uncertainty),
}


@dataclass(frozen=True)
class Course:
    """One run: its estimates after some numbers of masks, without and with control variate."""

    picture: str
    sampler: str
    seed: int
    estimates: dict[tuple[int, bool], Estimate]

    @property
    def best(self) -> Estimate:
        """Of all its masks, with the control variate."""
        return self.estimates[max(size for size, _ in self.estimates), True]


@dataclass(frozen=True)
class Reference:
    """What other runs say together; it has the two maps of an `Estimate` that are compared."""

    importance: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    masks: int
    error: float
    """Its own relative standard error."""


def measure(bench: Bench) -> Section:
    """Tables of errors and of what they are worth in independent masks."""
    encode = encoder(bench.folder / "pooled.onnx", bench.threads)
    pictures = [each for each in bench.pictures if each.name in PICTURES]
    courses = []
    for picture in pictures:
        data = read(picture.path).numpy()[0]
        for sampler, masks in MASKS.items():
            bench.say(f"{sampler}: {picture.name}")
            for seed in range(1 if bench.quick else SEEDS):
                drawn = draw(sampler, seed, masks // 4 if bench.quick else masks)
                found = similarities(encode, data, drawn)
                courses.append(course(picture.name, sampler, seed, drawn, found))
    return compare(courses)


def encoder(path: Path, threads: int) -> Callable[[NDArray[np.float32]], NDArray[np.float64]]:
    """The encoder by ONNX Runtime: (N, 3, H, W) to (N, 1280)."""
    import onnxruntime

    from rex_widgets.classifiers.export import onnx_bytes

    if not path.exists():
        path.write_bytes(onnx_bytes(PooledFeatures(), (3, SIZE, SIZE)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def encode(batch: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(session.run(None, {name: batch})[0], np.float64)

    return encode


def draw(sampler: str, seed: int, masks: int) -> Draw:
    """The masks of a run; different samplers have different generators even with equal seeds."""
    geometry = GEOMETRY()
    number = 10 * (1 + list(MASKS).index(sampler)) + seed
    made = make_sampler(
        sampler, cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=number
    )
    return made.draw(0, masks)


def similarities(
    encode: Callable[[NDArray[np.float32]], NDArray[np.float64]],
    data: NDArray[np.float32],
    drawn: Draw,
) -> NDArray[np.float64]:
    """Cosine similarities of the masked input with the whole one, (N,)."""
    geometry = GEOMETRY()
    whole = encode(data[None])[0]
    whole /= np.linalg.norm(whole)
    found = []
    for start in range(0, len(drawn), BATCH):
        rows = encode(geometry.apply(part(drawn, start, start + BATCH), data))
        found.append(rows @ whole / np.linalg.norm(rows, axis=1))
    return np.concatenate(found)


def part(drawn: Draw, start: int, stop: int) -> Draw:
    """Some of the masks."""
    of = slice(start, stop)
    return Draw(drawn.grids[of], drawn.shifts[of], drawn.replicates[of])


def course(
    picture: str, sampler: str, seed: int, drawn: Draw, found: NDArray[np.float64]
) -> Course:
    """Estimates after every one of `SIZES` that the masks suffice for."""
    sums = Sums(GEOMETRY(), 8, 1)
    estimates = {}
    done = 0
    for size in SIZES:
        if size > len(found):
            break
        sums.add(part(drawn, done, size), found[done:size, None])
        done = size
        for control in (False, True):
            estimates[size, control] = estimate(sums, 0, control)
    return Course(picture, sampler, seed, estimates)


def reference(courses: list[Course], without: Course) -> Reference:
    """What all other runs on the same photograph say."""
    others = [c.best for c in courses if c.picture == without.picture and c is not without]
    precision = np.array([each.relative_error**-2 for each in others])
    shares = precision / precision.sum()
    importance, uncertainty = (
        sum(share * getattr(each, name) for share, each in zip(shares, others, strict=True))
        for name in ("importance", "uncertainty")
    )
    masks = sum(each.masks for each in others)
    return Reference(importance, uncertainty, masks, float(precision.sum() ** -0.5))


def compare(courses: list[Course]) -> Section:
    """Tables and verdicts from any number of runs."""
    section = Section(TITLE, METHOD)
    references = {id(each): reference(courses, each) for each in courses}
    errors: dict[tuple[str, int, bool], list[dict[str, Any]]] = {}
    for each in courses:
        known = references[id(each)]
        for (size, control), found in each.estimates.items():
            row: dict[str, Any] = {name: f(found, known) for name, f in MEASURES.items()}
            row["picture"] = each.picture
            row["said"] = found.relative_error
            errors.setdefault((each.sampler, size, control), []).append(row)
    scale = _scale(errors)
    table = Table(("sampler", "control", "masks", *MEASURES, *_times(), "said"))
    values = {}
    for key in sorted(errors, key=lambda k: (list(MASKS).index(k[0]), k[2], k[1])):
        sampler, size, control = key
        rows = errors[key]
        shown = [100 * float(np.median([row[name] for row in rows])) for name in MEASURES]
        times = [_worth(rows, name, scale) / size for name in MEASURES]
        said = np.sqrt(np.mean([row["said"] ** 2 for row in rows]))
        actual = np.sqrt(np.mean([row["map %"] ** 2 for row in rows]))
        values[key] = times
        table.add(sampler, control, size, *shown, *times, float(said / actual))
    section.tables.append(table)
    least = min(each.masks for each in references.values())
    worst = max(each.error for each in references.values())
    section.notes.append(
        f"References hold at least {least:,} masks; their own relative standard error is at most "
        f"{100 * worst:.2g} %."
    )
    for size in (256, 512):
        if (DEFAULT[0], size, DEFAULT[1]) in values:
            what = f"{DEFAULT[0]} with control, {size} masks: worth this many iid masks each"
            worth = values[DEFAULT[0], size, DEFAULT[1]][0]
            section.verdicts.append(Verdict(what, worth, "at least", 10.0))
    return section


def _scale(
    errors: dict[tuple[str, int, bool], list[dict[str, Any]]],
) -> dict[tuple[str, str], float]:
    """By photograph and measure: the squared error of one iid mask, from runs without control."""
    found: dict[tuple[str, str], list[float]] = {}
    for (sampler, size, control), rows in errors.items():
        if sampler == "iid" and not control:
            for row in rows:
                for name in MEASURES:
                    found.setdefault((row["picture"], name), []).append(size * row[name] ** 2)
    return {key: float(np.mean(values)) for key, values in found.items()}


def _worth(rows: list[dict[str, Any]], name: str, scale: dict[tuple[str, str], float]) -> float:
    """Independent masks with the same mean squared error over seeds; median over photographs."""
    found = []
    for picture in {row["picture"] for row in rows}:
        squares = [row[name] ** 2 for row in rows if row["picture"] == picture]
        found.append(scale[picture, name] / float(np.mean(squares)))
    return float(np.median(found))


def _times() -> list[str]:
    return [f"{name.removesuffix(' %')}: times iid" for name in MEASURES]
