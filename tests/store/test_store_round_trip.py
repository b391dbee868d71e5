"""What is saved is what is read: every column, every array, every kind of explanation."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from rex_widgets.axes import Axes
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError, StoreError
from rex_widgets.metrics import Analysis, Curve
from rex_widgets.results import ClassScore, Explanation, Part
from rex_widgets.store import make_database, save_explanation, save_run, to_dataframe
from rex_widgets.store.arrays import StoredArray, pack, shape_of, unpack
from rex_widgets.store.schema import SHARED_ARRAYS, TABLE
from tests.explanations import hand_made
from tests.synthetic import RegionClassifier, drive, run_of

STATISTICS = {
    "total_passing": 343,
    "total_failing": 763,
    "max_depth_reached": 7,
    "avg_box_size": 373.25,
}


def part(name: str, first: int, last: int, **changes: Any) -> Part:
    mask = np.zeros((16, 16), bool)
    mask[first:last] = True
    fields: dict[str, Any] = {
        "name": name,
        "mask": mask,
        "confidence": 0.5 + first / 100,
        "area": float(mask.mean()),
        "verified": True,
    }
    return Part(**(fields | changes))


def explanation(**changes: Any) -> Explanation:
    fields: dict[str, Any] = {
        "settings": CausalSettings(seed=7, min_box_size=11, distribution="binom"),
        "statistics": STATISTICS,
        "ranking": np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16),
    }
    return hand_made(16, **(fields | changes))


@given(
    array=st.sampled_from([np.bool_, np.float32, np.float64, np.int64, np.int32, np.uint8]).flatmap(
        lambda dtype: arrays_of.arrays(dtype, arrays_of.array_shapes(min_dims=0, min_side=0))
    )
)
@settings(max_examples=60, deadline=None)
def test_every_array_comes_back_to_the_last_bit(array: Any) -> None:
    back = unpack(pack(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_masks_take_an_eighth_and_other_numbers_become_float64() -> None:
    noise = np.random.default_rng(0).random((64, 64)) > 0.5
    assert len(pack(noise).data) < 64 * 64 / 8 * 1.05
    assert unpack(pack(np.arange(3, dtype=np.int16))).dtype == np.float64
    swapped = np.arange(4, dtype=">f4")
    assert unpack(pack(swapped)).tolist() == [0, 1, 2, 3]
    with pytest.raises(StoreError, match="expected numbers"):
        pack(np.array(["a"]))


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (StoredArray(b"no zlib", "<f4", "(2,)"), "damaged array"),
        (replace(pack(np.zeros(4, np.float32)), shape="(3,)"), "does not fit"),
        (replace(pack(np.zeros(4, np.float32)), shape="(5,)"), "does not fit"),
        (replace(pack(np.zeros(4, np.float32)), dtype="|O"), "dtype '|O'"),
        (replace(pack(np.zeros(4, np.float32)), shape="(99999, 99999)"), "at most"),
        (replace(pack(np.zeros(4, np.float32)), shape="__import__('os')"), "expected numbers"),
        (replace(pack(np.zeros(4, bool)), shape="(400,)"), "does not fit"),
    ],
)
def test_a_damaged_array_is_told(stored: StoredArray, says: str) -> None:
    with pytest.raises(StoreError) as told:
        unpack(stored)
    assert says in str(told.value)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = pack(np.zeros(100_000_000, np.uint8))
    with pytest.raises(StoreError, match="does not fit"):
        unpack(replace(bomb, shape="(1000,)"))


def test_shapes_are_read_without_being_evaluated() -> None:
    assert shape_of("(224, 224)") == (224, 224)
    assert shape_of("(7,)") == (7,)
    assert shape_of("()") == ()


def test_one_row_holds_everything(tmp_path: Path) -> None:
    spread = np.full((16, 16), 0.25, np.float32)
    given_one = explanation(map_error=spread, stability=(0.5, 0.75))
    (name,) = save_explanation(
        tmp_path / "a.db", given_one, fingerprint="f00d", source="pictures/cat.png"
    )
    frame = to_dataframe(tmp_path / "a.db")
    assert len(frame) == 1
    row = frame.iloc[0]
    assert row["id"] == row["group_id"] == name
    assert len(name) == 32
    assert row["path"] == "pictures/cat.png"
    assert (row["target"], row["target_label"]) == (285, "Egyptian cat")
    assert row["confidence"] == 0.876
    assert (row["time"], row["seconds_in_model"]) == (14.23, 13.6)
    assert (row["passing"], row["failing"], row["total_work"]) == (343, 763, 1106)
    assert (row["depth_reached"], row["avg_box_size"]) == (7, 373.25)
    assert np.array_equal(row["responsibility"], given_one.map)
    assert row["responsibility_shape"] == "(16, 16)"
    assert np.array_equal(row["ranking"], given_one.ranking)
    assert np.array_equal(row["map_error"], spread)
    assert row["stability"] == [0.5, 0.75]
    assert np.array_equal(row["explanation"], given_one.mask)
    assert row["explanation"].dtype == bool
    assert (row["explanation_shape"], row["explanation_confidence"]) == ("(16, 16)", 0.713)
    assert np.array_equal(row["sufficiency_mask"], given_one.mask)
    assert (row["multi"], row["multi_no"]) == (False, None)
    assert (row["verified"], row["stage"], row["kind"]) == (True, "verified", "image")
    assert row["area"] == given_one.area
    assert (row["seed"], row["evaluations"]) == (7, 1936)
    assert row["evaluations_by_purpose"] == {"search": 1890, "extract": 42, "verify": 4}
    assert row["versions"]["rex_widgets"] == "0.1.0"
    assert row["certificate"]["cell"] == 4
    assert row["certificate"]["passes"] == {"8": 1, "4": 2}
    assert row["occlusions"] == {"0": True, "mean": True, "blur": False}
    assert row["top"][1]["label"] == "tabby"
    assert row["model_fingerprint"] == "f00d"
    assert (row["tree_depth"], row["iters"], row["min_size"]) == (10, 20, 11)
    assert row["distribution"] == "binom"
    used = CausalSettings(seed=7, min_box_size=11, distribution="binom")
    assert {k: row["settings"][k] for k in ("seed", "mask_value", "queue_len", "spotlights")} == {
        "seed": used.seed,
        "mask_value": used.mask_value,
        "queue_len": used.queue_len,
        "spotlights": used.spotlights,
    }


def test_no_field_of_an_explanation_is_forgotten() -> None:
    """A new field needs a column, or a reason to be left out."""
    left_out = {"picture", "values"}  # the input itself, which the path names
    under_other_names = {
        "map": "responsibility",
        "mask": "explanation",
        "source": "path",
        "seconds": "time",
    }
    for field in fields(Explanation):
        name = under_other_names.get(field.name, field.name)
        assert field.name in left_out or name in TABLE.columns, field.name


def test_settings_that_are_no_numbers_are_kept(tmp_path: Path) -> None:
    background = np.arange(256, dtype=np.float32).reshape(1, 16, 16)
    save_explanation(tmp_path / "a.db", explanation(settings=CausalSettings(mask_value=background)))
    save_explanation(tmp_path / "a.db", explanation(settings=CausalSettings(mask_value=np.mean)))
    frame = to_dataframe(tmp_path / "a.db")
    assert frame["settings"][0]["mask_value"]["array"] == "mask_value_array"
    assert np.array_equal(frame["mask_value_array"][0], background)
    assert frame["settings"][1]["mask_value"] == {"function": "mean"}
    assert frame["mask_value_array"][1] is None


def test_a_multiple_explanation_is_one_row_for_each_part(tmp_path: Path) -> None:
    parts = tuple(part(f"spotlight {n + 1}", n, n + 3) for n in range(3))
    many = explanation(strategy="multi", parts=parts)
    before = save_explanation(tmp_path / "a.db", explanation())
    ids = save_explanation(tmp_path / "a.db", many)
    assert len({*before, *ids}) == 4
    frame = to_dataframe(tmp_path / "a.db", where={"group_id": ids[0]})
    assert frame["id"].tolist() == list(ids)
    assert frame["multi"].all()
    assert frame["multi_no"].tolist() == [0, 1, 2]
    assert frame["spotlights"].tolist() == [10, 10, 10]
    for number, one in enumerate(parts):
        assert np.array_equal(frame["explanation"][number], one.mask)
        assert frame["explanation_confidence"][number] == one.confidence
        assert frame["area"][number] == one.area
        assert frame["part"][number] == one.name
    assert all(shared is frame["responsibility"][0] for shared in frame["responsibility"])
    assert np.array_equal(frame["responsibility"][0], many.map)
    last = to_dataframe(tmp_path / "a.db", where={"multi_no": 2})
    assert np.array_equal(last["responsibility"][0], many.map)
    assert np.array_equal(last["ranking"][0], many.ranking)


def test_contrastive_and_complete_masks_have_their_columns(tmp_path: Path) -> None:
    parts = (
        part("sufficient", 0, 2),
        part("necessary", 3, 9),
        part("contrastive", 2, 6, without=ClassScore(281, "tabby", 0.4)),
        part("complete", 1, 8),
    )
    save_explanation(tmp_path / "a.db", explanation(strategy="complete", parts=parts))
    row = to_dataframe(tmp_path / "a.db").iloc[0]
    for name, one in zip(
        ("sufficiency", "necessity", "contrastive", "complete"), parts, strict=True
    ):
        assert np.array_equal(row[f"{name}_mask"], one.mask), name
    assert row["sufficiency_confidence"] == 0.5
    assert row["contrastive_confidence"] == 0.52
    assert row["complete_confidence"] == 0.51
    assert (row["inverse_classification"], row["inverse_confidence"]) == (281, 0.4)
    assert row["complete_classification"] == 285
    assert [one["name"] for one in row["parts"]] == [one.name for one in parts]


def test_metrics_and_their_curves_are_kept(tmp_path: Path) -> None:
    curve = Curve(np.array([0, 100, 200]), np.array([0.0, 0.5, 1.0]), 0.9, True)
    analysis = Analysis(0.1, 5.5, 6.5, 2.0, 3.0, curve, curve, 0.75, None, "map", 60)
    save_explanation(tmp_path / "a.db", explanation(), analysis=analysis)
    save_explanation(
        tmp_path / "a.db", explanation(), analysis={"entropy": 1.5, "insertion_curve": 0.25}
    )
    frame = to_dataframe(tmp_path / "a.db")
    assert frame["entropy"].tolist() == [6.5, 1.5]
    assert frame["insertion_curve"].tolist() == [0.9, 0.25]
    assert frame["robustness"][0] == 0.75
    assert frame["insertion_points"][0].tolist() == [[0, 0], [100, 0.5], [200, 1]]
    assert frame["deletion_points"][1] is None
    assert frame["analysis"][0]["entropy_image"] == 5.5
    assert frame["analysis"][0]["insertion"] == {"area": 0.9, "normalised": True}
    assert frame["max_entropy"].isna().all()
    save_explanation(tmp_path / "b.db", explanation(kind="signal"), analysis=analysis)
    row = to_dataframe(tmp_path / "b.db").iloc[0]
    assert (row["entropy"], row["max_entropy"]) == (2.0, 3.0)


def test_volumes_and_signals_keep_their_axes(tmp_path: Path) -> None:
    axes = Axes(("wavenumber",), ("1/cm",), (2.0,), positions=np.array([400.0, 402.0, 410.0]))
    one = explanation(
        kind="signal",
        axes=axes,
        map=np.array([0, 1, 2], np.float32),
        mask=np.array([False, True, True]),
        ranking=None,
    )
    save_explanation(tmp_path / "a.db", one)
    row = to_dataframe(tmp_path / "a.db").iloc[0]
    assert row["kind"] == "signal"
    assert row["axes"]["names"] == ["wavenumber"]
    assert row["axis_positions"].tolist() == [400, 402, 410]
    assert row["responsibility_shape"] == "(3,)"


def test_columns_and_rows_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    for seed in range(5):
        save_explanation(file, explanation(seed=seed))
    frame = to_dataframe(file, columns=["seed", "explanation"], where={"seed": [1, 3]})
    assert list(frame.columns) == ["seed", "explanation"]
    assert frame["seed"].tolist() == [1, 3]
    assert to_dataframe(file, limit=2)["seed"].tolist() == [0, 1]
    assert to_dataframe(file, where={"verified": False}).empty
    with pytest.raises(SettingsError, match="Did you mean 'responsibility'"):
        to_dataframe(file, columns=["responsability"])
    with pytest.raises(SettingsError, match="Unknown column"):
        to_dataframe(file, where={"1 = 1; --": 1})


def test_more_than_memory_allows_is_refused_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.db"
    parts = tuple(part(f"spotlight {n + 1}", n, n + 3) for n in range(3))
    save_explanation(file, explanation(strategy="multi", parts=parts))
    from rex_widgets.store import frames

    monkeypatch.setattr(frames, "MAX_BYTES", 1000)
    with pytest.raises(StoreError, match="name the columns"):
        to_dataframe(file)
    # a map that only the group's first row holds counts, too
    with pytest.raises(StoreError, match="name the columns"):
        to_dataframe(file, columns=["responsibility"], where={"multi_no": 1})
    assert len(to_dataframe(file, columns=["seed"])) == 3


def test_a_run_is_saved_with_its_models_fingerprint(tmp_path: Path) -> None:
    classifier = RegionClassifier((12, 12), [[(2, 6, 2, 6)]])
    run = run_of(classifier, classifier.picture(), iters=2, minimise_budget=0)
    result = drive(run)
    others = {"input": {"mode": "L"}, "model": {"mean": (0.5,), "labels": None}}
    save_run(tmp_path / "a.db", run, source="pictures/square.png", other_settings=others)
    row = to_dataframe(tmp_path / "a.db").iloc[0]
    assert row["path"] == "pictures/square.png"
    assert row["other_settings"] == {
        "input": {"mode": "L"},
        "model": {"mean": [0.5], "labels": None},
    }
    assert row["model_fingerprint"] == classifier.fingerprint()
    assert row["seed"] == 0
    assert row["settings"]["iters"] == 2
    assert np.array_equal(row["responsibility"], result.map)
    assert row["passing"] == result.statistics["total_passing"]


def test_an_empty_database_reads_as_no_rows(tmp_path: Path) -> None:
    frame = to_dataframe(make_database(tmp_path / "new.db"))
    assert frame.empty
    assert {"id", "path", *SHARED_ARRAYS} <= set(frame.columns)
