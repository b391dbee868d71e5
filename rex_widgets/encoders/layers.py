"""A torch module up to one of its layers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch

_NAMED = 8


class _Reached(BaseException):
    """The layer has given its output: nothing behind it is needed.

    Not an `Exception`, so that a module that catches these does not go on without it.
    """


@dataclass(frozen=True)
class Passed:
    """What came by during one forward call.

    Attributes
    ----------
    outputs
        The layer's output, each time that it was called.
    final
        What the module returned; None where the call ended at the layer.
    """

    outputs: tuple[Any, ...]
    final: Any


def find_layer(module: torch.nn.Module, layer: str) -> torch.nn.Module:
    """Return the submodule of a dotted name.

    Raises
    ------
    ModelError
        If there is none, with the names nearest to it.
    """
    parts: dict[str, torch.nn.Module] = {
        name: part for name, part in module.named_modules(remove_duplicate=False) if name
    }
    found = parts.get(layer)
    if found is None:
        raise unknown_layer(layer, list(parts), f"the module {type(module).__name__}")
    return found


def unknown_layer(layer: str, names: list[str], where: str) -> ModelError:
    """Return the error for a layer that is not there, with the nearest names."""
    near = get_close_matches(layer, names, n=_NAMED, cutoff=0.6)
    last = layer.rsplit(".", 1)[-1].lower()
    inside = [name for name in names if last in name.lower() or name.lower() in layer.lower()]
    near = list(dict.fromkeys([*near, *inside]))[:_NAMED]
    if near:
        advice = f"near it are {', '.join(map(repr, near))}"
    elif names:
        shown = [name for name in names if "." not in name][-_NAMED:] or names[-_NAMED:]
        advice = f"some of its {len(names)} are {', '.join(map(repr, shown))}"
    else:
        advice = "it has none; leave layer out"
    return ModelError(f"layer={layer!r} was given, but {where} has no such layer; {advice}.")


def pass_through(
    module: torch.nn.Module, target: torch.nn.Module, image: Any, stop: bool
) -> Passed:
    """Call a module and keep what one of its layers gives.

    Parameters
    ----------
    module
        The whole module.
    target
        One of its submodules.
    image
        The module's input.
    stop
        Whether to end the call as soon as the layer has answered.
    """
    outputs: list[Any] = []
    thread = threading.get_ident()

    def keep(layer: object, inputs: object, output: Any) -> None:
        if threading.get_ident() != thread:
            return  # somebody else's call of the same module
        # What comes after may work in place.
        outputs.append(output if stop else _copied(output))
        if stop:
            raise _Reached

    final = None
    handle = target.register_forward_hook(keep)
    try:
        final = module(image)
    except _Reached:
        pass
    finally:
        handle.remove()
    return Passed(tuple(outputs), final)


def _copied(output: Any) -> Any:
    if hasattr(output, "clone"):
        return output.clone()
    if isinstance(output, tuple | list) and not hasattr(output, "_fields"):
        return type(output)(_copied(item) for item in output)
    return output


def part_of(
    module: torch.nn.Module,
    target: torch.nn.Module | None,
    stop: bool,
    pick: Callable[[Any], Any],
) -> torch.nn.Module:
    """Return a module that gives one array: a layer's last output, or the module's own.

    Parameters
    ----------
    module
        The whole module, whose weights and flags the part shares.
    target
        The layer; None for what the module returns.
    stop
        Whether the call may end at the layer.
    pick
        Chooses the array among what there is.
    """
    import torch

    class Part(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module
            self.training = module.training

        def forward(self, image: torch.Tensor) -> Any:
            if target is None:
                return pick(self.module(image))
            # torch's exporter loses its place when a call ends early, and drops by itself what is
            # not needed.
            ends = stop and not torch.compiler.is_compiling()
            return pick(pass_through(self.module, target, image, ends).outputs[-1])

    return Part()


def features_last(layer: torch.nn.Module | None) -> bool | None:
    """Tell whether a layer's output has the features last; None where its class does not tell."""
    from torch import nn

    if isinstance(layer, nn.RNNBase | nn.MultiheadAttention):
        return True if layer.batch_first else None
    last = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.TransformerEncoder)
    if isinstance(layer, (*last, nn.TransformerEncoderLayer)):
        return True
    conv, norm = nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm
    return False if isinstance(layer, (conv, norm, nn.GroupNorm)) else None
