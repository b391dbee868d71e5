"""Versions of the libraries that a result depends on."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("rex_widgets", "numpy", "scipy", "pillow", "torch", "onnx", "onnxruntime")


@cache
def library_versions() -> dict[str, str]:
    """Name and version of every library in `LIBRARIES` that is installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
