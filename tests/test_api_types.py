"""What a type checker is told that `start`, `explain` and `load_run` give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from rex_widgets.api import calls
from rex_widgets.methods import LATENT_METHODS

SAID = """
from typing import Any

from typing_extensions import assert_type

import rex_widgets as rw
from rex_widgets.api import Run
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.results import Explanation

def asked(word: str) -> None:
    assert_type(rw.explain("cat.png", "a.onnx"), Explanation)
    assert_type(rw.explain("cat.png", "a.onnx", iters=3), Explanation)
    assert_type(rw.start("cat.png", "a.onnx", method="causal"), Run[Explanation])
    assert_type(rw.explain("cat.png", "a.onnx", method="relax"), RelaxExplanation)
    assert_type(rw.explain(17, "world", method="dice", progress=False), Counterfactuals)
    assert_type(rw.start(17, "world", "growing_spheres").result(), Counterfactuals)
    assert_type(rw.explain(17, "digits", method="rcsb", target=3), RegionCounterfactuals)
    assert_type(rw.explain(17, "world", method=word), Any)
    assert_type(rw.load_run("a.run", "a.onnx").result(), Any)
"""


def test_every_latent_method_is_among_the_types() -> None:
    assert get_args(calls._Latent) == LATENT_METHODS


def test_the_result_is_that_of_the_method(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "said.py").write_text(SAID, encoding="utf-8")
    root = Path(__file__).resolve().parents[1]
    # a process of its own: mypy raises the recursion limit of the one that it runs in
    command = [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml")]
    checked = subprocess.run(
        [*command, "--no-incremental", "--follow-imports=silent", str(tmp_path / "said.py")],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
