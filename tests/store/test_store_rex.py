"""Databases that ReX 0.3.1 and 0.4.1 wrote, recorded by `tests.store.record_rex`."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rex_widgets.errors import SettingsError, StoreError
from rex_widgets.store import save_explanation, to_dataframe
from tests.explanations import hand_made
from tests.store.record_rex import ROWS, expected

HERE = Path(__file__).parent
RELEASES = {"rex_0_3_1.db": "explanation", "rex_0_4_1.db": "sufficiency_mask"}


@pytest.fixture(params=sorted(RELEASES))
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(HERE / request.param, tmp_path / request.param))


def test_a_database_of_rex_is_read(recorded: Path) -> None:
    frame = to_dataframe(recorded).sort_values("multi_no", ignore_index=True)
    mask_column = RELEASES[recorded.name]
    assert len(frame) == ROWS
    for number in range(ROWS):
        values, mask = expected(number)
        row = frame.iloc[number]
        assert np.array_equal(row["responsibility"], values)
        assert row["responsibility"].dtype == np.float32
        assert np.array_equal(row[mask_column], mask)
        assert row[mask_column].dtype == bool
        assert (row["path"], row["target"], row["iters"]) == ("pictures/ladybird.jpg", 301, 7)
        assert (row["passing"], row["failing"], row["total_work"]) == (343, 763, 1106)
    if "complete_mask" in frame:
        assert [mask is None for mask in frame["complete_mask"]] == [True, False, True]
        assert np.array_equal(frame["complete_mask"][1], expected(1)[1])


def test_columns_and_rows_of_rex_can_be_chosen(recorded: Path) -> None:
    frame = to_dataframe(recorded, columns=["multi_no", "responsibility"], where={"multi_no": 2})
    assert list(frame.columns) == ["multi_no", "responsibility"]
    assert np.array_equal(frame["responsibility"][0], expected(2)[0])
    with pytest.raises(SettingsError, match="Unknown column"):
        to_dataframe(recorded, columns=["feelings"])


def test_ours_stands_beside_theirs(recorded: Path) -> None:
    save_explanation(recorded, hand_made(8))
    assert len(to_dataframe(recorded)) == 1
    assert len(to_dataframe(recorded, table="rex")) == ROWS
    with pytest.raises(SettingsError, match="Unknown table"):
        to_dataframe(recorded, table="rexx")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("responsibility = x'80049500'", "damaged array"),
        ("responsibility_shape = '(600000, 600000)'", "at most"),
        ("responsibility_shape = 'exit()'", "expected numbers"),
        ("responsibility_shape = '(7, 5)'", "expected 140 or 280 bytes"),
    ],
)
def test_a_damaged_row_of_rex_is_told(recorded: Path, change: str, says: str) -> None:
    raw = sqlite3.connect(recorded)
    raw.execute(f"UPDATE rex SET {change}")
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match=says):
        to_dataframe(recorded)
