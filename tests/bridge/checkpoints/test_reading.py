"""Files that are refused before anything in them is run or allocated."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from rex_widgets.bridge.checkpoints import open_network
from rex_widgets.bridge.checkpoints.reading import read_weights
from rex_widgets.errors import ModelError
from tests.bridge.checkpoints.examples import HEADS, tiny


class Command:
    """Would run code when it is unpickled."""

    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('run')",))


def test_a_pickle_that_runs_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"net": tiny().state_dict(), "more": Command()}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"was refused: .* could run code. Where you trust"):
        read_weights(tmp_path / "a.pt")


def test_options_of_a_training_are_refused_with_what_to_do(tmp_path: Path) -> None:
    torch.save({"net": tiny().state_dict(), "opt": argparse.Namespace(lr=1)}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"write its weights anew.*\['net'\]"):
        open_network(tmp_path / "a.pt", **HEADS)


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"was refused"):
        read_weights(tmp_path / "a.pt")
    torch.save([torch.ones(2)], tmp_path / "b.pt")
    with pytest.raises(ModelError, match=r"holds a list; expected weights by name"):
        read_weights(tmp_path / "b.pt")


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_files_beyond_the_bound_are_not_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    state = tiny().state_dict()
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    size = path.stat().st_size
    assert read_weights(path, size)
    with pytest.raises(ModelError, match=rf"has {size:,} bytes; {size - 1:,} at most"):
        read_weights(path, size - 1)


def test_tensors_that_pretend_to_be_large_are_not_allocated(tmp_path: Path) -> None:
    state = dict(tiny().state_dict())
    state["out.0.bias"] = torch.ones(1).expand(2**40)
    torch.save({"net": state}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"bytes as float32; 17,179,869,184 at most"):
        open_network(tmp_path / "a.pt", **HEADS)


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"net": 1})])
def test_files_of_another_kind(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=r"is no archive as torch.save|is no safetensors file"):
        read_weights(tmp_path / name)


def test_damaged_files(tmp_path: Path) -> None:
    torch.save(tiny().state_dict(), tmp_path / "a.pt")
    whole = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"no archive"):
        read_weights(tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
    with pytest.raises(ModelError, match=r"was refused"):
        read_weights(tmp_path / "b.pt")


def test_compressed_archives_cannot_grow(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 10**6)
    with pytest.raises(ModelError, match=r"is a compressed archive"):
        read_weights(tmp_path / "a.pt")


def test_names_beyond_all_measure(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("rex_widgets.bridge.checkpoints.reading._MOST_NAMES", 100)
    torch.save(tiny().state_dict(), tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"bytes of names and structure; 100 at most"):
        read_weights(tmp_path / "a.pt")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be opened: No such file"):
        open_network(tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"no config.json beside it"):
        save_file({"conv_in.weight": torch.ones(1)}, tmp_path / "b.safetensors")
        open_network(tmp_path / "b.safetensors")
