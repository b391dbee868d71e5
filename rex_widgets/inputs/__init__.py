"""From what a person has (file, bytes, picture, array, table …) to a model's input."""

from rex_widgets.inputs.kinds import kind_of_input
from rex_widgets.inputs.loading import load_sample
from rex_widgets.inputs.sample import Sample

__all__ = ["Sample", "kind_of_input", "load_sample"]
