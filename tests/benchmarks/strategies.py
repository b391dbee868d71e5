"""How long do ten spotlights and a contrastive explanation take, and what do they hold?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets import start
from tests.benchmarks.bench import PEER_ITERS, Bench
from tests.benchmarks.peer import BATCHED, DEFAULT, PeerStyle
from tests.benchmarks.pictures import Picture
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Ten spotlights and contrastive explanations"
TARGET = 5.0
PICTURES = 3
RADIUS = 25.0
"""First radius of our spotlights: the one that the peer's have, which do not read their own."""
METHOD = f"""\
Both systems search ({PEER_ITERS} iterations, seed 0) and extract, at their own defaults but for
our first radius of a spotlight, {RADIUS:g} pixels like the peer's, with the same ONNX model and
photographs, taking turns; loading the model is left out for the peer and included
for ours. Every mask of every system is classified alone by a separate program: "verified" counts
those with the right class (contrastive: and another class for the rest of the photograph). "Apart"
is the largest number of masks with no pixel in common. The peer's contrastive explanation also asks
for the full confidence of the whole input; ours asks for the class, and is minimised."""


@dataclass(frozen=True)
class Answer:
    """What one system gave: its masks, and what they cost."""

    seconds: float
    evaluations: int
    masks: NDArray[np.bool_]
    apart: int


def measure(bench: Bench) -> Section:
    """One table for each strategy."""
    section = Section(TITLE, METHOD)
    pictures = bench.pictures[: 1 if bench.quick else PICTURES]
    styles = (BATCHED, DEFAULT)
    for strategy, words in (("multi", "ten spotlights"), ("contrastive", "contrastive")):
        columns = ("verified", "apart", "area %", "evaluations", "seconds", "peer s / ours")
        table = Table((f"{words}: photograph", "system", *columns))
        ratios: dict[str, list[float]] = {style.name: [] for style in styles}
        fewer = 0
        for picture in pictures:
            ours = _own(bench, picture, strategy)
            held = _held(bench, picture, ours, strategy)
            table.add(picture.name, "ours", *_row(ours, held), "")
            for style in styles:
                peer = _peer(bench, picture, strategy, style)
                theirs = _held(bench, picture, peer, strategy)
                fewer += held < theirs
                ratios[style.name].append(peer.seconds / ours.seconds)
                table.add(picture.name, style.name, *_row(peer, theirs), ratios[style.name][-1])
        section.tables.append(table)
        for style in styles:
            what = f"{words}: times faster than the {style.name} (median over photographs)"
            value = float(median(ratios[style.name]))
            section.verdicts.append(Verdict(what, value, "at least", TARGET))
        what = f"{words}: comparisons in which ours has fewer verified explanations"
        section.verdicts.append(Verdict(what, fewer, "at most", 0))
    return section


def _own(bench: Bench, picture: Picture, strategy: str) -> Answer:
    bench.say(f"ours, {strategy}: {picture.name}")
    started = time.perf_counter()
    run = start(picture.path, bench.onnx, seed=0, strategy=strategy, spotlight_size=RADIUS)
    for _ in run:
        pass
    seconds = time.perf_counter() - started
    result = run.result()
    masks = [part.mask for part in result.parts if part.name != "sufficient" and part.verified]
    return _answer(seconds, int(result.evaluations), np.array(masks, np.bool_))


def _peer(bench: Bench, picture: Picture, strategy: str, style: PeerStyle) -> Answer:
    bench.say(f"{style.name}, {strategy}: {picture.name}")
    facts, masks = bench.peer.strategy(picture.path, style, strategy, PEER_ITERS)
    return _answer(facts["seconds"], facts["evaluations"], masks)


def _answer(seconds: float, evaluations: int, masks: NDArray[np.bool_]) -> Answer:
    from rex_widgets.separate import separate

    sets = separate(list(masks), 0.0, limit=1).sets
    return Answer(seconds, evaluations, masks, len(sets[0]) if sets else 0)


def _held(bench: Bench, picture: Picture, answer: Answer, strategy: str) -> int:
    """How many different masks hold what they claim, by the independent judge."""
    if not len(answer.masks):
        return 0
    data = bench.judge.read(picture.path)
    masks = np.unique(answer.masks.reshape(len(answer.masks), -1), axis=0)
    masks = masks.reshape(-1, *answer.masks.shape[1:])
    whole = bench.judge.probabilities(data, np.ones_like(masks[:1])).argmax(axis=1)[0]
    holds = np.array([_given(bench, data, mask) == whole for mask in masks])
    if strategy == "contrastive":
        holds &= np.array([_given(bench, data, ~mask) != whole for mask in masks])
    return int(holds.sum())


def _given(bench: Bench, data: NDArray[np.float32], mask: NDArray[np.bool_]) -> int:
    return int(bench.judge.probabilities(data, mask[None])[0].argmax())


def _row(answer: Answer, held: int) -> tuple[Any, ...]:
    area = 100 * float(np.median([m.mean() for m in answer.masks])) if len(answer.masks) else 0.0
    return (held, answer.apart, area, answer.evaluations, answer.seconds)
