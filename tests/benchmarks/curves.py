"""Do our maps rank pixels at least as well as the peer's?"""

from __future__ import annotations

from statistics import mean

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.alone import Judge
from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import BATCHED, DEFAULT
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Insertion and deletion"
STEP = 200
METHOD = f"""\
One function measures all maps: pixels are ranked by their value, highest first, ties in reading
order; then they are added to an empty input (insertion, higher is better) or taken from the whole
one (deletion, lower is better) {STEP} at a time from 0 on. The area under the target's confidence
by Simpson's rule is divided by the target's confidence times the number of pixels, so that values
above 1 occur. Seed 0, 20 iterations each, hidden pixels 0 after normalising. Of ours there are two
maps: the ranking that the extraction uses by default (adaptive, with masks of its own besides those
of the search), and ReX's own responsibility map, additive, which is the one on show."""


def measure(bench: Bench) -> Section:
    """Both curves of four maps for every photograph."""
    section = Section(TITLE, METHOD)
    table = Table(
        (
            "photograph",
            "ins. ranking",
            "ins. map",
            "ins. peer",
            "ins. batched",
            "del. ranking",
            "del. map",
            "del. peer",
            "del. batched",
        )
    )
    step = 5 * STEP if bench.quick else STEP
    for picture in bench.pictures:
        ours = bench.own_run(picture).explanation
        assert ours.ranking is not None
        maps = [ours.ranking, ours.map]
        maps += [bench.peer_answer(picture, style, 0).map for style in (DEFAULT, BATCHED)]
        bench.say(f"insertion and deletion: {picture.name}")
        data = bench.judge.read(picture.path)
        target = ours.target.index
        rows = [areas(bench.judge, data, one, target, step) for one in maps]
        table.add(picture.name, *(row[0] for row in rows), *(row[1] for row in rows))
    means = [mean(table.column(i)) for i in range(1, 9)]
    table.add("mean", *means)
    section.tables.append(table)
    for own, name in ((0, "ranking"), (1, "map")):
        for peer, style in ((2, DEFAULT), (3, BATCHED)):
            what = f"insertion of our {name} (mean) against the {style.name}"
            section.verdicts.append(Verdict(what, means[own], "at least", means[peer]))
            what = f"deletion of our {name} (mean) against the {style.name}"
            section.verdicts.append(Verdict(what, means[4 + own], "at most", means[4 + peer]))
    return section


def areas(
    judge: Judge, data: NDArray[np.float32], ranking: NDArray[np.float32], target: int, step: int
) -> tuple[float, float]:
    """Normalised insertion and deletion areas of a map."""
    from scipy.integrate import simpson

    flat = np.asarray(ranking, np.float64).reshape(-1)
    order = np.argsort(-flat, kind="stable")
    rank = np.empty(flat.size, np.int64)
    rank[order] = np.arange(flat.size)
    rank = rank.reshape(ranking.shape)
    counts = np.unique(np.append(np.arange(0, flat.size + 1, step), flat.size))
    whole = judge.probabilities(data, np.ones((1, *ranking.shape), np.bool_))[0, target]
    both = []
    for added in (True, False):
        confidence = []
        for first in range(0, len(counts), 64):  # a bounded number of masks at a time
            masks = rank < counts[first : first + 64, None, None]
            shown = masks if added else ~masks
            confidence.append(judge.probabilities(data, shown)[:, target])
        area = simpson(np.concatenate(confidence), x=counts)
        both.append(float(area / (whole * flat.size)))
    return both[0], both[1]
