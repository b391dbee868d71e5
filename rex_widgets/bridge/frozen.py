"""Modules at rest: no gradient for their parameters, evaluation mode, and all of it put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch


class Frozen:
    """Modules that can be kept still for a while, as often as wished.

    Their parts are looked up once: walking through a network at every step of a sampler would
    take a few per cent of the step.

    Parameters
    ----------
    modules
        Each may appear more than once, and parts may be shared.
    """

    def __init__(self, modules: Iterable[torch.nn.Module]) -> None:
        parts = dict.fromkeys(part for module in modules for part in module.modules())
        self._parts = list(parts)
        found = [held for part in parts for held in part.parameters(recurse=False)]
        self._parameters = list({id(held): held for held in found}.values())

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the modules in evaluation mode and their parameters without gradient for a while.

        What they were before is put back at the end, also after an error. Parameters that ask for
        a gradient would make the forward pass keep what only their own gradients need.
        """
        training = [part for part in self._parts if part.training]
        asking = [held for held in self._parameters if held.requires_grad]
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


def frozen(modules: Iterable[torch.nn.Module]) -> AbstractContextManager[None]:
    """Keep modules still for once; see `Frozen.still`."""
    return Frozen(modules).still()
