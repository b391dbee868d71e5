"""How small is the explanation that no more evaluations than the peer's can buy?"""

from __future__ import annotations

from statistics import median

import numpy as np
from numpy.typing import NDArray

from rex_widgets import start
from rex_widgets.results import Explanation
from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import BATCHED, DEFAULT, THRESHOLDS
from tests.benchmarks.pictures import Picture
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Area with no more evaluations than the peer's"
TARGETS = {0.0: 0.2, 0.5: 0.5}
ITERS = 12
TRIES = 3
ROUNDING = 1e-4
METHOD = f"""\
Each run of ours has {ITERS} iterations. What these cost is learnt from the same run without
minimising, and what is left of the peer's evaluations (the smaller total of its two runs) is the
budget for minimising; a run that spent more than the peer is made again with that much less to
spend, so that the run shown kept to the limit as a whole. Seed 0 for all. The explanations of all
systems are classified alone by a separate program that uses nothing but ONNX Runtime; "holds" says
whether it found the class and the asked share of the confidence in ours and in the peer's two."""


def measure(bench: Bench) -> Section:
    """Compare areas at both thresholds."""
    section = Section(TITLE, METHOD)
    for threshold in THRESHOLDS:
        columns = ("peer area", "batched area", "our area", "ratio", "ratio, batched")
        columns += ("peer evaluations", "our evaluations", "holds: ours, peer, batched")
        table = Table((f"threshold {threshold:g}: photograph", *columns))
        for picture in bench.pictures:
            _one(bench, picture, threshold, table, section)
        section.tables.append(table)
        for index, style in ((4, DEFAULT), (5, BATCHED)):
            what = f"area over that of the {style.name}, threshold {threshold:g} (median)"
            value = float(median(table.column(index)))
            section.verdicts.append(Verdict(what, value, "at most", TARGETS[threshold]))
    return section


def _one(bench: Bench, picture: Picture, threshold: float, table: Table, section: Section) -> None:
    peers = [bench.peer_answer(picture, style, 0) for style in (DEFAULT, BATCHED)]
    allowed = min(peer.evaluations(threshold) for peer in peers)
    bench.say(f"ours, {allowed} evaluations, threshold {threshold:g}: {picture.name}")
    ours = within(bench, picture, threshold, allowed)
    if ours.evaluations > allowed:
        section.notes.append(
            f"{picture.name} at {threshold:g}: {int(ours.evaluations)} evaluations were spent, "
            f"more than the peer's {allowed}."
        )
    masks = [ours.mask, *(peer.extractions[threshold].mask for peer in peers)]
    holds = [_holds(bench, picture, mask, ours, threshold) for mask in masks]
    areas = [peer.extractions[threshold].area for peer in peers]
    ratios = [ours.area / area for area in areas]
    spent = (allowed, int(ours.evaluations))
    words = ", ".join("yes" if held else "no" for held in holds)
    table.add(picture.name, *areas, ours.area, *ratios, *spent, words)
    if not (holds[0] and ours.verified):
        section.notes.append(f"{picture.name} at {threshold:g}: our explanation does not hold.")
    for style, peer in zip((DEFAULT, BATCHED), peers, strict=True):
        if peer.target != ours.target.index:
            section.notes.append(f"{picture.name}: the {style.name} explains another class.")


def _holds(
    bench: Bench, picture: Picture, mask: NDArray[np.bool_], ours: Explanation, threshold: float
) -> bool:
    """Whether the judge finds the class and the asked confidence in a mask by itself."""
    given, probabilities = bench.judge.alone(picture.path, mask)
    # runtimes and batch sizes round differently; the peer rounds confidences to four digits
    needed = threshold * ours.target.confidence - ROUNDING
    return bool(given == ours.target.index and probabilities[given] >= needed)


def within(bench: Bench, picture: Picture, threshold: float, allowed: int) -> Explanation:
    """A whole run that spends at most ``allowed`` evaluations, unless its search alone does."""
    result = _run(bench, picture, threshold, 0)
    budget = allowed - int(result.evaluations)
    for _ in range(TRIES):
        if budget <= 0:
            break
        result = _run(bench, picture, threshold, budget)
        over = int(result.evaluations) - allowed
        if over <= 0:
            break
        budget -= over
    return result


def _run(bench: Bench, picture: Picture, threshold: float, budget: int) -> Explanation:
    run = start(
        picture.path,
        bench.onnx,
        seed=0,
        iters=ITERS,
        minimise_budget=budget,
        minimum_confidence_threshold=threshold,
    )
    for _ in run:
        pass
    return run.result()
