"""What of saved samples has to be kept: of most tensors only what lies inside the region.

Outside it x_t and x_1 are the picture (without noise of the bridge's own), and nobody reads what is
estimated there or what guidance remembers of it. So a saved sampler goes on from the inside alone,
to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

State = dict[str, torch.Tensor | str]

NOTHING = "nothing"
"""What stands outside where it is read by nobody: 0."""

_OF_PICTURE = ("x", "x1")
_UNREAD = ("estimate", "first", "second")


def inside(
    state: Mapping[str, torch.Tensor | str],
    region: torch.Tensor,
    known: Mapping[str, torch.Tensor],
) -> tuple[State, dict[str, str]]:
    """Return a sampler's state without what need not be kept.

    Parameters
    ----------
    state
        What `Sampler.state` gave.
    region
        Bool ``(H, W)``, on the processor.
    known
        By name, what can stand outside: pictures ``(C, H, W)``, on the processor.

    Returns
    -------
    state, outside
        Its tensors ``(n, C, H, W)`` are ``(n, C, pixels)`` where a name is in `outside`, which
        says what stands in the other pixels. A tensor whose outside cannot be told is left whole.
    """
    found: State = {}
    outside: dict[str, str] = {}
    shape = next(iter(known.values())).shape
    for name, value in state.items():
        part = name.rpartition("_")[2]
        found[name] = value
        if isinstance(value, str) or value.shape[1:] != shape:
            continue
        kind = ""
        if part in _UNREAD:
            kind = NOTHING
        elif part in _OF_PICTURE:
            kind = next((key for key, one in known.items() if _alike(value, one, ~region)), "")
        if kind:
            found[name], outside[name] = value[:, :, region], kind
    return found, outside


def whole(
    state: Mapping[str, torch.Tensor | str],
    outside: Mapping[str, str],
    region: torch.Tensor,
    known: Mapping[str, torch.Tensor],
) -> State:
    """Undo `inside`; what nobody reads is 0 then.

    Raises
    ------
    ValueError
        A tensor has not as many pixels as the region, or stands in what is not known.
    """
    found: State = dict(state)
    shape, pixels = next(iter(known.values())).shape, int(region.sum())
    for name, kind in outside.items():
        part = state.get(name)
        if not isinstance(part, torch.Tensor) or tuple(part.shape[1:]) != (shape[0], pixels):
            raise ValueError(f"{name} has not the region's pixels")
        if kind != NOTHING and kind not in known:
            raise ValueError(f"outside of {name} is {kind!r}")
        around = torch.zeros(shape) if kind == NOTHING else known[kind]
        made = around.to(part.dtype).expand(len(part), *shape).clone()
        made[:, :, region] = part
        found[name] = made
    return found


def _alike(value: torch.Tensor, picture: torch.Tensor, where: torch.Tensor) -> bool:
    """Whether pictures ``(n, C, H, W)`` are to the bit another one in some pixels."""
    if value.dtype != picture.dtype or value.dtype not in _BITS:
        return False
    bits = _BITS[value.dtype]
    one, other = (given.contiguous().view(bits)[..., where] for given in (value, picture))
    return bool((one == other).all())


_BITS = {torch.float32: torch.int32, torch.float64: torch.int64}
