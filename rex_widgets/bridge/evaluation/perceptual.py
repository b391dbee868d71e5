"""LPIPS over a feature network that the caller brings; none comes with this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import torch

from rex_widgets.errors import ModelError, SettingsError

Layers = Callable[[torch.Tensor], Sequence[torch.Tensor]]
"""Pictures ``(B, 3, H, W)`` to feature maps ``(B, C_l, H_l, W_l)`` of several layers."""

LAYERS: Final[Mapping[str, tuple[int, ...]]] = {
    "alex": (1, 4, 7, 9, 11),
    "vgg": (3, 8, 15, 22, 29),
    "squeeze": (1, 4, 7, 9, 10, 11, 12),
}
"""Which entries of torchvision's ``features`` LPIPS reads, for the three networks that the `lpips`
package has heads for (AlexNet, VGG-16, SqueezeNet 1.1)."""

_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_LEAST = 1e-10
_MOST_BYTES = 16 * 2**20


class Lpips:
    """Learned perceptual image patch similarity (Zhang et al., CVPR 2018, arXiv 1801.03924).

    Features of every layer are divided by their norm over channels; their squared differences are
    weighted over channels by a head, averaged over places, and summed over layers. It is
    differentiable, so it can also guide.

    Parameters
    ----------
    layers
        The feature network: pictures to feature maps, see `read_layers`.
    heads
        Path of a file of linear heads of the ``lpips`` package (``lpips/weights/v0.1/alex.pth`` in
        its wheel; its names are ``lin0.model.1.weight`` and so on), tensors of ``(C_l,)`` each, or
        ``"uniform"``: every channel weighs 1, which that package calls the baseline. Only with the
        heads that belong to the network are the numbers those of the literature.
    normalise
        ``"imagenet"`` shifts and scales the colours as the ``lpips`` package does (version 0.1);
        ``"none"`` gives them to the network as they are, in [-1, 1].

    Attributes
    ----------
    name
        Which heads these are: ``"LPIPS"``, or ``"LPIPS, uniform heads"``.

    Raises
    ------
    SettingsError
        The file holds no heads, or ``heads`` or ``normalise`` is something else.
    """

    def __init__(
        self,
        layers: Layers,
        heads: Literal["uniform"] | str | Path | Sequence[torch.Tensor] = "uniform",
        *,
        normalise: Literal["imagenet", "none"] = "imagenet",
    ) -> None:
        if normalise not in {"imagenet", "none"}:
            raise SettingsError(f"normalise was {normalise!r}; expected 'imagenet' or 'none'.")
        self._layers, self._normalise = layers, normalise
        self._heads: list[torch.Tensor] | None = None
        if heads != "uniform":
            given = read_heads(heads) if isinstance(heads, str | Path) else heads
            self._heads = [head.detach().float().flatten() for head in given]
        self.name = "LPIPS" if self._heads else "LPIPS, uniform heads"

    def __call__(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Compare pictures ``(B, C, H, W)`` in [-1, 1], C 1 or 3; distances ``(B,)``, 0 or more.

        Raises
        ------
        ModelError
            The network gives another number of layers or channels than there are heads for.
        """
        pairs = list(zip(self._features(first), self._features(second), strict=True))
        if self._heads is not None:
            wanted, got = [len(head) for head in self._heads], [one.shape[1] for one, _ in pairs]
            if wanted != got:
                raise ModelError(
                    f"The feature network gave layers of {got} channels; the heads are for "
                    f"{wanted}. Use the heads of this network, or heads='uniform'."
                )
        total = first.new_zeros(len(first))
        for place, (one, two) in enumerate(pairs):
            apart = (_unit(one) - _unit(two)).square()
            if self._heads is not None:
                apart = apart * self._heads[place].to(apart)[:, None, None]
            total = total + apart.sum(1).mean((1, 2))
        return total

    def _features(self, pictures: torch.Tensor) -> Sequence[torch.Tensor]:
        if self._normalise == "imagenet":
            pictures = pictures.expand(-1, 3, -1, -1)
            shift = pictures.new_tensor(_SHIFT)[:, None, None]
            pictures = (pictures - shift) / pictures.new_tensor(_SCALE)[:, None, None]
        return self._layers(pictures)


def read_layers(network: torch.nn.Module, names: Sequence[str | int] | str) -> Layers:
    """Make a module that runs in one go give its intermediate results.

    Parameters
    ----------
    network
        Any module of one tensor; torchvision's ``alexnet().features`` for ``"alex"``.
    names
        Names of submodules whose results are read, in this order, or a name in `LAYERS`.

    Raises
    ------
    SettingsError
        There is no such submodule.
    """
    wanted = [str(name) for name in (LAYERS.get(names, ()) if isinstance(names, str) else names)]
    known = dict(network.named_modules())
    missing = [name for name in wanted if name not in known]
    if not wanted or missing:
        raise SettingsError(
            f"The layers were {names!r}; expected one of {', '.join(LAYERS)} or names of "
            f"submodules, such as {', '.join(list(known)[1:6])}."
        )

    def layers(pictures: torch.Tensor) -> list[torch.Tensor]:
        found: dict[str, torch.Tensor] = {}

        def keep(name: str) -> Callable[..., None]:
            def hook(_module: torch.nn.Module, _given: object, result: torch.Tensor) -> None:
                # the next layer may work in place
                found[name] = result.clone()

            return hook

        handles = [known[name].register_forward_hook(keep(name)) for name in wanted]
        try:
            network(pictures)
        finally:
            for handle in handles:
                handle.remove()
        return [found[name] for name in wanted]

    return layers


def read_heads(path: str | Path) -> list[torch.Tensor]:
    """Read the linear heads of the ``lpips`` package from a ``.pth`` or ``.safetensors`` file.

    Returns
    -------
    list of Tensor
        One ``(C_l,)`` per layer.

    Raises
    ------
    SettingsError
        It is too large or holds something else.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        heads = [state[f"lin{place}.model.1.weight"].flatten() for place in range(len(state))]
        if not heads:
            raise ValueError("it is empty")
    # Whatever a foreign file makes its reader raise.
    except Exception as error:
        raise SettingsError(
            f"{path} holds no linear heads of LPIPS ({type(error).__name__}: {error}); expected "
            "lin0.model.1.weight, lin1.model.1.weight and so on, as in lpips/weights/v0.1/alex.pth."
        ) from None
    return heads


def _unit(features: torch.Tensor) -> torch.Tensor:
    # The clamp keeps the gradient finite where all channels are 0, as after a ReLU.
    norm = features.square().sum(1, keepdim=True).clamp_min(_LEAST**2).sqrt()
    return features / (norm + _LEAST)
