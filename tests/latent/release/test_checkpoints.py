"""Damaged and hostile ``.pth`` files: refused, with nothing of them run."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.checkpoints import read_checkpoint

NEEDED = ("model",)
MOST = 2**20


def packed(content: Any) -> bytes:
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


GOOD = packed({"model": OrderedDict(weight=torch.arange(6.0).reshape(2, 3)), "opt": None})


class Bomb:
    """Would leave a file behind if it were unpickled as it asks."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_wanted_entries_are_read_and_others_left(tmp_path: Path) -> None:
    found = read_checkpoint(written(tmp_path / "a.pth", GOOD), NEEDED, MOST)
    assert list(found) == ["model"]
    assert found["model"]["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("place", ["top", "entry", "left alone"])
def test_a_file_that_would_run_code_is_refused_and_does_not(tmp_path: Path, place: str) -> None:
    trace = tmp_path / "ran"
    bomb = Bomb(trace)
    content: Any = {"top": bomb, "entry": {"model": {"weight": bomb}}}.get(
        place, {"model": {}, "opt": bomb}
    )
    file = written(tmp_path / "bomb.pth", packed(content))
    with pytest.raises(ModelError, match="could run code"):
        read_checkpoint(file, NEEDED, MOST)
    assert not trace.exists()


def test_a_bare_pickle_is_refused_before_anything_reads_it(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    file = written(tmp_path / "bomb.pth", pickle.dumps({"model": Bomb(trace)}))
    with pytest.raises(ModelError, match=r"no archive as torch\.save writes it"):
        read_checkpoint(file, NEEDED, MOST)
    assert not trace.exists()


def test_torch_s_older_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    content = {"model": {"weight": torch.zeros(2)}}
    torch.save(content, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    with pytest.raises(ModelError, match=r"torch\.load\(path, weights_only=True\)"):
        read_checkpoint(tmp_path / "old.pth", NEEDED, MOST)


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "a.pth", GOOD)
    with pytest.raises(ModelError, match="expected 100 at most"):
        read_checkpoint(file, NEEDED, 100)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(4 * MOST))
    assert (tmp_path / "z.pth").stat().st_size < MOST
    with pytest.raises(ModelError, match="holds 4,194,304 bytes"):
        read_checkpoint(tmp_path / "z.pth", NEEDED, MOST)


def test_a_pickle_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**22 + 1))
    with pytest.raises(ModelError, match="names and structure"):
        read_checkpoint(tmp_path / "z.pth", NEEDED, 2**30)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([1, 2], "holds a list"),
        ({}, "lacks model; it has nothing"),
        ({"weights": {}, "opt": {}}, "lacks model; it has weights, opt"),
    ],
)
def test_another_content_is_told(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        read_checkpoint(written(tmp_path / "a.pth", packed(content)), NEEDED, MOST)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.booleans())
def test_damage_is_a_model_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int, cut: bool
) -> None:
    damaged = GOOD[:place] if cut else GOOD[:place] + bytes([value]) + GOOD[place + 1 :]
    file = written(tmp_path_factory.getbasetemp() / "damaged.pth", damaged)
    try:
        assert "model" in read_checkpoint(file, NEEDED, MOST)
    except ModelError as error:
        assert "damaged.pth" in str(error)
