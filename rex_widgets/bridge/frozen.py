"""Modules at rest: no gradient for their parameters, evaluation mode, and all of it put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def frozen(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Keep modules in evaluation mode and their parameters without gradient for a while.

    What they were before is put back at the end, also after an error. Parameters that ask for a
    gradient would make the forward pass keep what only their own gradients need.
    """
    every = [part for module in modules for part in module.modules()]
    training = [part for part in every if part.training]
    asking = [held for part in every for held in part._parameters.values() if held is not None]
    asking = [held for held in asking if held.requires_grad]
    try:
        for part in training:
            part.training = False
        for held in asking:
            held.requires_grad_(False)
        yield
    finally:
        for held in asking:
            held.requires_grad_(True)
        for part in training:
            part.training = True
