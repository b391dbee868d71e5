"""Versions of the libraries that a result depends on."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

LIBRARIES = ("rex_widgets", "numpy", "scipy", "pillow", "torch", "onnx", "onnxruntime")


@cache
def library_versions() -> dict[str, str]:
    """Versions of Python and of every library in `LIBRARIES` that is installed."""
    found = {"python": python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
