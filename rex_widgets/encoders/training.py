"""Modules in training mode: which of their parts do something else then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch

_RANDOM = ("DropPath", "StochasticDepth", "DropBlock2d", "DropBlock3d")
"""Classes of timm and torchvision, by name, so that neither has to be imported."""


def check_mode(module: torch.nn.Module, eval_mode: bool) -> tuple[bool, tuple[str, ...]]:
    """Decide how a module is called: as it is, or in evaluation mode.

    Parameters
    ----------
    module
        The person's module.
    eval_mode
        Whether the person agrees to evaluation mode.

    Returns
    -------
    evaluation, sentences
        Whether the module is put in evaluation mode for each call; what to tell of it.

    Raises
    ------
    ModelError
        If the module is in training mode, that makes a difference, and nobody has agreed.
    """
    if not any(part.training for part in module.modules()):
        # Should it be put in training mode while a run goes on, its answers stay what they were.
        return True, ()
    if eval_mode:
        return True, (
            "The module is in training mode: evaluated as after .eval(), as agreed (eval_mode), "
            "its flags put back.",
        )
    dependent = layers_that_differ(module)
    if dependent:
        listed = ", ".join(dependent[:3]) + (", …" if len(dependent) > 3 else "")
        raise ModelError(
            f"The module is in training mode, and {len(dependent)} of its layers, {listed}, make "
            "a representation depend on the other inputs of the batch or on chance. Call "
            "module.eval(), or agree to evaluation mode with eval_mode=True (--eval-mode); its "
            "flags are put back."
        )
    return False, (
        "The module is in training mode; no layer of it is known to differ: called as it is.",
    )


def layers_that_differ(module: torch.nn.Module) -> list[str]:
    """Name the layers in training mode that make answers depend on the batch or on chance."""
    return [
        f"{name or 'itself'} ({type(part).__name__})"
        for name, part in module.named_modules()
        if part.training and _differs_in_training(part)
    ]


def _differs_in_training(part: torch.nn.Module) -> bool:
    from torch import nn

    if isinstance(part, nn.modules.batchnorm._BatchNorm):
        return True
    if isinstance(part, nn.modules.instancenorm._InstanceNorm):
        return part.track_running_stats
    if isinstance(part, nn.modules.dropout._DropoutNd):
        return part.p > 0
    if isinstance(part, nn.RNNBase | nn.MultiheadAttention):
        return part.dropout > 0
    return isinstance(part, nn.RReLU) or type(part).__name__ in _RANDOM
