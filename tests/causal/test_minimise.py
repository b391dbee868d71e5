"""Irreducible explanations: what the certificate says is checked against the model itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.causal.minimise import cells_of, minimise
from rex_widgets.masks import full_mask, mask_of
from tests.causal.asking_help import asker_for, finish, passes, without_cell
from tests.synthetic import RandomNet, RegionClassifier


def assert_certificate(
    model: RandomNet | RegionClassifier,
    data: np.ndarray,
    mask: np.ndarray,
    cell: int,
    target: int,
    needed: float,
) -> None:
    """Remove every cell alone: each removal must lose the class or the confidence."""
    assert passes(model, data, mask, target, needed)
    for row in range(-(-mask.shape[0] // cell)):
        for column in range(-(-mask.shape[1] // cell)):
            rest = without_cell(mask, row, column, cell)
            if rest.sum() < mask.sum():
                assert not passes(model, data, rest, target, needed), (row, column)


@settings(max_examples=40)
@given(
    st.integers(0, 400),
    st.sampled_from([None, 2000, 300, 120, 40, 9, 1]),
    st.sampled_from([0.0, 0.6]),
    st.booleans(),
)
def test_the_certificate_is_true(seed: int, budget: int | None, share: float, second: bool) -> None:
    net = RandomNet((13, 11), classes=3, seed=seed)
    data = net.picture(seed)
    whole = net.row(data.astype(np.float64))
    target = int(whole.argmax())
    needed = share * float(whole[target])
    candidates = [full_mask((13, 11))]
    upper = np.zeros((13, 11), bool)
    upper[:9] = True
    if second and passes(net, data, upper, target, needed):
        candidates.append(mask_of(upper))
    asker = asker_for(net, data, target=target, confidence=needed, budget=budget)

    found = finish(minimise(candidates, asker))

    mask = found.mask.array()
    assert passes(net, data, mask, target, needed)
    assert all(passes(net, data, one, target, needed) for one in found.history)
    certificate = found.certificate
    assert certificate.irreducible == (certificate.cell > 0)
    if certificate.irreducible:
        assert_certificate(net, data, mask, certificate.cell, target, needed)
    if certificate.cell != 1:
        assert certificate.budget_spent, "only the budget is a reason to end before single pixels"
    if budget is None:
        assert certificate.cell == 1
    else:
        # answers close to failing are asked once more, alone, even where the budget ends
        assert asker.requests <= budget + 16


def test_the_known_answer_is_reached() -> None:
    """13 bright pixels of 25 pass (more than half): no fewer are left, and none from outside."""
    model = RegionClassifier((32, 32), [[(10, 15, 12, 17)]], need=0.5)
    data = model.picture()
    found = finish(minimise([full_mask((32, 32))], asker_for(model, data)))
    inside = np.zeros((32, 32), bool)
    inside[10:15, 12:17] = True
    mask = found.mask.array()
    assert not (mask & ~inside).any()
    assert mask.sum() == 13
    assert found.certificate.irreducible
    assert found.certificate.cell == 1
    assert not found.certificate.budget_spent
    assert "removing any one" in found.certificate.text


def test_the_confidence_is_kept_all_the_way() -> None:
    model = RegionClassifier((24, 24), [[(4, 12, 4, 12)]], need=0.5)
    data = model.picture()
    needed = 0.9 * float(model.row(data.astype(np.float64))[1])
    weak = finish(minimise([full_mask((24, 24))], asker_for(model, data)))
    strong = finish(minimise([full_mask((24, 24))], asker_for(model, data, confidence=needed)))
    assert passes(model, data, strong.mask, 1, needed)
    assert not passes(model, data, weak.mask, 1, needed)
    assert strong.mask.area > weak.mask.area


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_a_budget_too_small_is_told(budget: int) -> None:
    """The only thing that a request or three can show is that the whole cannot go."""
    model = RegionClassifier((16, 16), [[(4, 8, 4, 8)]])
    asker = asker_for(model, model.picture(), budget=budget)
    found = finish(minimise([full_mask((16, 16))], asker))
    assert asker.requests <= budget
    assert found.mask.area == 256
    assert found.certificate.cell in ((0,) if budget == 0 else (0, 16))
    assert found.certificate.budget_spent
    assert "budget" in found.certificate.text


def test_no_budget_proves_nothing() -> None:
    model = RegionClassifier((16, 16), [[(4, 8, 4, 8)]])
    found = finish(minimise([full_mask((16, 16))], asker_for(model, model.picture(), budget=0)))
    assert not found.certificate.irreducible
    assert "not shown to be irreducible" in found.certificate.text


def test_more_budget_never_proves_less() -> None:
    model = RegionClassifier((32, 32), [[(10, 19, 12, 21)]], need=0.7)
    data = model.picture()
    areas = []
    for budget in (40, 150, 600, 3000):
        found = finish(minimise([full_mask((32, 32))], asker_for(model, data, budget=budget)))
        if found.certificate.irreducible:
            assert_certificate(model, data, found.mask.array(), found.certificate.cell, 1, 0.0)
        areas.append(found.mask.area)
    assert areas[-1] == 57  # more than 0.7 of 81
    assert areas == sorted(areas, reverse=True)


@given(st.integers(1, 9), st.integers(0, 99))
def test_cells_are_the_mask_cut_by_a_fixed_grid(cell: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((10, 7)) < 0.3
    expected: dict[tuple[int, int], set[int]] = {}
    for r in range(10):
        for c in range(7):
            if mask[r, c]:
                expected.setdefault((r // cell, c // cell), set()).add(r * 7 + c)
    found = cells_of(mask, cell)
    assert sorted(map(sorted, (part.tolist() for part in found))) == sorted(
        map(sorted, expected.values())
    )


def test_a_close_answer_is_asked_again_alone() -> None:
    """An answer within 1e-4 of failing is not trusted from a batch."""
    model = RegionClassifier((8, 8), [[(2, 6, 2, 6)]], need=0.5, gain=1e-4)
    data = model.picture()
    asker = asker_for(model, data)
    found = finish(minimise([full_mask((8, 8))], asker))
    assert found.certificate.irreducible
    assert 1 in model.batches, "nothing was asked alone"
