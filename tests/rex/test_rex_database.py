"""`initialise_rex_db`, `update_database`, `db_to_pandas`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import StoreError
from rex_widgets.rex import (
    Explanation,
    MultiExplanation,
    Strategy,
    analyze,
    calculate_responsibility,
    db_to_pandas,
    initialise_rex_db,
    load_and_preprocess_data,
    predict_target,
    update_database,
)
from rex_widgets.rex.database import COLUMNS, NEWER_COLUMNS
from rex_widgets.store import to_dataframe
from tests.rex.two_squares import SHAPE, SIDE, arguments, prediction_function
from tests.store.record_rex import ROWS

RECORDED = Path(__file__).parent.parent / "store"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    args = arguments(tmp_path_factory.mktemp("pictures"), iters=5)
    data = load_and_preprocess_data(SHAPE, "cpu", args)
    data.target = predict_target(data, prediction_function)
    maps, stats = calculate_responsibility(data, args, prediction_function)
    single = Explanation(maps, prediction_function, data, args, stats)
    single.extract(Strategy.Global)
    several = MultiExplanation(maps, prediction_function, data, args, stats)
    several.extract(Strategy.MultiSpotlight)
    return {"single": single, "several": several}


def test_explanations_come_back_under_rexs_names(found: dict[str, Any], tmp_path: Path) -> None:
    single, several = found["single"], found["several"]
    db = initialise_rex_db(tmp_path / "rex.db")
    (first,) = update_database(db, single, time_taken=None)
    others = update_database(db, several, time_taken=12.5, multi=True)
    db.close()
    frame = db_to_pandas(str(tmp_path / "rex.db"))
    assert list(frame.columns) == [*COLUMNS, *NEWER_COLUMNS]
    assert frame["id"].tolist() == [first, *others]
    assert len(others) == len(several.explanations)
    row = frame.iloc[0]
    assert row["path"] == single.args.path
    assert (row["target"], row["multi"], row["method"]) == (1, False, "Strategy.Global")
    assert row["time"] > 0
    assert row["distribution"] == "Distribution.Uniform"
    assert (row["passing"], row["failing"]) == (
        single.run_stats["total_passing"],
        single.run_stats["total_failing"],
    )
    assert row["total_work"] == row["passing"] + row["failing"]
    assert np.array_equal(row["responsibility"], single.target_map)
    assert np.array_equal(row["explanation"], np.asarray(single.final_mask)[0])
    for number, mask in enumerate(several.explanations):
        row = frame.iloc[number + 1]
        assert (row["multi_no"], row["method"]) == (number, "Strategy.MultiSpotlight")
        assert (row["time"], row["spotlights"]) == (12.5, 5)
        assert np.array_equal(row["explanation"], mask[0].numpy())
        assert row["explanation_confidence"] == several.explanation_confidences[number]
    assert db_to_pandas(tmp_path / "rex.db", dtype=np.float64)["responsibility"][0].dtype == float
    plain = db_to_pandas(tmp_path / "rex.db", process=False)
    assert "responsibility" not in plain
    assert len(plain) == len(frame)


def test_metrics_and_a_choice_of_explanations(found: dict[str, Any], tmp_path: Path) -> None:
    single, several = found["single"], found["several"]
    metrics = analyze(single)
    db = initialise_rex_db(tmp_path / "rex.db")
    update_database(db, single, 1.0, analysis_results=metrics)
    update_database(db, several, 1.0, multi=True, clauses=(0, 1))
    frame = db_to_pandas(tmp_path / "rex.db")
    assert len(frame) == 3
    assert frame["insertion_curve"][0] == metrics["insertion_curve"]
    assert frame["entropy"][0] == metrics["map_entropy"]
    full = to_dataframe(tmp_path / "rex.db")
    assert full["insertion_points"][0][-1, 0] == SIDE * SIDE
    assert full["model_fingerprint"][0] == single.question.classifier.fingerprint()


@pytest.mark.parametrize("name", ["rex_0_3_1.db", "rex_0_4_1.db"])
def test_a_database_of_rex_is_carried_on(found: dict[str, Any], tmp_path: Path, name: str) -> None:
    path = shutil.copy(RECORDED / name, tmp_path / name)
    before = db_to_pandas(path)
    assert len(before) == ROWS
    db = initialise_rex_db(path)
    update_database(db, found["single"])
    after = db_to_pandas(path)
    assert len(after) == ROWS + 1
    assert after["id"].tolist()[:ROWS] == before["id"].tolist()
    assert np.array_equal(after["responsibility"][ROWS], found["single"].target_map)


def test_what_cannot_be_saved_is_told(found: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"something else" * 100)
    with pytest.raises(StoreError, match="is not a database"):
        initialise_rex_db(tmp_path / "no.db")
    with pytest.raises(StoreError, match="no file"):
        db_to_pandas(tmp_path / "missing.db")
    assert len(db_to_pandas(initialise_rex_db(tmp_path / "new.db").path)) == 0
