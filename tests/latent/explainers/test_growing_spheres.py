"""Growing Spheres against half spaces, whose nearest points of the other class are known."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers import spheres
from rex_widgets.latent.explainers.growing_spheres import GrowingSpheres
from rex_widgets.latent.explainers.shells import points_in_shells
from rex_widgets.latent.explainers.spheres import ReleasedSpheres
from rex_widgets.latent.problem import Problem
from tests.latent.explainers.linear_world import Bent, HalfSpaces, finished, problem_of, seeded


def classes_of(problem: Problem, found: torch.Tensor) -> torch.Tensor:
    return problem.answers(found).argmax(-1)


def plane(distances: list[float], size: int = 2) -> Problem:
    """Samples this far from the boundary, on the side of class 0."""
    normal = torch.nn.functional.normalize(torch.arange(1.0, size + 1), dim=0)
    latents = -torch.tensor(distances)[:, None] * normal
    return problem_of(latents, HalfSpaces.of_two(normal, 0.0))


@pytest.mark.parametrize("size", [1, 2, 11, 400])
def test_points_fill_the_volume_between_two_radii_evenly(size: int) -> None:
    centres = torch.zeros(3, size) + 0.5
    inner, outer = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([10.0, 2.0, 2.0])
    points = points_in_shells(centres, inner, outer, 4000, seeded())
    radii = (points - 0.5).double().norm(dim=-1)
    assert (radii >= inner[:, None] - 1e-4).all() and (radii <= outer[:, None] + 1e-3).all()
    # even over the volume: r^Z is uniform between the two radii's
    hollow = (inner / outer).double()[:, None] ** size
    share = ((radii / outer[:, None]) ** size - hollow) / (1 - hollow)
    for row in share[:2]:
        steps = torch.linspace(0, 1, len(row), dtype=torch.float64)
        assert (row.sort().values - steps).abs().max() < 1.9 / len(row) ** 0.5
    # no direction is preferred
    mean = (points - 0.5).mean(1).norm(dim=-1)
    assert (mean < 4 * outer / 4000**0.5).all()


def test_the_nearest_points_of_the_other_class_are_found() -> None:
    distances = [0.05, 0.4, 1.0, 2.0]
    problem = plane(distances)
    search = finished(GrowingSpheres(5, n_candidates=300).begin(problem, seeded()))
    pool = search.state()["pool"]
    far = (pool - problem.latents[:, None]).norm(dim=-1)
    known = torch.tensor(distances)[:, None]
    assert (classes_of(problem, search.counterfactuals) == 1).all()
    assert (far >= known - 1e-5).all()
    assert (far[:, :1] < 1.1 * known).all()
    assert (far.diff(dim=1) >= 0).all()
    assert search.message == ""


def test_every_sample_has_a_radius_and_an_end_of_its_own() -> None:
    problem = plane([0.01, 2.5])
    search = GrowingSpheres(3, n_candidates=200).begin(problem, seeded())
    finished(search)
    last_balls = search.state()["width"]
    assert last_balls[0] <= 0.02 and 1.2 < last_balls[1] < 3
    alone = finished(GrowingSpheres(3, n_candidates=200).begin(plane([2.5]), seeded()))
    assert torch.equal(alone.state()["layer"], search.state()["layer"][1:])


def test_coordinates_are_put_back_smallest_change_first() -> None:
    latents = torch.randn(6, 5, generator=seeded(1))
    problem = problem_of(latents, Bent(5, 2))
    search = finished(GrowingSpheres(4, n_candidates=100).begin(problem, seeded(2)))
    pool = search.state()["pool"]
    for sample in range(6):
        for explanation in range(4):
            point = pool[sample, explanation].clone()
            order = sorted(range(5), key=lambda j: float((point - latents[sample])[j].abs()))
            for coordinate in order:
                tried = point.clone()
                tried[coordinate] = latents[sample, coordinate]
                if classes_of(problem, tried) == problem.targets[sample]:
                    point = tried
            assert torch.equal(search.counterfactuals[sample, explanation], point)


def test_a_coordinate_that_decides_nothing_is_put_back() -> None:
    normal = torch.tensor([1.0, 0.0, 0.0])
    problem = problem_of(torch.tensor([[-1.0, 0.3, -0.2]]), HalfSpaces.of_two(normal, 0.0))
    search = finished(GrowingSpheres(3).begin(problem, seeded()))
    assert torch.equal(search.counterfactuals[0, :, 1:], problem.latents.expand(3, -1)[:, 1:])


def test_what_cannot_be_reached_is_said_and_the_nearest_miss_kept() -> None:
    normal = torch.tensor([0.6, 0.8])
    latents = torch.tensor([[0.0, 0.0], [3.5, 2.9]])
    problem = problem_of(latents, HalfSpaces.of_two(normal, 4.3))
    search = finished(GrowingSpheres(3, n_candidates=400).begin(problem, seeded()))
    assert search.message.startswith("Sample 0:")
    assert "range" in search.message
    # ±3 is the range: the nearest that it allows to the boundary is its corner
    corner = torch.tensor([3.0, 3.0])
    assert (search.counterfactuals[0, 0] - corner).abs().max() < 0.4
    assert torch.equal(search.counterfactuals[0, 1:], latents[:1].expand(2, -1))
    assert (classes_of(problem, search.counterfactuals[1]) == 0).all()


def test_candidates_stay_in_range_but_for_a_sample_outside_it() -> None:
    problem = problem_of(
        torch.tensor([[-2.9, 0.0], [-5.0, 0.0]]), HalfSpaces.of_two(torch.tensor([1.0, 0.0]), 2.8)
    )
    search = finished(GrowingSpheres(4).begin(problem, seeded()))
    pool = search.state()["pool"]
    assert (pool[0].abs() <= 3).all()
    assert (pool[1, :, 0] >= -5).all() and (pool[1] <= 3).all()
    assert search.message == ""


def test_the_class_asked_for_is_reached_among_several() -> None:
    weights = torch.tensor([[0.0, 1.0, -1.0], [0.0, 0.3, 0.4]])
    classifier = HalfSpaces(weights, torch.tensor([1.0, 0.0, 0.0]))
    latents = torch.zeros(2, 2)
    problem = problem_of(latents, classifier, targets=torch.tensor([1, 2]))
    search = finished(GrowingSpheres(4).begin(problem, seeded()))
    assert torch.equal(
        classes_of(problem, search.counterfactuals), torch.tensor([[1] * 4, [2] * 4])
    )
    with pytest.raises(SettingsError, match="two classes"):
        GrowingSpheres(release_compatible=True).begin(problem, seeded())


def test_answers_that_are_not_finite_are_no_counterfactuals() -> None:
    class Torn(HalfSpaces):
        def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
            logits = super().__call__(pictures)
            return torch.where(pictures.flatten(1)[:, 1:] > 0, torch.nan, logits)

    two = HalfSpaces.of_two(torch.tensor([1.0, 0.0]), 0.5)
    problem = problem_of(torch.tensor([[0.0, -0.1]]), Torn(two.weights, two.offsets))
    search = finished(GrowingSpheres(5).begin(problem, seeded()))
    assert (search.counterfactuals[..., 1] <= 0).all()
    assert (search.counterfactuals[..., 0] > 0.5).all()


@pytest.mark.parametrize("released", [False, True])
def test_a_ball_is_asked_about_only_as_far_as_it_counts(
    released: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    explainer = GrowingSpheres(3, release_compatible=released)
    found, seen = [], []
    for shares in ((0.1, 0.4, 1.0), (1.0,)):
        monkeypatch.setattr(spheres, "_SHARES", shares)
        problem = plane([0.05, 0.4, 1.0, 2.0], 4)
        search = finished(explainer.begin(problem, seeded(6)))
        found.append(search.counterfactuals)
        assert isinstance(problem.classifier, HalfSpaces)
        seen.append(problem.classifier.seen)
    assert torch.equal(*found)
    assert seen[0] < 0.8 * seen[1]


@pytest.mark.parametrize("released", [False, True])
def test_ten_rounds_and_ten_are_twenty_also_through_the_state(released: bool) -> None:
    latents = torch.randn(5, 4, generator=seeded(3))
    problem = problem_of(latents, Bent(4, 2))
    explainer = GrowingSpheres(3, release_compatible=released)

    whole = explainer.begin(problem, seeded(4))
    whole.extend(20)
    finished(whole)

    halves = finished(explainer.begin(problem, seeded(4)))
    before = halves.state()["distances"]
    halves.extend(10)
    assert not halves.done
    halves.advance()
    other = explainer.begin(problem, seeded(99))
    other.restore(halves.state())
    finished(other).extend(10)
    finished(other)

    assert torch.equal(other.counterfactuals, whole.counterfactuals)
    for name, value in whole.state().items():
        assert torch.equal(other.state()[name], value), name
    assert (whole.state()["distances"] <= before).all()
    assert (whole.state()["distances"] < before).any()


def test_calls_are_bounded() -> None:
    problem = plane([1.0] * 40, size=3)
    classifier = problem.classifier
    assert isinstance(classifier, HalfSpaces)
    search = GrowingSpheres(n_candidates=50).begin(problem, seeded())
    before = classifier.seen
    search.advance()
    assert classifier.seen - before == 40 * 50
    assert classifier.most <= 600


def slow_release(problem: Problem, count: int, candidates: int, seed: int) -> torch.Tensor:
    """Distances of the release's counterfactuals to the one sample, before the selection."""
    random = seeded(seed)
    centre, size = problem.latents[0], problem.latents.shape[1]

    def hits(points: list[torch.Tensor]) -> list[torch.Tensor]:
        return [point for point in points if classes_of(problem, point) == problem.targets[0]]

    def in_ball(radius: float) -> torch.Tensor:
        while True:  # rejection: uniform in the cube, kept where inside the ball
            point = 2 * torch.rand(size, generator=random) - 1
            if point.norm() <= 1:
                return centre + radius * point

    def on_sphere(radius: float) -> torch.Tensor:
        direction = torch.randn(size, generator=random)
        point: torch.Tensor = centre + radius * direction / direction.norm()
        return point

    radius = 10.0
    while hits([in_ball(radius) for _ in range(candidates)]):
        radius /= 2
    sphere = radius / 2 + radius
    while not (found := hits([on_sphere(sphere) for _ in range(candidates)])):
        sphere += radius
    return torch.stack([(point - centre).norm() for point in found[:count]])


def test_the_release_shrinks_and_grows_in_the_same_way() -> None:
    one, repeats = plane([0.8], size=3), 120
    slow = [slow_release(one, 4, 12, seed) for seed in range(repeats)]
    many = plane([0.8] * 2000, size=3)
    explainer = GrowingSpheres(4, n_candidates=12, release_compatible=True)
    search = finished(explainer.begin(many, seeded()))
    far = search.state()["distances"]
    # spheres lie at the radius of the last ball, 10 / 2^k, times 1.5, 2.5 and so on
    theirs = torch.tensor([float(row[0]) for row in slow])
    ours = far[:, 0]
    for at in (0.9375, 1.5625, 1.875, 2.1875):
        share, expected = (ours - at).abs().lt(1e-3).float().mean(), (theirs - at).abs().lt(1e-3)
        error = (expected.float().var() / repeats + 0.25 / len(ours)).sqrt()
        assert (share - expected.float().mean()).abs() < 3 * error
    number = torch.isfinite(far).float().sum(1)
    expected_number = torch.tensor([float(len(row)) for row in slow])
    error = (expected_number.var() / repeats + number.var() / len(number)).sqrt()
    assert (number.mean() - expected_number.mean()).abs() < 3 * error
    missing = ~torch.isfinite(far)
    assert torch.equal(
        search.counterfactuals[missing], many.latents[:, None].expand(-1, 4, -1)[missing]
    )
    assert "fewer than 4" in search.message


def test_the_release_would_never_end_and_here_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReleasedSpheres, "layers", 7)
    problem = problem_of(torch.zeros(1, 2), HalfSpaces.of_two(torch.tensor([1.0, 0.0]), 1e6))
    search = finished(GrowingSpheres(2, release_compatible=True).begin(problem, seeded()))
    assert search.message.startswith("Sample 0: none of 7 spheres")
    assert torch.equal(search.counterfactuals, problem.latents[:, None].expand(-1, 2, -1))
    assert search.state()["layer"].tolist() == [7]


@pytest.mark.parametrize(
    "wrong",
    [{"n_candidates": 0}, {"first_radius": 0.0}, {"decrease_radius": 1}, {"num_explanations": 0}],
)
def test_settings_that_make_no_sense_are_told(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        GrowingSpheres(**wrong)  # type: ignore[arg-type]


def test_one_call_answers_a_batch() -> None:
    problem = plane([0.5, 1.0])
    explainer = GrowingSpheres(6)
    found = explainer.explain_batch(
        problem.latents, problem.logits, problem.images, problem.classifier, problem.generator
    )
    assert found.shape == (2, 6, 2)
    assert (classes_of(problem, found) == 1).all()
