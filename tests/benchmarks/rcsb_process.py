"""Sampling of RCSB beside its networks' passes alone, in a process of its own. One JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from tests.benchmarks.rcsb_subjects import problem_of


def main(subject: str, threads: int, samples: int, nfe: int, repeats: int) -> dict[str, Any]:
    """Seconds of every repeat: whole samples, the network alone, network and classifier alone.

    The three take turns, so that what slows the machine down slows all of them. Seconds of the
    processor beside those of the clock say the same on a machine that others use, too.
    """
    torch.set_num_threads(threads)
    problem = problem_of(subject)
    settings = SamplingSettings(nfe=nfe, batch_size=samples)
    ways: dict[str, Callable[[], None]] = {
        "sampling": lambda: sample(problem, settings, samples),
        "network": lambda: passes(problem, settings, samples, classify=False),
        "models": lambda: passes(problem, settings, samples, classify=True),
    }
    short = SamplingSettings(nfe=2, batch_size=samples)
    sample(problem, short, samples)
    passes(problem, short, samples, classify=True)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats):
        names = list(ways)
        for name in names[turn % 3 :] + names[: turn % 3]:
            started, busy = time.perf_counter(), time.process_time()
            ways[name]()
            seconds[name].append(time.perf_counter() - started)
            processor[name].append(time.process_time() - busy)
    return {"seconds": seconds, "processor": processor, "steps": len(steps_of(problem, settings))}


def steps_of(problem: Problem, settings: SamplingSettings) -> tuple[int, ...]:
    """The bridge's steps at which the network is asked."""
    return problem.network.schedule.spaced(settings.nfe, settings.start_step)[:-1]


def sample(problem: Problem, settings: SamplingSettings, samples: int) -> None:
    """Make samples, with all that belongs to it."""
    sampler = Sampler(problem, settings, 0, range(samples))
    while not sampler.done:
        sampler.advance()
    sampler.finished_images()
    if sampler.failure:
        raise RuntimeError(sampler.failure)


def passes(problem: Problem, settings: SamplingSettings, samples: int, *, classify: bool) -> None:
    """As many passes forward and backward, with nothing between them.

    Weights ask for no gradient, as while sampling. With ``classify`` the classifier's passes are
    made too, and the gradient comes through it.
    """
    x1 = problem.image.expand(samples, *problem.image.shape).contiguous()
    for module in problem.used_modules:
        module.eval().requires_grad_(False)
    for step in steps_of(problem, settings):
        x = x1.clone().requires_grad_(True)
        found = problem.network(x, step, x1)
        if classify:
            answers = problem.log_probabilities((found + 1) / 2)
            torch.autograd.grad(answers[:, problem.target].sum(), x)
        else:
            torch.autograd.grad(found, x, torch.ones_like(found))


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
