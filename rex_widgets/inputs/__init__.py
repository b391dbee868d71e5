"""From what a person has (file, bytes, picture, array, tensor) to a model's input."""

from rex_widgets.inputs.loading import load_sample
from rex_widgets.inputs.sample import Sample

__all__ = ["Sample", "load_sample"]
