"""RCSB: how few steps keep the share of digits that reach the class asked for?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.evaluation.evaluation import Evaluation
from rex_widgets.bridge.settings import RcsbSettings
from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "RCSB: the share that reaches the class, and the number of steps"
STEPS = (2, 5, 10, 20, 50, 100)
DIGITS = 100
QUICK_DIGITS = 20
SAMPLES = 2
SLACK = 0.02
REACHED = 0.9
AGREES = 0.7
METHOD = f"""\
{DIGITS} held-out digits ({QUICK_DIGITS} with `--quick`), as evenly over the ten as possible, each
asked for one of the nine classes that the classifier does not give, drawn once; regions by
integrated gradients at area 0.3; {SAMPLES} samples each, all other settings at their defaults. The
digits, classes, regions and noise are the same for every number of steps. "Second agrees" is the
share of the samples that reached the class which an independent classifier gives the class too;
"both" is the share of all samples. L2 is the root of the mean squared difference in [0, 1], over
the whole picture. ± is the standard error over digits. "Lost" is how much less than with
{STEPS[-1]} steps reaches the class, with the standard error of the paired difference. The
fewest steps that keep it are those from which on at most {SLACK} is lost. All steps together move
the picture by about scale times steps, so the second table has the scale raised as the steps get
fewer, such that their product stays what it is with {STEPS[-1]} steps."""


@dataclass(frozen=True)
class Point:
    """What one number of steps gives: shares by digit, and means."""

    steps: int
    found: Evaluation

    @property
    def reached(self) -> NDArray[np.float64]:
        """Share of the samples that reached the class, digit by digit."""
        return np.array([row.reached / row.samples for row in self.found.rows])


def measure(bench: Bench) -> Section:
    """The curve, and the fewest steps that keep it."""
    import torch

    threads = torch.get_num_threads()
    # The networks are too small for two threads to be faster than one.
    torch.set_num_threads(1)
    try:
        return curve(*_points(bench))
    finally:
        torch.set_num_threads(threads)


def scale_for(steps: int) -> float:
    """Scale that moves the picture as far in so many steps as the default does in the most."""
    return RcsbSettings().scale * STEPS[-1] / steps


def _points(bench: Bench) -> tuple[list[Point], list[Point]]:
    """Points at the default scale, and with the scale raised."""
    from rex_widgets.bridge.digits import load_digits
    from rex_widgets.bridge.evaluation import evaluate
    from rex_widgets.bridge.evaluation.asking import answers_of, in_unit, pictures_of
    from rex_widgets.bridge.evaluation.digits import digits_set
    from rex_widgets.bridge.evaluation.making import Making

    world = load_digits()
    chosen = digits_set(world, QUICK_DIGITS if bench.quick else DIGITS)
    bench.say(f"RCSB, regions of {len(chosen.images)} digits")
    making = Making(world.classifier, world.network, RcsbSettings(seed=0))
    answers = answers_of(world.classifier)
    regions = []
    for number, picture in enumerate(map(in_unit, pictures_of(chosen.images))):
        source = int(answers(picture[None]).argmax())
        regions.append(making.region(picture, number, source).numpy())

    def point(steps: int, scale: float) -> Point:
        bench.say(f"RCSB, {steps} steps at scale {scale:g}: {len(chosen.images)} digits")
        found = evaluate(
            chosen.images,
            "digits",
            targets=chosen.targets,
            settings=RcsbSettings(nfe=steps, scale=scale, n_inpaints=SAMPLES, seed=0),
            controls=("none",),
            regions=np.stack(regions),
            second="digits",
            cout_steps=0,
        )
        return Point(steps, found)

    plain = [point(steps, RcsbSettings().scale) for steps in STEPS]
    raised = [point(steps, scale_for(steps)) for steps in STEPS[:-1]]
    return plain, [*raised, plain[-1]]


def curve(points: Sequence[Point], raised: Sequence[Point]) -> Section:
    """Tables and verdicts of any points, of which the last ones are the reference."""
    section = Section(TITLE, METHOD)
    section.tables += [_table("steps", points), _table("steps, scale raised", raised)]
    last = points[-1].found.means()
    at = f"{points[-1].steps} steps"
    section.verdicts += [
        Verdict(f"share reaching the class at {at}", last["reached"].value, "at least", REACHED),
        Verdict(
            f"share of these that a second classifier agrees on at {at}",
            last["second_agrees"].value,
            "at least",
            AGREES,
        ),
    ]
    tried = ", ".join(str(point.steps) for point in points)
    section.notes.append(
        f"The fewest steps that keep it, of {tried}: {fewest(points)}, and {fewest(raised)} with "
        "the scale raised."
    )
    return section


def _table(name: str, points: Sequence[Point]) -> Table:
    columns = ["reached", "±", "lost", "± of that", "second agrees", "both", "L2", "s a sample"]
    table = Table([name, *columns])
    for point in points:
        means = point.found.means()
        less, error = lost(point.reached, points[-1].reached)
        reached = means["reached"]
        samples = sum(row.samples for row in point.found.rows)
        table.add(
            point.steps,
            reached.value,
            reached.error,
            less,
            error,
            means["second_agrees"].value,
            means["reached"].value * means["second_agrees"].value,
            means["l2"].value,
            sum(row.seconds for row in point.found.rows) / samples,
        )
    return table


def lost(some: NDArray[np.float64], reference: NDArray[np.float64]) -> tuple[float, float]:
    """How much less the mean is than the reference's, and the standard error of that."""
    apart = reference - some
    error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else float("nan")
    return float(apart.mean()), float(error)


def fewest(points: Sequence[Point]) -> int:
    """The fewest steps from which on at most `SLACK` is lost against the last point."""
    kept = points[-1].steps
    for point in reversed(points):
        if lost(point.reached, points[-1].reached)[0] > SLACK + 1e-12:
            break
        kept = point.steps
    return kept
