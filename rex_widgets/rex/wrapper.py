"""`ReX`: the object of release 0.4 that holds a model, an input and what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rex_widgets.errors import InputError
from rex_widgets.rex.analysis import analyze
from rex_widgets.rex.args import CausalArgs
from rex_widgets.rex.data import Data
from rex_widgets.rex.enums import Strategy
from rex_widgets.rex.explaining import Explanation
from rex_widgets.rex.loading import predict_target
from rex_widgets.rex.maps import ResponsibilityMaps
from rex_widgets.rex.prediction import default_prediction_function
from rex_widgets.rex.search import calculate_responsibility

if TYPE_CHECKING:
    import torch


class ReX:
    """A model and one input of it.

    Parameters
    ----------
    model
        A torch module that returns logits; used if there is no prediction function.
    model_shape
        Such as ``["N", 3, 224, 224]``.
    device
        Where tensors are kept.
    mode
        Such as "RGB" or "spectral".
    prediction_function
        Of a batch of mutants.
    """

    def __init__(
        self,
        model: Any,
        model_shape: Sequence[int | str],
        device: str | torch.device,
        mode: str,
        prediction_function: Callable[..., Any] | None = None,
    ) -> None:
        self.args = CausalArgs()
        self.model = model
        self.model_shape = model_shape
        self.device = device
        self.mode = mode
        self.data: Data | None = None
        self.maps: ResponsibilityMaps | None = None
        self.stats: dict[str, float] | None = None
        self.explanation: Explanation | None = None
        self.prediction_function = prediction_function or default_prediction_function(model)

    def set_rgb_image(self, path: str) -> Any:
        """Open a picture as the input; its tensor is set by `set_transformed_data`."""
        from PIL import Image

        self.args.path, self.args.mode = path, "RGB"
        with Image.open(path) as file:
            picture = file.convert("RGB")
        self.data = Data(picture, self.model_shape, self.device, mode="RGB")
        return picture

    def set_tabular_data(self, path: str, data: Any = None) -> None:
        """Take an array as the input."""
        self.args.path, self.args.mode = path, self.mode
        if data is not None:
            self.data = Data(data, self.model_shape, self.device, mode=self.mode)

    def set_input(self, input: Any) -> None:
        """Replace what is shown as the input."""
        self._data().input = input

    def set_transformed_data(self, transformed_data: torch.Tensor) -> None:
        """Set what the model takes, with its batch axis."""
        self._data().data = transformed_data

    def set_target(self) -> ReX:
        """Ask the model about the whole input."""
        data = self._data()
        data.target = predict_target(data, self.args, self.prediction_function)
        return self

    def show_target(self) -> None:
        """Print what the model says of the whole input."""
        target = None if self.data is None else self.data.target
        print("a target has not yet been set" if target is None else target)

    def get_default_prediction_function(self) -> None:
        """Use the model's logits."""
        self.prediction_function = default_prediction_function(self.model)

    def set_prediction_function(self, function: Callable[..., Any]) -> None:
        """Use another prediction function."""
        self.prediction_function = function

    def calculate_responsibility(self, args: CausalArgs | None = None) -> ReX:
        """Search; see `rex_widgets.rex.calculate_responsibility`."""
        data, chosen = self._data(), args or self.args
        if data.mask_value is None:
            data.set_mask_value(chosen.mask_value)
        self.maps, self.stats = calculate_responsibility(data, chosen, self.prediction_function)
        return self

    def rerun_with(self, new_args: CausalArgs) -> None:
        """Search again with other arguments."""
        self.calculate_responsibility(new_args)

    def generate_explanation_object(self) -> ReX:
        """Make the `Explanation` that the extractions fill."""
        if self.maps is None or self.stats is None:
            raise InputError("There are no maps yet; call calculate_responsibility() first.")
        self.explanation = Explanation(
            self.maps, self.prediction_function, self._data(), self.args, self.stats
        )
        return self

    def extract_sufficient_explanation(self) -> None:
        """Extract by ``args.strategy``."""
        self._extract(self.args.strategy, False)

    def extract_contrastive_explanation(self) -> None:
        """Extract what is sufficient and necessary."""
        self._extract(Strategy.Contrastive, False)

    def extract_complete_explanation(self) -> None:
        """Extract what is sufficient, necessary, and as convincing as the whole input."""
        self._extract(Strategy.Contrastive, True)

    def analyse(self) -> dict[str, float | None]:
        """Measure the explanation; see `analyze`."""
        return analyze(self._explanation(), self.mode)

    def show(self) -> Any:
        """The explanation as a picture."""
        return self._explanation().show()

    def _extract(self, strategy: Any, complete: bool) -> None:
        self.args.strategy, self.args.complete = strategy, complete
        self.generate_explanation_object()
        self._explanation().extract()

    def _data(self) -> Data:
        if self.data is None:
            raise InputError("There is no input yet; call set_rgb_image or set_tabular_data first.")
        return self.data

    def _explanation(self) -> Explanation:
        if self.explanation is None:
            raise InputError("There is no explanation yet; call an extract function first.")
        return self.explanation
