"""How many mutants a second, on the same model and runtime?"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from rex_widgets import as_classifier
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluator import Evaluator
from rex_widgets.inputs import load_sample
from rex_widgets.masks import Mask, full_mask
from rex_widgets.occlusion import background_of
from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import BATCHED, DEFAULT
from tests.benchmarks.pictures import Picture
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Evaluations per second"
TARGET = 1.2
OUTSIDE_TARGET = 5.0
ITERS = 8
METHOD = f"""\
The search stage of ours, {ITERS} iterations, is timed by itself, and its masks are recorded. Then
the same masks are evaluated again by each system: by our evaluator (which packs, hashes, looks up
and logs every mask), and by the peer's masking and prediction functions, one mutant at a time as
by its defaults and 14 at a time as in its batched search. The peer's trees, queues and maps are
left out of that, to its advantage; the rates of its whole search stage, each on its own mutants,
are in the second table (the peer's from its runs for the other questions), with the share of time
that either search spends outside the model. One photograph a row, taking turns on each.
Same fp32 ONNX file, same version of ONNX Runtime where the versions below say so, same threads."""


def measure(bench: Bench) -> Section:
    """Replay our mutants in all systems, taking turns."""
    section = Section(TITLE, METHOD)
    same = Table(
        ("same mutants", "mutants", "ours /s", "peer /s", "batched /s", "ratio", "ratio, batched")
    )
    whole = Table(
        (
            "search stage",
            "ours /s",
            "peer /s",
            "batched /s",
            "ratio",
            "ratio, batched",
            "ours outside %",
            "peer outside %",
            "batched outside %",
        )
    )
    for picture in bench.pictures[: bench.repeats]:
        bench.say(f"mutants per second: {picture.name}")
        own = own_search(bench, picture)
        peers = [bench.peer.replay(picture.path, s, own["bits"]) for s in (DEFAULT, BATCHED)]
        again = own_replay(bench, picture, own["masks"])
        rates = [again, *(peer["evaluations"] / peer["seconds"] for peer in peers)]
        ratios = [rates[0] / rates[1], rates[0] / rates[2]]
        same.add(picture.name, len(own["masks"]), *rates, *ratios)
        answers = [bench.peer_answer(picture, style, 0) for style in (DEFAULT, BATCHED)]
        searches = [a.search_evaluations / a.search_seconds for a in answers]
        outside = [100 * (1 - a.search_seconds_in_model / a.search_seconds) for a in answers]
        rate = own["rate"]
        shares = [own["outside"], *outside]
        ratios = [rate / searches[0], rate / searches[1]]
        whole.add(picture.name, rate, *searches, *ratios, *shares)
    section.tables += [same, whole]
    for table, column, what in (
        (same, 5, f"same mutants, ours over the {DEFAULT.name}"),
        (same, 6, f"same mutants, ours over the {BATCHED.name}"),
        (whole, 4, f"whole search, ours over the {DEFAULT.name}"),
        (whole, 5, f"whole search, ours over the {BATCHED.name}"),
    ):
        value = float(median(table.column(column)))
        section.verdicts.append(Verdict(f"{what} (median)", value, "at least", TARGET))
    value = float(median(whole.column(6)))
    what = "our time outside the model, share of the search (median)"
    section.verdicts.append(Verdict(what, value, "at most", OUTSIDE_TARGET, "%"))
    return section


def own_search(bench: Bench, picture: Picture) -> dict[str, Any]:
    """Our search stage by itself: its rate, its time outside the model, its masks."""
    classifier = as_classifier(bench.onnx, threads=bench.threads)
    sample = load_sample(picture.path, classifier.preprocessing)
    settings = CausalSettings(iters=ITERS)
    evaluator = _evaluator(classifier, sample.data, settings)
    whole = full_mask(sample.data.shape[1:])
    probabilities = evaluator.probabilities(whole, "look")
    target = int(probabilities.argmax())
    evaluator.target = target
    search = Search(evaluator, settings, 0, target, float(probabilities[target]))
    evaluator.counts, evaluator.seconds_in_model = {}, 0.0
    started = time.perf_counter()
    for _ in search.work():
        pass
    seconds = time.perf_counter() - started
    packed = [evaluator.log.bits(entry.digest) for entry in evaluator.log]
    bits = np.stack([np.frombuffer(one, np.uint8) for one in packed if one is not None])
    return {
        "rate": evaluator.evaluations / seconds,
        "outside": 100 * (1 - evaluator.seconds_in_model / seconds),
        "bits": bits,
        "masks": [Mask(row.tobytes(), sample.data.shape[1:]) for row in bits],
    }


def own_replay(bench: Bench, picture: Picture, masks: list[Mask]) -> float:
    """Mutants a second of our evaluator on given masks, starting with an empty log."""
    classifier = as_classifier(bench.onnx, threads=bench.threads)
    sample = load_sample(picture.path, classifier.preprocessing)
    evaluator = _evaluator(classifier, sample.data, CausalSettings())
    evaluator.target = int(evaluator.probabilities(full_mask(masks[0].shape), "look").argmax())
    fresh = [Mask(mask.bits, mask.shape) for mask in masks]
    started = time.perf_counter()
    ticket = evaluator.submit(fresh)
    while not ticket.done:
        evaluator.run_batch(ticket, "search")
    return len(masks) / (time.perf_counter() - started)


def _evaluator(classifier: Any, data: Any, settings: CausalSettings) -> Evaluator:
    background = background_of(settings.mask_value, data, 0)
    return Evaluator(classifier, data, background, batch_size=settings.batch_size)
