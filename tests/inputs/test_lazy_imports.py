"""A picture needs neither nibabel nor scipy; no reader is imported before its file."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.inputs import kind_of_input, load_sample

load_sample(np.zeros((8, 8, 3), np.uint8), Preprocessing(size=(4, 4)))
load_sample(np.zeros(8), Preprocessing(size=(8,), channels=1, kind="signal"))
load_sample({"a": 1.0}, Preprocessing(size=(1,), channels=1, kind="table"))
kind_of_input("head.nii.gz")
heavy = ("nibabel", "scipy", "pandas", "torch", "matplotlib")
print([name for name in heavy if name in sys.modules])
"""


def test_nothing_heavy_is_imported_for_what_does_not_need_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"
