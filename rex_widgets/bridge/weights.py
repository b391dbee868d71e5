"""The files of weights of a world that comes with the package."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

BRIDGE_FILE = "bridge.safetensors"
CLASSIFIER_FILE = "classifier.safetensors"
SECOND_FILE = "second_classifier.safetensors"


def read_weights(file: Path, module: nn.Module) -> None:
    """Read weights into a module, in evaluation mode, which asks for no gradients of them."""
    module.load_state_dict(load_file(file))
    module.eval().requires_grad_(False)
