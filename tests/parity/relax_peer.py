"""relax-xai, the released implementation of RELAX, where it can be had.

It imports torchvision for its picture transforms, which nothing here uses: where torchvision is
not installed, an empty module takes its place.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

VARIABLE = "RELAX_PEER_PATH"
"""Names the folder that holds the package `relax_xai`, such as an unpacked wheel."""

RELEASE = "relax-xai==0.0.5"


def released(path: str | None = None) -> Any:
    """Return the peer's module `relax`, from ``path`` or the folder that `VARIABLE` names."""
    folder = path or os.environ.get(VARIABLE)
    if folder and folder not in sys.path:
        sys.path.insert(0, folder)
    if "torchvision" not in sys.modules and find_spec("torchvision") is None:
        sys.modules["torchvision"] = ModuleType("torchvision")
    return importlib.import_module("relax_xai.relax")
