"""Rows of tables with a known rule, and patients' measurements, with names of features."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from rex_widgets import explain
from rex_widgets.results import Explanation
from tests.real.training import small_threads, train

FEATURES = (
    "age",
    "height",
    "weight",
    "pulse",
    "pressure",
    "temperature",
    "glucose",
    "iron",
    "sodium",
    "oxygen",
    "steps",
    "sleep",
)
RULE = ("pressure", "glucose")
"""Class 1 where both are above 0.6, in standard deviations from the mean."""


@cache
def patients() -> tuple[pandas.DataFrame, np.ndarray]:
    """Rows of standardised features, and the rule's answer."""
    values = np.random.default_rng(7).standard_normal((1500, len(FEATURES)))
    rows = pandas.DataFrame(values, columns=list(FEATURES))
    return rows, (rows[list(RULE)] > 0.6).all(axis=1).to_numpy().astype(int)


def ill_rows(count: int) -> pandas.DataFrame:
    """Rows that the rule clearly holds for."""
    rows, _ = patients()
    return rows[(rows[list(RULE)] > 1.0).all(axis=1)].iloc[:count]


def names_shown(found: Explanation) -> set[str]:
    """The features of an explanation, by name."""
    assert found.axes is not None
    assert len(found.axes.labels) == len(found.mask)
    return {name for name, shown in zip(found.axes.labels, found.mask, strict=True) if shown}


@cache
def forest() -> RandomForestClassifier:
    rows, answers = patients()
    return RandomForestClassifier(60, random_state=0).fit(rows, answers)


@cache
def network() -> nn.Module:
    rows, answers = patients()
    inputs = torch.tensor(rows.to_numpy(np.float32))
    with small_threads(), torch.enable_grad():
        return train(
            lambda: nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 2)),
            inputs,
            torch.from_numpy(answers),
            epochs=60,
            rate=1e-2,
        )


@pytest.mark.parametrize("model", ["forest", "network"])
def test_the_features_of_the_rule_are_named(model: str) -> None:
    chosen: Any = forest() if model == "forest" else network()
    exact = 0
    rows = ill_rows(6)
    for number in range(len(rows)):
        found = explain(rows.iloc[[number]], chosen, iters=10, seed=number, progress=False)
        assert found.kind == "table"
        assert found.target.index == 1
        assert found.verified
        shown = names_shown(found)
        assert set(RULE) <= shown
        exact += shown == set(RULE)
    # what a forest or a network has learnt is the rule, nearly
    assert exact >= 4


def test_a_file_with_names(tmp_path: Path) -> None:
    rows = ill_rows(3)
    path = tmp_path / "patients.csv"
    rows.to_csv(path, index=False)
    options: dict[str, Any] = {"seed": 2, "progress": False}
    found = explain(path, forest(), row=2, **options)
    held = explain(rows.iloc[[2]], forest(), **options)
    assert names_shown(found) == names_shown(held) >= set(RULE)
    # an array has no names, but the model that was fitted with them has
    bare = explain(rows.to_numpy()[2], forest(), mode="tabular", **options)
    assert bare.axes is not None
    assert bare.mask.tolist() == held.mask.tolist()
    told = explain(rows.to_numpy()[2], network(), mode="tabular", feature_names=FEATURES, **options)
    assert set(RULE) <= names_shown(told)


@cache
def wine() -> tuple[pandas.DataFrame, Pipeline]:
    """Chemical measurements of wines, and a classifier of the three growers."""
    data = load_wine(as_frame=True)
    names = np.array(["first", "second", "third"])[data.target]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    return data.data, model.fit(data.data, names)


def test_wines_hidden_behind_the_average_wine() -> None:
    rows, model = wine()
    average = rows.mean().to_numpy(np.float32)
    for number in (0, 70, 150):
        found = explain(
            rows.iloc[[number]],
            model,
            mask_value="context",
            context=average[None],
            seed=1,
            progress=False,
        )
        assert found.target.label == model.predict(rows.iloc[[number]])[0]
        if found.area == 0:
            # the average wine is this grower's already
            assert model.predict(pandas.DataFrame(average[None], columns=rows.columns))[0] == (
                found.target.label
            )
            continue
        assert found.verified
        # asked again without the library
        kept = np.where(found.mask, rows.iloc[number].to_numpy(), average)
        again = model.predict(pandas.DataFrame(kept[None], columns=rows.columns))[0]
        assert again == found.target.label
        assert names_shown(found) <= set(rows.columns)
        assert 1 <= found.mask.sum() <= 6
