"""`Data`: one input as a ReX script prepares it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.input_settings import KIND_OF_MODE
from rex_widgets.occlusion import occlusion_names

if TYPE_CHECKING:
    import torch

_IMAGE_CHANNELS = (1, 3, 4)


class Data:
    """An input, what the model takes of it, and what is known of the model's shape.

    Parameters
    ----------
    input
        A Pillow picture, an array or a tensor, before preprocessing.
    model_shape
        The model's shape with its batch, such as ``["N", 3, 224, 224]``.
    device
        Where tensors are kept.
    mode
        "RGB", "L", "RGBA", "tabular", "spectral", "audio" or "voxel"; found out from the input if
        not given.
    process
        Take the input as it is for `data`, if it is an array or tensor. What `data` is in the end
        is up to the script.

    Attributes
    ----------
    data
        What the model takes: a tensor with the batch axis, ``None`` until it is set.
    target
        The `Prediction` that is explained, ``None`` until it is set.
    mask_value
        What hidden places become; see `set_mask_value`. A function of a mask (bool, the shape of
        the model's input) and of `data`, which gives the mutant, may be set, too.
    model_height, model_width, model_depth, model_channels, model_order
        From the shape; ``model_order`` is "first" or "last", where the channels are.
    context, context_noise
        Another input (a tensor like `data`) for the mask value "context", and the width of the
        blur put over it.
    """

    def __init__(
        self,
        input: Any,
        model_shape: Sequence[int | str],
        device: str | torch.device = "cpu",
        mode: str | None = None,
        process: bool = True,
    ) -> None:
        self.input = input
        self.mode = mode if mode is not None else _guessed_mode(input)
        self.device = device
        self.target: Any = None
        self.setup: Any = None
        self.transposed = False
        self.model_shape: list[Any] = list(model_shape)
        self.data: Any = None
        self.mask_value: Any = None
        self.background: Any = None
        self.context: Any = None
        self.context_noise: float | None = 0.4
        self.model_height: int | None = None
        self.model_width: int | None = None
        self.model_depth: int | None = None
        self.model_channels: int | None = 1
        self.model_order: str | None = None
        self._read_shape()
        if not process:
            return
        if self.mode == "L" and self.model_channels == 3 and hasattr(input, "convert"):
            self.input, self.mode = input.convert("RGB"), "RGB"
        if self.mode in ("RGB", "L", "RGBA"):
            self.transposed = self.model_order == "first"
        elif hasattr(input, "shape"):
            self.match_data_to_model_shape()

    @property
    def kind(self) -> str:
        """The kind of input, as the rest of the library calls it."""
        if self.mode not in KIND_OF_MODE:
            raise SettingsError(
                f"The mode was {self.mode!r}; expected one of {', '.join(KIND_OF_MODE)}."
            )
        return KIND_OF_MODE[self.mode]

    def set_height(self, h: int) -> None:
        """Set the model's height."""
        self.model_height = h

    def set_width(self, w: int) -> None:
        """Set the model's width."""
        self.model_width = w

    def set_channels(self, c: int | None = None) -> None:
        """Set the number of channels."""
        self.model_channels = c

    def set_classification(self, cl: int) -> None:
        """Remember a class; nothing depends on it."""
        self.classification = cl

    def match_data_to_model_shape(self) -> None:
        """Give `data` the model's order of axes, its missing axes and the batch axis."""
        if self.kind != "image":
            self.data = self.generic_tab_preprocess()
            return
        array = np.asarray(self.data)
        if array.ndim == 2:
            array = array[..., None]
        if self.model_order == "first":
            array = np.moveaxis(array, -1, 0)
            self.transposed = True
        self.data = array[None]

    def generic_tab_preprocess(self) -> torch.Tensor:
        """The input as a float32 tensor with as many axes as the model's shape."""
        import torch

        values = self.input.detach().cpu() if hasattr(self.input, "detach") else self.input
        array = np.ascontiguousarray(np.asarray(values), dtype=np.float32)
        tensor = torch.from_numpy(array.copy()).to(self.device)
        for _ in range(len(self.model_shape) - tensor.ndim):
            tensor = tensor.unsqueeze(0)
        return tensor

    def try_unsqueeze(self) -> Any:
        """`data` with leading axes of length 1, as many as the model's shape has more."""
        missing = max(0, len(self.model_shape) - len(self.data.shape))
        return self.data[(None,) * missing]

    def load_data(self, astype: str = "float32") -> None:
        """Resize the picture to the model's size and put its values (0..255) into `data`."""
        import torch

        if self.model_height is None or self.model_width is None:
            raise InputError(
                f"The model's shape {self.model_shape} tells no height and width; set them with "
                "set_height and set_width."
            )
        picture = self.input if self.input.mode == self.mode else self.input.convert(self.mode)
        picture = picture.resize((self.model_width, self.model_height))
        self.data = np.array(picture).astype(astype)
        self.match_data_to_model_shape()
        self.data = torch.from_numpy(np.ascontiguousarray(self.data)).to(self.device)

    def generic_image_preprocess(
        self,
        means: Sequence[float] | None = None,
        stds: Sequence[float] | None = None,
        astype: str = "float32",
        norm: float | None = 255.0,
    ) -> None:
        """Resize the picture, divide by ``norm``, subtract the means, divide by the deviations."""
        self.load_data(astype=astype)
        if norm is not None:
            self.data /= norm
        column = [1, -1, 1, 1] if self.model_order == "first" else [1, 1, 1, -1]
        if means is not None:
            self.data = self.data - self.data.new_tensor(list(means)).reshape(column)
        if stds is not None:
            self.data = self.data / self.data.new_tensor(list(stds)).reshape(column)

    def set_mask_value(self, m: Any) -> None:
        """Say what hidden places become.

        Parameters
        ----------
        m
            A number, put in after preprocessing; "min" or "mean" of `data`; another name of
            `mask_value` in `CausalSettings`, such as "spectral", "random" or "context".

        Raises
        ------
        SettingsError
            The name is unknown.
        """
        if isinstance(m, str) and m == "spectral" and self.mode not in ("spectral", "audio"):
            warnings.warn(
                f"The mask value 'spectral' needs a signal; this is {self.mode}: 0 is used.",
                stacklevel=2,
            )
            m = 0
        if isinstance(m, str) and m in ("min", "mean"):
            if self.data is None:
                raise InputError(f"The mask value {m!r} needs the data; set data.data first.")
            m = float(self.data.min() if m == "min" else self.data.mean())
        if isinstance(m, str) and m not in occlusion_names():
            raise SettingsError(
                f"The mask value was {m!r}; expected a number or one of "
                f"{', '.join(occlusion_names())}."
            )
        self.mask_value = m

    def __repr__(self) -> str:
        text = (
            f"Data: {self.mode}, {self.model_shape}, {self.model_height}, {self.model_width}, "
            f"{self.model_channels}, {self.model_order}"
        )
        return text if self.target is None else f"{text}\n\t Target: {self.target!r}"

    def _read_shape(self) -> None:
        height, width, channels, depth = None, None, 1, None
        order: str | None = None
        shape, kind = self.model_shape, self.kind
        if kind == "image" and len(shape) in (3, 4):
            first, second, third = shape[-3:]
            order = "first" if first in _IMAGE_CHANNELS else "last"
            height, width, channels = (
                (second, third, first) if order == "first" else (first, second, third)
            )
        elif kind == "volume" and len(shape) in (3, 4, 5):
            height, width, depth = shape[-3:]
            channels = shape[1] if len(shape) == 5 else 1
        elif kind in ("table", "signal", "audio") and 1 <= len(shape) <= 3:
            height, width = (shape[-2] if len(shape) > 1 else 1), shape[-1]
            order = "first" if len(shape) == 3 else None
        else:
            raise InputError(
                f"A model of the shape {shape} takes no input of the mode {self.mode!r}; expected "
                "such as ['N', 3, 224, 224] for RGB, ['N', 1, 512] for spectral, "
                "['N', 64, 64, 64] for voxel."
            )
        self.model_height, self.model_width = _length(height), _length(width)
        self.model_channels = _length(channels) or 1
        self.model_depth = _length(depth)
        self.model_order = order


def _guessed_mode(input: Any) -> str:
    mode = getattr(input, "mode", None)
    if isinstance(mode, str):
        return mode if mode in KIND_OF_MODE else "RGB"
    axes = len(getattr(input, "shape", ()))
    if axes >= 4:
        return "voxel"
    return "spectral" if axes else "RGB"


def _length(axis: Any) -> int | None:
    """Length of an axis; words such as "N" stand for any length."""
    return None if axis is None or isinstance(axis, str) else int(axis)
