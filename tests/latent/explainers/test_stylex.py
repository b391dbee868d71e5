"""StylEx against loops over samples, coordinates and directions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers.stylex import Stylex
from rex_widgets.latent.problem import Problem
from rex_widgets.latent.statistics import LatentStatistics
from tests.latent.explainers.linear_world import Bent, HalfSpaces, finished, problem_of, seeded

SIZE = 5


def bent(samples: int = 12, classes: int = 2) -> Problem:
    """Samples with a range that differs from coordinate to coordinate."""
    latents = torch.randn(samples, SIZE, generator=seeded(1))
    statistics = replace(
        LatentStatistics.standard(SIZE),
        minimum=torch.tensor([-3.0, -2.5, -2.0, -3.5, -2.0]),
        maximum=torch.tensor([2.0, 3.0, 2.5, 2.0, 3.5]),
    )
    return problem_of(latents, Bent(SIZE, classes), statistics=statistics)


def score(problem: Problem, latents: torch.Tensor, target: int) -> float:
    logits = problem.answers(latents).tolist()
    others = [value for index, value in enumerate(logits) if index != target]
    return logits[target] - (max(others) if len(others) > 1 else 0.0)


def shift(problem: Problem, latents: torch.Tensor, coordinate: int, way: int) -> torch.Tensor:
    known = problem.context.statistics
    end = (known.minimum, known.maximum)[way][coordinate]
    moved = latents.clone()
    moved[coordinate] += 0.8 * (end - latents[coordinate])
    return moved


def slow_ranking(
    problem: Problem, points: torch.Tensor, targets: list[int], t: float
) -> dict[int, list[tuple[int, int]]]:
    """The ranked shifts for every class asked for."""
    ranked = {}
    for target in set(targets):
        rows = [row for row, asked in enumerate(targets) if asked == target]
        gain = {
            (row, coordinate, way): score(
                problem, shift(problem, points[row], coordinate, way), target
            )
            - score(problem, points[row], target)
            for row in rows
            for coordinate in range(SIZE)
            for way in (0, 1)
        }
        left, order = list(rows), []
        while len(order) < SIZE:
            left = left or list(rows)
            best, found = -float("inf"), (0, 0)
            for coordinate in range(SIZE):
                if coordinate in [taken for taken, _ in order]:
                    continue
                means = [
                    sum(gain[row, coordinate, way] for row in left) / len(left) for way in (0, 1)
                ]
                if min(means) > 0:
                    means = [0.0, 0.0]
                for way in (0, 1):
                    if means[way] > best:
                        best, found = means[way], (coordinate, way)
            order.append(found)
            left = [row for row in left if gain[row, *found] < t]
        ranked[target] = order + [(coordinate, 1 - way) for coordinate, way in order]
    return ranked


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("t", [0.3, 2.0])
def test_independent_shifts_are_those_of_the_loops(classes: int, t: float) -> None:
    problem = bent(classes=classes)
    search = finished(Stylex(7, t=t).begin(problem, seeded()))
    targets = problem.targets.tolist()
    assert len(set(targets)) > 1
    ranked = slow_ranking(problem, problem.latents, targets, t)
    expected = torch.stack(
        [
            torch.stack([shift(problem, latents, *found) for found in ranked[target][:7]])
            for latents, target in zip(problem.latents, targets, strict=True)
        ]
    )
    torch.testing.assert_close(search.counterfactuals, expected)


def test_a_subset_of_shifts_is_made_until_the_class_changes() -> None:
    problem = bent()
    search = finished(Stylex(3, strategy="subset").begin(problem, seeded()))
    steps = 0.01 * torch.arange(3)
    points = (problem.latents[:, None] + steps[None, :, None]).flatten(0, 1)
    targets = problem.targets.repeat_interleave(3).tolist()
    ranked = slow_ranking(problem, points, targets, 0.3)
    lengths = set()
    for row, target in enumerate(targets):
        point, made = points[row], 0
        while made < SIZE and problem.answers(point).argmax() != target:
            coordinate, way = ranked[target][made]
            point = point.clone()
            point[coordinate] = shift(problem, points[row], coordinate, way)[coordinate]
            made += 1
        lengths.add(made)
        torch.testing.assert_close(search.counterfactuals.flatten(0, 1)[row], point)
    assert len(lengths) > 1


def test_the_shift_that_decides_comes_first() -> None:
    normal = torch.tensor([0.0, 0.0, -1.0])
    problem = problem_of(torch.tensor([[0.5, -0.5, 1.0]]), HalfSpaces.of_two(normal, 0.0))
    search = finished(Stylex(2).begin(problem, seeded()))
    torch.testing.assert_close(
        search.counterfactuals[0, 0], torch.tensor([0.5, -0.5, 1 + 0.8 * (-3 - 1.0)])
    )
    assert problem.answers(search.counterfactuals[0, 0]).argmax() == 1


def test_the_classes_asked_for_are_ranked_by_themselves() -> None:
    normal = torch.tensor([1.0, 0.2])
    latents = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    problem = problem_of(latents, HalfSpaces.of_two(normal, 0.0))
    found = finished(Stylex(1).begin(problem, seeded())).counterfactuals
    assert problem.answers(found[:, 0]).argmax(1).tolist() == [0, 1]


def test_more_explanations_than_shifts_are_said() -> None:
    problem = problem_of(torch.ones(1, 2), HalfSpaces.of_two(torch.ones(2), 0.0))
    search = finished(Stylex(6).begin(problem, seeded()))
    assert search.message.startswith("4 shifts")
    assert torch.equal(search.counterfactuals[0, 4:], problem.latents.expand(2, -1))
    assert len(search.counterfactuals[0, :4].unique(dim=0)) == 4


def slow_release(problem: Problem, count: int, t: float) -> torch.Tensor:
    """The release's independent strategy, sample by sample."""
    known = problem.context.statistics
    points = [z + 0.01 * i for z in problem.latents for i in range(count)]
    targets = [1 - int(c) for c in problem.classes for _ in range(count)]

    def moved(point: torch.Tensor, coordinate: int, way: int) -> torch.Tensor:
        end = (known.minimum, known.maximum)[way][coordinate]
        changed = point.clone()
        changed[coordinate] = point[coordinate] * 0.8 * (end - point[coordinate])
        return changed

    gain = [
        [
            [float((problem.answers(moved(p, c, w)) - problem.answers(p))[target]) for w in (0, 1)]
            for c in range(SIZE)
        ]
        for p, target in zip(points, targets, strict=True)
    ]
    left, free, shifts = list(range(len(points))), list(range(SIZE)), []
    gone: set[int] = set()
    while free and left:
        means = []
        for place in free:
            pair = [
                0.0 if place in gone else sum(gain[row][place][w] for row in left) / len(left)
                for w in (0, 1)
            ]
            means += [0.0, 0.0] if min(pair) > 0 else pair
        best = max(range(len(means)), key=means.__getitem__)
        place, way = divmod(best, 2)  # a place among those free, taken for a coordinate
        if place in gone:
            break
        shifts.append((place, way))
        free.remove(place)
        left = [row for row in left if gain[row][place][way] < t]
        gone.add(place)
    found = torch.stack(points).reshape(len(problem.latents), count, SIZE)
    for i, (place, way) in enumerate(shifts[:count]):
        for sample in range(len(found)):
            found[sample, i] = moved(found[sample, i], place, way)
    return found


@pytest.mark.parametrize("t", [0.3, 5.0])
def test_the_release_multiplies(t: float) -> None:
    problem = bent(6)
    search = finished(Stylex(3, t=t, release_compatible=True).begin(problem, seeded()))
    torch.testing.assert_close(search.counterfactuals, slow_release(problem, 3, t))


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("strategy", ["independent", "subset"])
def test_a_state_can_be_taken_over_at_every_step(strategy: str, released: bool) -> None:
    problem = bent(40)
    explainer = Stylex(4, strategy=strategy, release_compatible=released)
    search, steps = explainer.begin(problem, seeded()), 0
    while not search.done:
        state = search.state()
        search.advance()
        other = explainer.begin(problem, seeded(5))
        other.restore(state)
        other.advance()
        assert torch.equal(other.counterfactuals, search.counterfactuals)
        steps += 1
    assert steps > 1
    assert search.fraction == 1.0
    with pytest.raises(SettingsError, match="nothing to extend"):
        search.extend(1)


def test_settings_that_make_no_sense_are_told() -> None:
    with pytest.raises(SettingsError, match="strategy"):
        Stylex(strategy="both")
    with pytest.raises(SettingsError, match="shift_size"):
        Stylex(shift_size=-1)
    with pytest.raises(SettingsError, match="two classes"):
        Stylex(release_compatible=True).begin(bent(classes=4), seeded())
