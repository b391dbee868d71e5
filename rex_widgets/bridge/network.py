"""What a sampler asks of a bridge's network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

    from rex_widgets.bridge.schedule import Schedule


@runtime_checkable
class BridgeNetwork(Protocol):
    """A network that says, from a picture half destroyed, where the picture lies.

    One that has to know more than the pictures tell has a method ``for_region(region, *, ot_ode)``
    too, which returns the same network told of a region ``(H, W)`` and of the process.

    Attributes
    ----------
    schedule : Schedule
        The noise that it was trained with.
    channels : int
        1 or 3.
    size : (int, int) or None
        Height and width that it takes; None: any multiple of `multiple`.
    multiple : int
        What height and width have to be divisible by.
    name : str
        How it is called in results and messages.
    """

    schedule: Schedule
    channels: int
    size: tuple[int, int] | None
    multiple: int
    name: str

    def __call__(self, x: Tensor, step: int, x1: Tensor, /) -> Tensor:
        """Predict (x_t - x_0) / σ_t, differentiably.

        Parameters
        ----------
        x : Tensor, float32, (B, C, H, W)
            x_t, the pictures at this step.
        step : int
            The step, one for all.
        x1 : Tensor, float32, (B, C, H, W)
            The destroyed copies: noise in the region. Networks that are not conditioned on them
            leave them aside.
        """
        ...


def told(network: BridgeNetwork, region: Tensor, *, ot_ode: bool) -> BridgeNetwork:
    """Return a network that knows where the pictures are destroyed, and by which process.

    Parameters
    ----------
    network
        Returned as it is, unless it has ``for_region``.
    region : Tensor, bool, (H, W)
        True where they are.
    ot_ode
        Whether the process has no noise of its own.
    """
    tell = getattr(network, "for_region", None)
    found: BridgeNetwork = network if tell is None else tell(region, ot_ode=ot_ode)
    return found


def checked_prediction(found: Any, x: Tensor, name: str) -> Tensor:
    """Return what a network of that name gave for x_t, once it is known to have its shape.

    Raises
    ------
    ModelError
        It is no tensor, or has another shape.
    """
    shape = getattr(found, "shape", None)
    if not hasattr(found, "requires_grad") or shape != x.shape:
        what = f"a {type(found).__name__}" if shape is None else f"shape {tuple(shape)}"
        raise ModelError(
            f"The network {name!r} returned {what} for pictures {tuple(x.shape)}; expected a "
            "tensor of the same shape, (x_t - x_0) / σ_t."
        )
    prediction: Tensor = found
    return prediction
