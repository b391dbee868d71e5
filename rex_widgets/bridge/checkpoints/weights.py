"""From what a checkpoint holds to weights by name, and from these into a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rex_widgets.bridge.checkpoints.reading import MOST_BYTES
from rex_widgets.errors import ModelError

Which = Literal["net", "ema"]

_WRAPPERS = ("module.", "diffusion_model.", "net.", "model.", "unet.", "_orig_mod.")
_CONTAINERS = ("net", "state_dict", "model", "model_state_dict")
_TIMES = "noise_levels"
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights by their plain names.

    Parameters
    ----------
    tensors : dict
        By name, without what wrappers put in front.
    times : ndarray or None, float64, (T,)
        What the network is told at each step, where the checkpoint says so.
    nested : bool
        They were an entry of the checkpoint, as I²SB saves them, not the checkpoint itself.
    """

    tensors: Mapping[str, Tensor]
    times: npt.NDArray[np.float64] | None = None
    nested: bool = False

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape by name."""
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}


def weights_of(
    found: Mapping[str, Any], which: Which, what: str, most_bytes: int = MOST_BYTES
) -> Weights:
    """The weights in a checkpoint, stripped of what ``DataParallel`` and wrappers put in front.

    Parameters
    ----------
    found : dict
        Weights by name, or a dictionary with them under "net" (I²SB), "state_dict" or "model".
    which : {"net", "ema"}
        The weights as trained last, or their running mean, which has to be beside them.
    what : str
        The file, for messages.
    most_bytes : int
        Of all weights as float32.

    Raises
    ------
    ModelError
        There are none, or not such ones.
    """
    container = next((name for name in _CONTAINERS if isinstance(found.get(name), Mapping)), "")
    state = dict(found[container]) if container else dict(found)
    if which == "ema":
        state = _running_mean(found, state, what)
    state = _stripped({str(name): value for name, value in state.items()})
    times = state.pop(_TIMES, None)
    strange = [
        f"{name} is a {type(value).__name__}"
        for name, value in state.items()
        if not isinstance(value, Tensor)
    ]
    if strange or not state:
        raise ModelError(
            f"{what} holds no weights by name"
            + (f": {listed(strange)}. " if strange else ". ")
            + f"Expected them by themselves, or in an entry {', '.join(_CONTAINERS)}"
        )
    whole = 4 * sum(tensor.numel() for tensor in state.values())
    if whole > most_bytes:
        raise ModelError(
            f"{what} holds weights of {whole:,} bytes as float32; {most_bytes:,} at most are read"
        )
    return Weights(state, _checked_times(times, what), bool(container))


def fill(module: torch.nn.Module, tensors: Mapping[str, Tensor], what: str) -> None:
    """Give a module (of the meta device or another) its weights, in float32.

    Parameters
    ----------
    module
        Changed in place; on the CPU afterwards, not to be trained, in evaluation.
    tensors
        By the module's own names; float32, float16 or bfloat16.
    what
        The file, for messages.

    Raises
    ------
    ModelError
        Names are missing or too many, a shape is another, or values are not finite: at most ten
        of a kind are listed, the others counted. The module is not changed then.
    """
    wanted = module.state_dict()
    missing = [name for name in wanted if name not in tensors]
    extra = [name for name in tensors if name not in wanted]
    if missing or extra:
        kinds = (("missing", missing), ("extra", extra))
        told = "; ".join(f"{len(names)} {kind}: {listed(names)}" for kind, names in kinds if names)
        raise ModelError(f"{what} does not fit {type(module).__name__}. Weights: {told}")
    wrong = [problem for name in wanted if (problem := _wrong(name, tensors[name], wanted[name]))]
    if wrong:
        count = "1 weight is" if len(wrong) == 1 else f"{len(wrong)} weights are"
        raise ModelError(
            f"{what} does not fit {type(module).__name__}. {count} wrong: {listed(wrong, '; ')}"
        )
    module.load_state_dict(
        {
            name: tensors[name].detach().to(device="cpu", dtype=torch.float32, copy=True)
            for name in wanted
        },
        assign=True,
    )
    module.requires_grad_(False).eval()


def listed(names: Iterable[Any], between: str = ", ") -> str:
    """Ten of the names at most, and how many more there are."""
    every = [str(name)[:200] for name in names]
    more = len(every) - _SHOWN
    shown = between.join(every[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _running_mean(found: Mapping[str, Any], state: dict[str, Any], what: str) -> dict[str, Any]:
    mean = found.get("ema")
    if not isinstance(mean, Mapping):
        raise ModelError(
            f'{what} has no running mean of the weights ("ema"); it has {listed(found)}. '
            'Give network_weights="net"'
        )
    values = mean.get("shadow_params")
    if values is None:
        return dict(mean)
    # The mean is kept as a bare list, in the order of the module's parameters.
    names = [
        name
        for name, value in state.items()
        if isinstance(value, Tensor) and not name.endswith(_TIMES)
    ]
    if not isinstance(values, list | tuple) or len(values) != len(names):
        count = len(values) if isinstance(values, list | tuple) else "no"
        raise ModelError(
            f"{what} has {count} running means in ema.shadow_params for {len(names)} weights"
        )
    means = dict(zip(names, values, strict=True))
    return {**state, **means}


def _stripped(state: dict[str, Any]) -> dict[str, Any]:
    for _ in range(len(_WRAPPERS)):
        weights = [name for name in state if name.rsplit(".", 1)[-1] != _TIMES]
        wrapper = next(
            (w for w in _WRAPPERS if weights and all(name.startswith(w) for name in weights)), ""
        )
        if not wrapper:
            break
        state = {name.removeprefix(wrapper): value for name, value in state.items()}
    return state


def _checked_times(times: Any, what: str) -> npt.NDArray[np.float64] | None:
    if times is None:
        return None
    if not isinstance(times, Tensor) or times.ndim != 1 or not bool(torch.isfinite(times).all()):
        raise ModelError(f"{what}: {_TIMES} is no row of finite numbers, one for each step")
    return times.detach().double().numpy()


def _wrong(name: str, given: Tensor, wanted: Tensor) -> str:
    if given.layout != torch.strided or given.is_quantized or given.is_meta or given.is_nested:
        return f"{name} is no plain tensor"
    if given.shape != wanted.shape:
        return f"{name} has shape {tuple(given.shape)}, expected {tuple(wanted.shape)}"
    if not given.is_floating_point():
        return f"{name} is of {given.dtype}, expected float32 or float16"
    if not bool(torch.isfinite(given).all()):
        return f"{name} holds NaN or infinite values"
    return ""
